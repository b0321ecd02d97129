using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>Built-in functions with semantics of their own, by API path. What only hands on, checks or cleans is data: see Models.</summary>
internal static class NativeTable
{
    private static readonly Dictionary<string, NativeFunction> Functions = Build();
    private static readonly HashSet<string> Beginnings = [.. Functions.Keys.SelectMany(ModelCatalog.Beginnings)];

    public static NativeFunction? Find(string path) => Functions.GetValueOrDefault(path);

    /// <summary>A function of this path has semantics, or one below it.</summary>
    public static bool Knows(string path) => Beginnings.Contains(path.StartsWith("new ", StringComparison.Ordinal) ? path[4..] : path);

    private static Dictionary<string, NativeFunction> Build()
    {
        var table = new Dictionary<string, NativeFunction>(StringComparer.Ordinal);
        ArrayFunctions.Register(table);
        StringFunctions.Register(table);
        ObjectFunctions.Register(table);
        FunctionFunctions.Register(table);
        PromiseFunctions.Register(table);
        ErrorFunctions.Register(table);
        RegExpFunctions.Register(table);
        PathFunctions.Register(table);
        NodeFunctions.Register(table);
        CollectionFunctions.Register(table);
        UtilityFunctions.Register(table);
        JQueryFunctions.Register(table);
        PageFunctions.Register(table);
        AmdModules.Register(table);
        AssertFunctions.Register(table);
        Frameworks.Register(table);
        CompilerRuntimes.Register(table);
        Controllers.Register(table);
        Services.Register(table);
        Schemas.Register(table);
        RequestChecks.Register(table);
        Injection.Register(table);
        return table;
    }
}
