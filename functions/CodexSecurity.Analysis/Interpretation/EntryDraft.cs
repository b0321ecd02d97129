using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>An entry point while the program runs; becomes an <see cref="EntryPoint"/> when all uses of its inputs are known.</summary>
internal sealed class EntryDraft(int id, EntryPointKind kind, Place place, string functionName, string modulePath)
{
    public int Id { get; } = id;
    public EntryPointKind Kind { get; } = kind;
    public Place Place { get; } = place;
    public string FunctionName { get; } = functionName;
    public string ModulePath { get; } = modulePath;
    public IReadOnlyList<AccessStep> Access { get; init; } = [];
    public IReadOnlyList<AccessNode> Parameters { get; set; } = [];
    public IReadOnlyList<string> ParameterNames { get; set; } = [];
    public string? Method { get; init; }
    public string? Route { get; init; }
    public string Framework { get; init; } = "";
    public bool IsAsync { get; init; }
    public List<string> Guards { get; } = [];
    /// <summary>0 is the best way in: the main module's own exports; more is farther away.</summary>
    public int Distance { get; init; }
    /// <summary>Only who imports a file inside the package by its path gets there.</summary>
    public bool IsInternal { get; init; }
    /// <summary>The module exports one of several objects, and not all of them have it.</summary>
    public bool IsSometimes { get; init; }
}

/// <summary>One step from a module's exports to a function, with the inputs that it takes.</summary>
internal sealed record AccessStep(AccessKind Kind, string Name, IReadOnlyList<AccessNode> Arguments, IReadOnlyList<string> ArgumentNames);
