using System.Diagnostics;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>The real program as a process, with a home of its own.</summary>
internal sealed class CliRun : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("codex-cli-").FullName;

    private string Home => Path.Combine(Folder, "home");

    public static string Corpus(string name) => Path.Combine(Root, "tests", "Corpus", name);

    private static string Root
    {
        get
        {
            var at = AppContext.BaseDirectory;
            while (!File.Exists(Path.Combine(at, "CodexSecurity.Functions.sln"))) at = Path.GetDirectoryName(at)!;
            return at;
        }
    }

    public Process Start(IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "codex-security.dll"), .. arguments])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder,
        };
        start.Environment["CODEX_SECURITY_HOME"] = Home;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public Task<CliResult> RunAsync(params string[] arguments) => RunAsync(arguments, []);

    public async Task<CliResult> RunAsync(string[] arguments, (string Name, string Value)[] environment)
    {
        using var process = Start(arguments, environment);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new CliResult(process.ExitCode, await output, await error);
    }

    /// <summary>Writes a small project.</summary>
    public string Project(string name, params (string Path, string Text)[] files)
    {
        var folder = Path.Combine(Folder, name);
        Directory.CreateDirectory(folder);
        foreach (var (path, text) in files)
        {
            var full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }
        return folder;
    }

    public static void Git(string folder, params string[] arguments)
    {
        string[] who = ["-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "init.defaultBranch=main"];
        using var git = Process.Start(new ProcessStartInfo("git", [.. who, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = git.StandardError.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, error);
    }

    public void Dispose() => Directory.Delete(Folder, true);
}

internal sealed record CliResult(int Exit, string Output, string Error);
