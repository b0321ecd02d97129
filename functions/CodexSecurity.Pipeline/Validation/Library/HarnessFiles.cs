using System.Collections.Frozen;
using System.Reflection;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>The programs that run inside the sandbox, from this assembly's resources.</summary>
public static class HarnessFiles
{
    private const string Folder = "Validation/Harness/";

    private static readonly FrozenDictionary<string, string> s_texts = Load();

    /// <summary>The files of the harness that calls functions, placed in <c>/work/poc</c>, with its input.</summary>
    public static IReadOnlyList<ProofFile> Calls(HarnessInput input) =>
    [
        Get("harness.js"), Get("values.js"), Get("archive.js"), new ProofFile("poc/input.json", input.ToJson()), new ProofFile("run/input.txt", "benign\n"),
    ];

    /// <summary>A program by its file name.</summary>
    public static ProofFile Get(string name) => new("poc/" + name, s_texts[name]);

    private static FrozenDictionary<string, string> Load()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)).ToFrozenDictionary(n => n[Folder.Length..], n =>
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(n)!);
            return reader.ReadToEnd();
        }, StringComparer.Ordinal);
    }
}
