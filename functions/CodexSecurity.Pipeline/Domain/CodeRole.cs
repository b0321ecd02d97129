namespace CodexSecurity.Pipeline.Domain;

/// <summary>What a file is for, told by its path.</summary>
public static class CodeRole
{
    /// <summary>Code that ships.</summary>
    public const string Production = "production";

    private static readonly Dictionary<string, string> Folders = new(StringComparer.OrdinalIgnoreCase)
    {
        ["test"] = "test", ["tests"] = "test", ["__tests__"] = "test", ["spec"] = "test", ["specs"] = "test", ["fixtures"] = "test", ["__fixtures__"] = "test",
        ["__mocks__"] = "test", ["e2e"] = "test", ["cypress"] = "test", ["examples"] = "example", ["example"] = "example", ["samples"] = "example", ["sample"] = "example",
        ["demo"] = "example", ["demos"] = "example", ["docs"] = "documentation", ["doc"] = "documentation", ["website"] = "documentation",
        ["benchmark"] = "development", ["benchmarks"] = "development", ["bench"] = "development", ["scripts"] = "development", ["tools"] = "development", ["build-tools"] = "development", ["coverage"] = "development",
    };

    /// <summary>"production", "test", "example", "documentation" or "development".</summary>
    public static string Of(string path)
    {
        var parts = path.Split('/');
        foreach (var part in parts[..^1])
        {
            if (Folders.TryGetValue(part, out var role)) return role;
        }
        var name = parts[^1];
        if (name.Contains(".test.", StringComparison.Ordinal) || name.Contains(".spec.", StringComparison.Ordinal) || name is "test.js" or "tests.js" or "test.ts") return "test";
        return name.Contains(".config.", StringComparison.Ordinal) || name.StartsWith("Gruntfile.", StringComparison.OrdinalIgnoreCase) || name.StartsWith("gulpfile.", StringComparison.OrdinalIgnoreCase) || name is "Makefile.js"
            ? "development" : Production;
    }
}
