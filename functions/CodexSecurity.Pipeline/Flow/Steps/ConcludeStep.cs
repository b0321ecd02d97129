using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ranking;
using CodexSecurity.Pipeline.Remediation;
using CodexSecurity.Pipeline.Reporting;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Puts a scan together: verdicts, patches, states, suppressions, ranks; stores and publishes it.</summary>
internal sealed class ConcludeStep(ScanServices services, StepCache cache) : IFlowStep<ConcludeInput, ScanOutput>
{
    public async Task<ScanOutput> RunAsync(ConcludeInput input, CancellationToken ct)
    {
        var request = input.Request;
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var detected = await cache.RecordAsync<DetectedProgram>(input.Detected, ct).ConfigureAwait(false);
        var target = snapshot.Target;
        if (input.Base is { } other) target = target with { Kind = TargetKind.GitDiff, BaseRevision = other.Revision };
        var notes = new List<string>(detected.Notes);

        var before = input.BaseDetected is { } atBase ? await cache.RecordAsync<DetectedProgram>(atBase, ct).ConfigureAwait(false) : null;
        var known = before?.Findings.Select(f => f.Id).ToHashSet(StringComparer.Ordinal) ?? [];
        var findings = new List<Finding>();
        foreach (var finding in detected.Findings) findings.Add(await WithOutcomesAsync(finding, input, known, ct).ConfigureAwait(false));
        if (request.Options.Validate && await services.Sandbox.ProbeAsync(ct).ConfigureAwait(false) is { Available: false } status) notes.Add("nothing was validated: no sandbox: " + status.Reason);
        var decisions = await services.Scans.ListDecisionsAsync(Key(request, target), null, ct).ConfigureAwait(false);
        var merged = before is not null
            ? Changes(findings, before, detected)
            : await EarlierAsync(request, target, notes, ct).ConfigureAwait(false) is { } earlier
                ? FindingStates.Apply(findings, Triage.Earlier(earlier.Findings, decisions), detected.Coverage, earlier.Coverage)
                : FindingStates.Apply(findings, null, detected.Coverage);
        merged = await AttributedAsync(merged, input, ct).ConfigureAwait(false);
        merged = Suppressed(Triage.Apply(merged, decisions), snapshot, input.StartedAt, notes);
        var ranked = Ranker.Rank(merged, detected.Model);

        var result = new ScanResult(
            request.ScanId, target, ToolInfo.Version, detected.RulesDigest, input.StartedAt, input.CompletedAt, ThreatModelFile.Digest(detected.Model), ranked, detected.Coverage, notes);
        await ShowModelAsync(request, target, input.StartedAt, detected.Model, ct).ConfigureAwait(false);
        return await PublishAsync(input, result, ct).ConfigureAwait(false);
    }

    // The newest state of a connected repository's branch shows its threat model, until a person stores one.
    private async Task ShowModelAsync(ScanRequest request, ScanTarget target, DateTimeOffset started, ThreatModel model, CancellationToken ct)
    {
        if (request.Kind != ScanKind.Full || request.ThreatModel is not null || request.RepositoryId.Length == 0) return;
        if (await services.Scans.GetRepositoryAsync(request.RepositoryId, ct).ConfigureAwait(false) is not { Value: var repository } || repository.Branch != target.Branch) return;
        var at = request.At ?? started;
        if ((await services.Scans.ListScansAsync(repository.Id, target.Branch, null, 1, null, ct).ConfigureAwait(false)).Items is [var newest] && newest.RequestedAt > at) return;
        var latest = await services.Scans.GetThreatModelAsync(repository.Id, null, ct).ConfigureAwait(false);
        if (latest is { Value.Author: not (ScanRecords.Drafted or ScanRecords.Repository) }) return;
        var author = model.Origin == "drafted" ? ScanRecords.Drafted : ScanRecords.Repository;
        await services.Scans.AddThreatModelAsync(repository.Id, ThreatModelFile.Write(model), author, at, latest is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(latest.ETag), ct).ConfigureAwait(false);
    }

    // The store's key of the repository: the one that was connected, else the one that the state names.
    private static string Key(ScanRequest request, ScanTarget target) => request.RepositoryId.Length > 0 ? request.RepositoryId : target.RepositoryId;

    private async Task<Finding> WithOutcomesAsync(Finding finding, ConcludeInput input, HashSet<string> known, CancellationToken ct)
    {
        var id = input.Request.ScanId;
        var options = input.Request.Options;
        string? Failed(string step) => input.Failures.FirstOrDefault(f => f.FindingId == finding.Id && f.Step == step)?.Message;
        var validation = await FindAsync<ValidationSummary>(FindingNames.Validation(id, finding.Id), ct).ConfigureAwait(false)
            ?? (Failed(StepNames.Validate) is { } broken ? new ValidationSummary(ValidationVerdict.Inconclusive, ValidationLevel.Static, "validation failed: " + broken, [], null, null)
                : ValidationSummary.NotAttempted(!options.Validate ? "validation was switched off" : known.Contains(finding.Id) ? "not changed since the base revision" : "beyond the budget of this scan"));
        var patch = await FindAsync<RemediationOutcome>(FindingNames.Patch(id, finding.Id), ct).ConfigureAwait(false);
        if (patch?.Bundle is { } bundle) validation = validation with { Bundle = bundle };
        return finding with
        {
            Validation = validation,
            Patch = patch?.Patch ?? Patch.None(Failed(StepNames.Remediate) is { } reason ? "remediation failed: " + reason : !options.Patch ? "patches were switched off" : known.Contains(finding.Id) ? "not changed since the base revision" : "not sought: beyond the budget of this scan"),
        };
    }

    private async Task<T?> FindAsync<T>(string name, CancellationToken ct) where T : class =>
        await services.Artifacts.FindAsync(name, ct).ConfigureAwait(false) is { } found ? await services.Artifacts.GetJsonAsync<T>(found.Value, ct).ConfigureAwait(false) : null;

    private static List<Finding> Changes(IReadOnlyList<Finding> findings, DetectedProgram before, DetectedProgram now) =>
        [.. FindingStates.Diff(findings, before.Findings, now.Coverage, before.Coverage).Select(c => c.Finding with
        {
            State = c.State switch { DiffState.Introduced => FindingState.New, DiffState.Persisting => FindingState.Persisting, DiffState.Fixed => FindingState.Resolved, _ => FindingState.Unknown },
        })];

    // Against the last scan of another state, so that the same state scanned twice gives the same report.
    private async Task<ScanResult?> EarlierAsync(ScanRequest request, ScanTarget target, List<string> notes, CancellationToken ct)
    {
        string? cursor = null;
        do
        {
            var page = await services.Scans.ListScansAsync(Key(request, target), target.Branch, null, 50, cursor, ct).ConfigureAwait(false);
            foreach (var scan in page.Items)
            {
                if (scan.Id == request.ScanId || scan.Kind == ScanKind.Diff || scan.Result is not { } stored || scan.Status is not (ScanStatus.Completed or ScanStatus.Incomplete)) continue;
                if (scan.RequestedAt >= (request.Siblings ?? request.At ?? DateTimeOffset.MaxValue)) continue;
                if (!await services.Artifacts.ExistsAsync(stored.Sha256, ct).ConfigureAwait(false)) continue;
                try
                {
                    var result = await services.Artifacts.GetJsonAsync<ScanResult>(stored, ct).ConfigureAwait(false);
                    if (result.Target.Digest != target.Digest) return result;
                }
                catch (StoreCorruptException e)
                {
                    notes.Add($"an earlier scan can't be read and was not compared with: {e.Message}");
                }
            }
            cursor = page.Cursor;
        }
        while (cursor is not null);
        return null;
    }

    private async Task<IReadOnlyList<Finding>> AttributedAsync(IReadOnlyList<Finding> findings, ConcludeInput input, CancellationToken ct)
    {
        if (input.History.Count == 0) return findings;
        var history = new List<(CommitInfo, IReadOnlySet<string>?)>();
        foreach (var entry in input.History)
            history.Add((entry.Commit, entry.Fingerprints is { } stored ? (await services.Artifacts.GetJsonAsync<List<string>>(stored, ct).ConfigureAwait(false)).ToHashSet(StringComparer.Ordinal) : null));
        var whole = input.History.Count < input.Request.History;
        return [.. findings.Select(f => f.State == FindingState.Resolved ? f : f with { IntroducedBy = Attribution.IntroducedBy(f.Fingerprint, history, whole) })];
    }

    private static IReadOnlyList<Finding> Suppressed(IReadOnlyList<Finding> findings, Snapshot snapshot, DateTimeOffset at, List<string> notes)
    {
        if (snapshot.Files.FirstOrDefault(f => f.Path == SuppressionFile.DefaultPath) is not { } file) return findings;
        var today = DateOnly.FromDateTime(at.UtcDateTime);
        var (entries, errors) = SuppressionFile.Read(file.Path, SourceFile.FromBytes(file.Path, file.Content.Span).Text, today);
        notes.AddRange(errors.Select(e => "a suppression was not used: " + e));
        return SuppressionFile.Apply(findings, entries, today);
    }

    private async Task<ScanOutput> PublishAsync(ConcludeInput input, ScanResult result, CancellationToken ct)
    {
        var stored = await services.Artifacts.PutJsonAsync(result, ct).ConfigureAwait(false);
        var status = result.Coverage.Complete ? ScanStatus.Completed : ScanStatus.Incomplete;
        var target = result.Target;
        var open = result.Findings.Count(f => f.State != FindingState.Resolved);
        // Only scans of connected repositories are removed by the clock.
        if (await services.Scans.GetRepositoryAsync(Key(input.Request, target), ct).ConfigureAwait(false) is not null)
            await new ScanUses(services.Artifacts).RecordAsync(Key(input.Request, target), result.Id, await UsedAsync(input, result, stored, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        // A diff looks at a change, not at a branch: what it saw is no new state of the branch.
        if (input.Request.Kind != ScanKind.Diff)
            await services.Scans.PublishAsync(new FindingPublication(Key(input.Request, target), target.Branch, result.Id, input.Request.At ?? input.StartedAt, result.Findings), ct).ConfigureAwait(false);
        await services.Scans.PutScanAsync(
            new ScanRecord(result.Id, Key(input.Request, target), target.Branch, input.Request.Kind, target.Revision ?? "", status, input.Request.At ?? input.StartedAt, input.CompletedAt,
                status == ScanStatus.Incomplete ? FindingTable.CoverageLine(result.Coverage) : "", stored, input.Snapshot, new SortedDictionary<string, ArtifactRef>(StringComparer.Ordinal), open),
            WriteCondition.Always, ct).ConfigureAwait(false);
        return new ScanOutput(result.Id, stored, input.Snapshot, status);
    }

    // Everything that was stored for this scan or that its result points to.
    private async Task<IReadOnlyList<ArtifactRef>> UsedAsync(ConcludeInput input, ScanResult result, ArtifactRef stored, CancellationToken ct)
    {
        var snapshots = input.Made?.Snapshots ?? [input.Snapshot];
        List<ArtifactRef?> used =
        [
            stored, input.Detected, input.BaseDetected, input.Request.ThreatModel, .. snapshots, .. input.Made?.Records ?? [], .. input.History.Select(h => h.Fingerprints),
            .. result.Findings.Select(f => f.Validation.Bundle),
        ];
        used.AddRange(await FindingNames.StoredAsync(services.Artifacts, result.Id, snapshots, ct).ConfigureAwait(false));
        return [.. used.OfType<ArtifactRef>()];
    }
}
