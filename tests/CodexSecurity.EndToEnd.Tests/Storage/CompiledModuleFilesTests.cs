using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.EndToEnd.Tests.Storage;

/// <summary>Compiled parsers are taken from where only this user could put them, and never stop a parse.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class CompiledModuleFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-parsers-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private string Folder => Path.Combine(_folder, "parsers");

    private int Nodes()
    {
        using var pool = ParserPool.Over(new CompiledModuleFiles(Folder));
        return pool.Parse(new SourceFile("a.js", "let a = f(1);"), Grammar.JavaScript).Tree!.Count;
    }

    [Fact]
    public void What_was_compiled_is_taken_and_gives_the_same_tree()
    {
        using var plain = new ParserPool();
        var nodes = plain.Parse(new SourceFile("a.js", "let a = f(1);"), Grammar.JavaScript).Tree!.Count;
        Assert.Equal(nodes, Nodes());
        var files = Directory.GetFiles(Folder);
        Assert.Equal(2, files.Length);
        var times = files.Select(File.GetLastWriteTimeUtc).ToList();
        Assert.Equal(nodes, Nodes());
        Assert.Equal(times, files.Select(File.GetLastWriteTimeUtc));
    }

    [Fact]
    public void What_is_cut_is_compiled_anew_and_replaced()
    {
        var nodes = Nodes();
        foreach (var file in Directory.GetFiles(Folder)) File.WriteAllBytes(file, File.ReadAllBytes(file)[..100]);
        Assert.Equal(nodes, Nodes());
        Assert.All(Directory.GetFiles(Folder), file => Assert.True(new FileInfo(file).Length > 10_000));
    }

    [Fact]
    public void What_others_may_write_to_is_neither_taken_nor_written()
    {
        
        var deeper = new CompiledModuleFiles(Path.Combine(_folder, "cache", "parsers"));
        deeper.Keep("a", [1]);
        Assert.Equal([1], deeper.Find("a"));
        // What lies beside it in the cache may be for other users to read.
        Assert.NotEqual(UnixFileMode.None, File.GetUnixFileMode(Path.Combine(_folder, "cache")) & UnixFileMode.OtherRead);
        var files = new CompiledModuleFiles(Folder);
        files.Keep("a", [1, 2, 3]);
        Assert.Equal([1, 2, 3], files.Find("a"));
        File.SetUnixFileMode(Path.Combine(Folder, "a"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite);
        Assert.Null(files.Find("a"));
        File.SetUnixFileMode(Path.Combine(Folder, "a"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        Assert.Null(files.Find("a"));
        files.Keep("b", [4]);
        Assert.False(File.Exists(Path.Combine(Folder, "b")));
        File.SetUnixFileMode(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(Folder, "c"), Path.Combine(Folder, "a"));
        Assert.Null(files.Find("c"));
    }
}
