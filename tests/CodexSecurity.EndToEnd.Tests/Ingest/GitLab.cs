using System.Diagnostics;
using System.Text;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sources;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>A folder of its own with real git repositories, made by the git command with no settings of the machine.</summary>
public abstract class GitLab : IDisposable
{
    protected string Root { get; } = Directory.CreateTempSubdirectory("codex-ingest-").FullName;

    protected ISnapshotSource Source { get; } = new GitSnapshotSource();

    protected string At(string path) => Path.Combine(Root, path);

    protected string Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    protected string Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllBytes(At(path), content);
        return At(path);
    }

    protected string Git(string folder, params string[] arguments) => Run("git", folder, arguments);

    protected string Run(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = At(folder), RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (key, value) in new Dictionary<string, string>
        {
            ["GIT_CONFIG_GLOBAL"] = "/dev/null", ["GIT_CONFIG_NOSYSTEM"] = "1", ["GIT_AUTHOR_NAME"] = "Ann", ["GIT_AUTHOR_EMAIL"] = "ann@localhost", ["GIT_COMMITTER_NAME"] = "Ann",
            ["GIT_COMMITTER_EMAIL"] = "ann@localhost", ["GIT_AUTHOR_DATE"] = "2026-01-02T03:04:05+02:00", ["GIT_COMMITTER_DATE"] = "2026-01-02T03:04:05+02:00",
        }) start.Environment[key] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output.Trim();
    }

    /// <summary>A repository with one commit: index.js, lib/a.js, .gitignore (ignores out/ and *.log).</summary>
    protected string Repository(string name = "demo")
    {
        Directory.CreateDirectory(At(name));
        Git(name, "init", "-q", "-b", "main");
        Write($"{name}/index.js", "exports.a = 1;\n");
        Write($"{name}/lib/a.js", "exports.b = 2;\n");
        Write($"{name}/.gitignore", "out/\n*.log\n");
        return Commit(name, "first");
    }

    protected string Commit(string name, string message)
    {
        Git(name, "add", "-A");
        Git(name, "commit", "-q", "-m", message);
        return Git(name, "rev-parse", "HEAD");
    }

    protected async Task<Snapshot> Take(string location, string? revision = null)
    {
        var outcome = await Source.TakeAsync(location.Contains("://", StringComparison.Ordinal) ? location : At(location), revision, CancellationToken.None);
        Assert.True(outcome.Succeeded, outcome.Problem);
        return outcome.Value!;
    }

    protected async Task<string> Problem(string location, string? revision = null)
    {
        var outcome = await Source.TakeAsync(location, revision, CancellationToken.None);
        Assert.False(outcome.Succeeded, "a snapshot was taken");
        Assert.Null(outcome.Value);
        Assert.EndsWith(".", outcome.Problem, StringComparison.Ordinal);
        return outcome.Problem;
    }

    protected static IEnumerable<string> Paths(Snapshot snapshot) => snapshot.Files.Select(f => f.Path);

    protected static string Text(Snapshot snapshot, string path) => Encoding.UTF8.GetString(snapshot.Files.Single(f => f.Path == path).Content.Span);

    protected static string Reason(IReadOnlyList<LeftOut> list, string path) => Assert.Single(list, l => l.Path == path).Reason;

    public virtual void Dispose()
    {
        // Names that are no UTF-8 can't be removed by name here.
        Run("rm", "..", "-rf", Root);
        GC.SuppressFinalize(this);
    }
}
