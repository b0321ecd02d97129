using System.CommandLine;
using System.Globalization;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using Spectre.Console;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security policy show</c></summary>
internal static class PolicyCommand
{
    public static Command Create()
    {
        var show = new Command("show", "The settings in force, and where each comes from");
        show.SetAction((_, ct) => CommandRunner.RunAsync(async () =>
        {
            var home = LocalHome.Find();
            var (sandbox, _) = await SandboxSet.CreateAsync(ct).ConfigureAwait(false);
            var status = await sandbox.ProbeAsync(ct).ConfigureAwait(false);
            var o = ScanOptions.Default;
            var table = new Table().Border(TableBorder.Minimal).AddColumns("Setting", "Value", "From");
            void Row(string name, string value, string from) => table.AddRow(new Text(name), new Text(value), new Text(from));
            Row("version", ToolInfo.Version, "this build");
            Row("rules and models", RuleFacts.Digest, "this build");
            Row("home", home.Folder, home.Origin);
            Row("sandbox", status.Available ? sandbox.Name : "none: " + status.Reason, "probe of this machine");
            Row("validation", "on", "default; scan --no-validate");
            Row("patches", "on", "default; scan --no-patch");
            Row("dependency set-up", "auto, in the sandbox, package registry only, no scripts", "default; scan --setup");
            Row("jobs", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), "processors of this machine; scan --jobs");
            Row("findings validated at most", Math.Min(o.MaxValidated, o.MaxSandboxRuns / ScanFlow.RunsPerFinding).ToString(CultureInfo.InvariantCulture), "default");
            Row("patches sought at most", o.MaxPatched.ToString(CultureInfo.InvariantCulture), "default");
            Row("language model", "none", "not connected in this build");
            AnsiConsole.Write(table);
            return 0;
        }, ct));
        return new Command("policy", "Settings") { show };
    }
}
