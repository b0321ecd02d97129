using System.CommandLine;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Evidence;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security replay BUNDLE.zip</c></summary>
internal static class ReplayCommand
{
    public static Command Create()
    {
        var bundle = new Argument<FileInfo>("bundle") { Description = "Evidence bundle (zip), or the id of a finding" };
        var project = new Option<string?>("--project") { Description = "Where the scanned state is (default: the stored snapshot of the scan)" };
        var setup = new Option<string>("--setup") { Description = "May the set-up phase install dependencies: auto or never", DefaultValueFactory = _ => "auto" };
        setup.AcceptOnlyFromAmong("auto", "never");
        var command = new Command("replay", "Re-run the evidence of a finding in the sandbox and compare the verdict") { bundle, project, setup };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(() => RunAsync(parsed.GetValue(bundle)!, parsed.GetValue(project), parsed.GetValue(setup) == "auto", ct), ct));
        return command;
    }

    private static async Task<int> RunAsync(FileInfo file, string? location, bool install, CancellationToken ct)
    {
        using var stores = LocalStores.Open(LocalHome.Find());
        var content = await ContentAsync(stores, file, ct).ConfigureAwait(false);
        if (EvidenceReader.Read(content) is not EvidenceReading.Whole whole) throw new CommandProblem("the bundle is refused: " + ((EvidenceReading.Refused)EvidenceReader.Read(content)).Reason);
        var snapshot = await StateAsync(stores, whole.Manifest.Context, location, ct).ConfigureAwait(false);
        if (snapshot.Target.Digest != whole.Manifest.Context.ProjectDigest)
            await Console.Error.WriteLineAsync("note: this is another state of the project than the one that was scanned").ConfigureAwait(false);
        var (sandbox, dependencies) = await SandboxSet.CreateAsync(ct).ConfigureAwait(false);
        if (await sandbox.ProbeAsync(ct).ConfigureAwait(false) is { Available: false } status) throw new CommandProblem("nothing was run: no sandbox: " + status.Reason);
        var tree = await LocalServices.Workspaces().ShowAsync(snapshot.Target.Digest, snapshot.Files, ProjectUnderTest.Folder, ct).ConfigureAwait(false);
        var under = new ProjectUnderTest(tree, install ? await dependencies.PrepareAsync(tree, whole.Manifest.Context.Module, ct).ConfigureAwait(false) : new DependencySet.Failed("set-up was switched off", ""));
        var outcome = await ValidationSetup.Replay(sandbox, new RandomNonceSource()).RunAsync(content, under, ct).ConfigureAwait(false);
        Console.Out.WriteLine($"{whole.Manifest.Context.FindingId}: {System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(outcome.Verdict.ToString())}: {outcome.Reason}");
        return outcome.Verdict == ValidationVerdict.Confirmed ? 0 : CommandRunner.Problem;
    }

    private static async Task<byte[]> ContentAsync(LocalStores stores, FileInfo file, CancellationToken ct)
    {
        if (file.Exists) return await File.ReadAllBytesAsync(file.FullName, ct).ConfigureAwait(false);
        if (!file.Name.StartsWith("csf_", StringComparison.Ordinal)) throw new CommandProblem($"there is no bundle {file.FullName}");
        var record = await StoredFindings.GetAsync(stores, file.Name, ct).ConfigureAwait(false);
        if (record.Finding.Validation.Bundle is not { } stored) throw new CommandProblem($"{file.Name} has no evidence: it is not confirmed");
        return await stores.Artifacts.ReadAsync(stored.Sha256, ct).ConfigureAwait(false) ?? throw new CommandProblem($"the evidence of {file.Name} is no longer stored");
    }

    // A bundle holds what ran against the project, not the project: its state comes from the store or from the folder that is named.
    private static async Task<Snapshot> StateAsync(LocalStores stores, EvidenceContext context, string? location, CancellationToken ct)
    {
        if (location is not null)
        {
            var state = await new Adapters.Git.GitSnapshotSource().TakeAsync(location, null, ct).ConfigureAwait(false);
            return state.Value ?? throw new CommandProblem(state.Problem);
        }
        foreach (var record in await stores.Scans.FindFindingsAsync(context.FindingId, ct).ConfigureAwait(false))
        {
            if (await stores.Scans.GetScanAsync(record.LastScanId, ct).ConfigureAwait(false) is not { Value.Snapshot: { } stored }) continue;
            var snapshot = await SnapshotArchive.LoadAsync(stores.Artifacts, stored, ct).ConfigureAwait(false);
            if (snapshot.Target.Digest == context.ProjectDigest) return snapshot;
        }
        throw new CommandProblem("the scanned state is not stored on this machine: name its folder by --project");
    }
}
