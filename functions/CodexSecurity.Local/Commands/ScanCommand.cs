using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Analysis;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Reporting;
using Spectre.Console;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security scan</c></summary>
internal static class ScanCommand
{
    private const int TableWidth = 120;
    // Findings of one function stand beside each other, and the others wait for what the first of them has run: enough to get past them.
    private const int FindingsPerJob = 32;

    private static readonly Argument<string> Path = new("path") { Description = "Folder, bare repository or clone URL", DefaultValueFactory = _ => "." };
    private static readonly Option<string?> Commit = new("--commit") { Description = "The state to scan (default: the folder as it is)" };
    private static readonly Option<string?> Base = new("--base") { Description = "Scan only what changed since this revision" };
    private static readonly Option<int> History = new("--history") { Description = "Walk back over so many commits and say which brought each finding" };
    private static readonly Option<string?> Format = new("--format") { Description = "table, json, sarif, md or html (default: table on a terminal, json otherwise)" };
    private static readonly Option<FileInfo?> Output = new("--output") { Description = "Write the report to this file" };
    private static readonly Option<bool> NoValidate = new("--no-validate") { Description = "Leave validation out" };
    private static readonly Option<bool> NoPatch = new("--no-patch") { Description = "Leave patches out" };
    private static readonly Option<string> Setup = new("--setup") { Description = "May the set-up phase install dependencies: auto or never", DefaultValueFactory = _ => "auto" };
    private static readonly Option<FileInfo?> ThreatModel = new("--threat-model") { Description = "Use this threat model" };
    private static readonly Option<string?> FailOn = new("--fail-on") { Description = "Exit 1 where a finding at or above this severity is open: low, medium, high, critical" };
    private static readonly Option<int> Jobs = new("--jobs") { Description = "Parallel work (default: processors of this machine)", DefaultValueFactory = _ => Environment.ProcessorCount };

    public static Command Create()
    {
        Format.AcceptOnlyFromAmong(["table", .. ScanReports.Formats.Keys]);
        Setup.AcceptOnlyFromAmong("auto", "never");
        FailOn.AcceptOnlyFromAmong("informational", "low", "medium", "high", "critical");
        Jobs.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 1 or > 64) r.AddError("--jobs is a number from 1 to 64"); });
        History.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 10_000) r.AddError("--history is a number from 0 to 10000"); });
        var command = new Command("scan", "Scan a repository: find, confirm, rank, patch") { Path, Commit, Base, History, Format, Output, NoValidate, NoPatch, Setup, ThreatModel, FailOn, Jobs };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(() => RunAsync(parsed, ct), ct));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var (location, commit) = (parsed.GetValue(Path)!, parsed.GetValue(Commit));
        var format = parsed.GetValue(Format) ?? (parsed.GetValue(Output) is null && !Console.IsOutputRedirected ? "table" : "json");
        // Beside the reading of the state; a failure comes back where the engine is used.
        _ = Task.Run(AnalysisEngine.Prepare, CancellationToken.None);
        using var stores = LocalStores.Open(LocalHome.Find());
        var state = await new GitSnapshotSource().TakeAsync(location, commit, ct).ConfigureAwait(false);
        if (state.Value is not { } snapshot) throw new CommandProblem(state.Problem);
        var target = snapshot.Target;
        var validate = !parsed.GetValue(NoValidate);
        var install = parsed.GetValue(Setup) == "auto";
        // Without validation nothing of a repository runs.
        var sandboxes = validate ? SandboxSet.Begin(install && snapshot.Files.Any(f => System.IO.Path.GetFileName(f.Path) == "package.json" && f.Content.Span.IndexOf("ependencies\""u8) >= 0)) : null;
        snapshot = null;
        var model = parsed.GetValue(ThreatModel) is { } file ? await StoreAsync(stores, file, ct).ConfigureAwait(false) : null;
        var jobs = parsed.GetValue(Jobs);
        var options = ScanOptions.Default with { Validate = validate, Patch = !parsed.GetValue(NoPatch), InstallDependencies = install, Jobs = jobs, FindingsAtOnce = FindingsPerJob * jobs };
        var (@base, history) = (parsed.GetValue(Base), parsed.GetValue(History));
        var request = new ScanRequest(
            "", KeyOf(location, target), @base is not null ? ScanKind.Diff : history > 0 ? ScanKind.History : ScanKind.Full, location, commit, @base, target.Branch, model, history, options);
        request = request with { ScanId = ScanHost.IdOf(request, target) };

        var view = new ProgressView(Console.Error, !Console.IsErrorRedirected);
        FlowStatus status;
        try { status = await new ScanHost(stores, sandboxes).RunAsync(request, view.Show, ct).ConfigureAwait(false); }
        finally { view.End(); }
        if (status.State != FlowState.Completed) throw new CommandProblem($"the scan ended early: {status.Failure?.Message ?? status.State.ToString()}");
        return await ReportAsync(stores, status.Result<ScanOutput>(), format, parsed.GetValue(Output), parsed.GetValue(FailOn), request.Kind, ct).ConfigureAwait(false);
    }

    private static async Task<int> ReportAsync(LocalStores stores, ScanOutput output, string format, FileInfo? file, string? failOn, ScanKind kind, CancellationToken ct)
    {
        var scan = await stores.Artifacts.GetJsonAsync<ScanResult>(output.Result, ct).ConfigureAwait(false);
        if (format == "table" && file is null) TableReport.Show(AnsiConsole.Console, scan);
        else
        {
            var sources = ScanReports.Sources(await SnapshotArchive.LoadAsync(stores.Artifacts, output.Snapshot, ct).ConfigureAwait(false));
            await OutputFile.WriteAsync(file, format == "table" ? Encoding.UTF8.GetBytes(TableReport.Write(scan, TableWidth)) : ScanReports.Write(format, scan, sources), ct).ConfigureAwait(false);
        }
        var incomplete = output.Status == ScanStatus.Incomplete;
        if (incomplete && !(format == "table" && file is null))
        {
            await Console.Error.WriteLineAsync(FindingTable.CoverageLine(scan.Coverage)).ConfigureAwait(false);
            foreach (var missing in scan.Coverage.Unfinished.Take(10)) await Console.Error.WriteLineAsync($"  not scanned: {missing.Path}: {missing.Reason}").ConfigureAwait(false);
        }
        if (failOn is not null && Enum.TryParse<Severity>(failOn, true, out var level) && scan.Findings.Any(f => Counts(f, kind) && f.Severity.Level >= level)) return 1;
        return incomplete ? 2 : 0;
    }

    // Of a diff only what the change brought counts.
    private static bool Counts(Finding f, ScanKind kind) =>
        f.Suppression is null && f.State != FindingState.Resolved && (kind != ScanKind.Diff || f.State is FindingState.New or FindingState.Unknown);

    // Two folders of one name are two projects on this machine, whatever their remote says.
    private static string KeyOf(string location, ScanTarget target)
    {
        if (location.Contains("://", StringComparison.Ordinal)) return target.RepositoryId;
        var key = target.RepositoryId + "\0" + System.IO.Path.GetFullPath(location);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
    }

    private static async Task<ArtifactRef> StoreAsync(LocalStores stores, FileInfo file, CancellationToken ct)
    {
        if (!file.Exists) throw new CommandProblem($"there is no threat model {file.FullName}");
        var bytes = await File.ReadAllBytesAsync(file.FullName, ct).ConfigureAwait(false);
        var (model, errors) = Pipeline.Context.ThreatModelFile.Read(file.Name, Analysis.Text.SourceFile.FromBytes(file.Name, bytes).Text);
        return model is null ? throw new CommandProblem(string.Join(Environment.NewLine, errors)) : await stores.Artifacts.PutAsync(bytes, "text/markdown", ct).ConfigureAwait(false);
    }
}
