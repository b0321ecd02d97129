using System.CommandLine;
using System.Text;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security threat-model show|init|check</c></summary>
internal static class ThreatModelCommand
{
    public static Command Create() => new("threat-model", "Show, write or check the threat model of a repository") { Show(), Init(), Check() };

    private static Argument<string> PathArgument() => new("path") { Description = "The repository", DefaultValueFactory = _ => "." };

    private static Command Show()
    {
        var path = PathArgument();
        var command = new Command("show", "The model in force: the repository's own, completed by what the code shows") { path };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            Console.Out.Write(ThreatModelFile.Write(await ModelAsync(parsed.GetValue(path)!, ct).ConfigureAwait(false)));
            return 0;
        }, ct));
        return command;
    }

    private static Command Init()
    {
        var path = PathArgument();
        var command = new Command("init", $"Draft the model from the code into {ThreatModelFile.DefaultPath}, to be edited and checked in") { path };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            var folder = parsed.GetValue(path)!;
            if (!Directory.Exists(folder)) throw new CommandProblem($"there is no folder {Path.GetFullPath(folder)}");
            var file = Path.Combine(folder, ThreatModelFile.DefaultPath);
            if (File.Exists(file)) throw new CommandProblem($"{file} exists already; delete it first to draft a new one");
            var model = await ModelAsync(folder, ct).ConfigureAwait(false);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, ThreatModelFile.Write(model), new UTF8Encoding(false), ct).ConfigureAwait(false);
            Console.Out.WriteLine($"wrote {file}: edit it, then check it in");
            return 0;
        }, ct));
        return command;
    }

    private static Command Check()
    {
        var path = PathArgument();
        var command = new Command("check", "Check the threat model file of a repository, or a file") { path };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            var given = parsed.GetValue(path)!;
            var file = Directory.Exists(given) ? Path.Combine(given, ThreatModelFile.DefaultPath) : given;
            if (!File.Exists(file)) throw new CommandProblem($"there is no threat model {file}");
            var (model, errors) = ThreatModelFile.Read(file, SourceFile.FromBytes(file, await File.ReadAllBytesAsync(file, ct).ConfigureAwait(false)).Text);
            foreach (var error in errors) await Console.Error.WriteLineAsync(error.ToString()).ConfigureAwait(false);
            if (model is null) return CommandRunner.Problem;
            Console.Out.WriteLine($"{file} is a valid threat model");
            return 0;
        }, ct));
        return command;
    }

    private static async Task<ThreatModel> ModelAsync(string location, CancellationToken ct)
    {
        var state = await new GitSnapshotSource().TakeAsync(location, null, ct).ConfigureAwait(false);
        if (state.Value is not { } snapshot) throw new CommandProblem(state.Problem);
        return ProgramModels.Of(snapshot, Environment.ProcessorCount);
    }
}
