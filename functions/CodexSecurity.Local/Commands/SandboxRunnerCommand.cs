using System.CommandLine;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security sandbox-runner</c>: what runs inside the validator image; hidden, and of no use elsewhere.</summary>
internal static class SandboxRunnerCommand
{
    public static Command Create()
    {
        var fetch = new Option<bool>("--fetch") { Description = "Fetch a large job for the run that follows" };
        var command = new Command("sandbox-runner", "Carries out one sealed job in a container of its own") { fetch };
        command.Hidden = true;
        command.SetAction(async (parsed, ct) =>
        {
            if (!OperatingSystem.IsLinux()) return CommandRunner.Problem;
            if (parsed.GetValue(fetch)) return await JobFetch.RunAsync(Console.Error, ct).ConfigureAwait(false);
            using var log = Console.OpenStandardOutput();
            return await SandboxRunner.RunAsync(log, Console.Error, ct).ConfigureAwait(false);
        });
        return command;
    }
}
