using System.Reflection;
using CodexSecurity.Analysis.Tests.Layering;
using Xunit.Sdk;
using Xunit.v3;

namespace CodexSecurity.Analysis.Tests.Annotated;

/// <summary>An annotated program: one file, or a folder that is a program of several files.</summary>
public sealed class FixtureFile : IXunitSerializable
{
    /// <summary>Folder of the test project's sources.</summary>
    public static string Home { get; } = Path.Combine(RepositoryFiles.Root, "tests", "CodexSecurity.Analysis.Tests");

    /// <summary>Made by the test framework.</summary>
    public FixtureFile() { }

    /// <summary>The program at a path relative to <see cref="Home"/>.</summary>
    public FixtureFile(string relative) => Relative = relative;

    /// <summary>POSIX path below <see cref="Home"/>.</summary>
    public string Relative { get; private set; } = "";

    /// <summary>Its files: path in the program, and text.</summary>
    public IReadOnlyList<(string Path, string Text)> Files()
    {
        var full = Path.Combine(Home, Relative);
        if (File.Exists(full)) return [(Path.GetFileName(full), File.ReadAllText(full))];
        return [.. Directory.EnumerateFiles(full, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(f => (Path.GetRelativePath(full, f).Replace('\\', '/'), File.ReadAllText(f)))];
    }

    /// <summary>All programs below a folder: ROOT/LANGUAGE/GROUP/PROGRAM.</summary>
    public static IEnumerable<FixtureFile> Below(string root)
    {
        foreach (var language in Directory.EnumerateDirectories(Path.Combine(Home, root)).Order(StringComparer.Ordinal))
        {
            foreach (var group in Directory.EnumerateDirectories(language).Order(StringComparer.Ordinal))
            {
                foreach (var program in Directory.EnumerateFileSystemEntries(group).Order(StringComparer.Ordinal)) yield return new FixtureFile(Path.GetRelativePath(Home, program).Replace('\\', '/'));
            }
        }
    }

    /// <inheritdoc/>
    public void Deserialize(IXunitSerializationInfo info) => Relative = info.GetValue<string>(nameof(Relative))!;

    /// <inheritdoc/>
    public void Serialize(IXunitSerializationInfo info) => info.AddValue(nameof(Relative), Relative);

    /// <inheritdoc/>
    public override string ToString() => Relative;
}

/// <summary>Every annotated program below a folder of the test project.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixtureFilesAttribute(string root) : DataAttribute
{
    /// <summary>The folder.</summary>
    public string Root { get; } = root;

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. FixtureFile.Below(Root).Select(f => new TheoryDataRow<FixtureFile>(f))]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
