using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>
/// One scan: snapshot, detection with threat model, validation of each finding, patches for the confirmed ones, conclusion. The one order for every runtime.
/// </summary>
public sealed class ScanFlow : IFlow<ScanRequest, ScanOutput>
{
    /// <summary>Name and version of the flow; raise the version whenever the order of steps changes.</summary>
    public const string Name = "scan";

    /// <inheritdoc cref="Name"/>
    public const int Version = 1;

    /// <summary>Sandbox runs that one finding may take at the most; the scan's budget is counted in these.</summary>
    public const int RunsPerFinding = 40;

    private const int FailureTexts = 12_000;

    private static readonly StepOptions Network = new(RetryPolicy.Network);
    private static readonly StepOptions Recording = new(RetryPolicy.Network, EvenIfCancelled: true);

    /// <inheritdoc/>
    public async Task<ScanOutput> RunAsync(IFlowContext context, ScanRequest input)
    {
        var started = context.Now;
        await context.StepAsync<ScanMoment, bool>(StepNames.Begin, new(input, input.At ?? started, ScanStatus.Running, ""));
        var stored = new Stored();
        try
        {
            return await ScanAsync(context, input, started, stored);
        }
        catch (Exception e) when (e is StepFailedException or FlowCancelledException)
        {
            var status = e is FlowCancelledException ? ScanStatus.Cancelled : ScanStatus.Failed;
            await context.StepAsync<ScanMoment, bool>(StepNames.Abandon, new(input, input.At ?? context.Now, status, e is StepFailedException s ? s.Failure.Message : e.Message, stored.All), Recording);
            throw;
        }
    }

    private static async Task<ScanOutput> ScanAsync(IFlowContext context, ScanRequest request, DateTimeOffset started, Stored stored)
    {
        void Show(string phase, int done = 0, int total = 0, int findings = 0) => context.SetProgress(new FlowProgress(phase, done, total, findings, ""));
        var options = request.Options;
        Show("snapshot");
        var head = await TakeAsync(context, request.Location, request.Commit, request.Branch);
        Show("detection", 0, head.Sources);
        var (snapshots, made) = (stored.Snapshots, stored.Made);
        snapshots.Add(head.Snapshot);
        made.Add(head.Selection);
        var detected = await DetectAsync(context, head, request, made, done => Show("detection", done, head.Sources));
        stored.Results.Add(detected.Detected);
        Show("detection", head.Sources, head.Sources, detected.Count);
        IngestOutput? @base = null;
        DetectOutput? before = null;
        if (request.Base is { } revision)
        {
            @base = await TakeAsync(context, request.Location, revision, request.Branch);
            snapshots.Add(@base.Snapshot);
            made.Add(@base.Selection);
            before = await DetectAsync(context, @base, request, made, null);
            stored.Results.Add(before.Detected);
        }
        var history = request.History > 0 ? await HistoryAsync(context, request, stored, Show) : [];
        stored.Results.AddRange(history.Select(h => h.Fingerprints).OfType<ArtifactRef>());
        var known = before?.Findings.ToHashSet(StringComparer.Ordinal) ?? [];
        FindingInput Of(string id) => new(request.ScanId, head.Snapshot, head.Selection, detected.Detected, id, options.InstallDependencies);
        var failures = new List<FindingFailure>();

        List<ValidateOutput> validated = [];
        if (options.Validate)
        {
            // Of a diff only what changed is worth proving.
            var work = detected.Findings.Where(id => !known.Contains(id)).Take(Math.Min(options.MaxValidated, Math.Max(1, options.MaxSandboxRuns / RunsPerFinding))).Select(Of).ToList();
            Show("validation", 0, work.Count, detected.Count);
            var outcomes = await context.FanOutAsync<FindingInput, ValidateOutput>(StepNames.Validate, work, options.StepsAtOnce, null, done => Show("validation", done, work.Count, detected.Count));
            validated = Ended(outcomes, work, StepNames.Validate, failures);
        }

        if (options.Patch)
        {
            var confirmed = validated.Where(v => v.Verdict == ValidationVerdict.Confirmed).Select(v => v.FindingId).ToHashSet(StringComparer.Ordinal);
            var open = detected.Findings.Where(id => !known.Contains(id)).ToList();
            // What was confirmed, and then others that may get a patch which is safe by its form and costs no run.
            var proved = open.Where(confirmed.Contains).Take(options.MaxPatched);
            var unproved = open.Where(id => !confirmed.Contains(id)).Take(Math.Max(0, options.MaxValidated - confirmed.Count));
            var work = proved.Concat(unproved).Select(Of).ToList();
            Show("patches", 0, work.Count, detected.Count);
            var outcomes = await context.FanOutAsync<FindingInput, RemediateOutput>(StepNames.Remediate, work, options.StepsAtOnce, null, done => Show("patches", done, work.Count, detected.Count));
            Ended(outcomes, work, StepNames.Remediate, failures);
        }

        Show("report", 0, 0, detected.Count);
        return await context.StepAsync<ConcludeInput, ScanOutput>(
            StepNames.Conclude, new(request, started, context.Now, head.Snapshot, detected.Detected, @base?.Target, before?.Detected, history, Short(failures), head.Components is null ? null : new(snapshots, made)), Network);
    }

    // What the steps stored so far: the conclusion, or the end before it, records it.
    private sealed class Stored
    {
        public List<ArtifactRef> Snapshots { get; } = [];
        public List<ArtifactRef> Made { get; } = [];
        /// <summary>What the conclusion is given by itself.</summary>
        public List<ArtifactRef> Results { get; } = [];
        public StoredByScan? All => Snapshots.Count == 0 ? null : new StoredByScan(Snapshots, [.. Made, .. Results]);
    }

    private static Task<IngestOutput> TakeAsync(IFlowContext context, string location, string? revision, string branch) =>
        context.StepAsync<IngestInput, IngestOutput>(StepNames.Snapshot, new(location, revision, branch), Network);

    // A large program is analysed by components, each a step of its own, side by side.
    private static async Task<DetectOutput> DetectAsync(IFlowContext context, IngestOutput state, ScanRequest request, List<ArtifactRef> made, Action<int>? show)
    {
        var whole = new DetectInput(state.Snapshot, state.Selection, request.ThreatModel, request.Options.Jobs);
        if (state.Components is null or 1) return await context.StepAsync<DetectInput, DetectOutput>(StepNames.Detect, whole);
        var inputs = Enumerable.Range(0, state.Components.Value).Select(i => new ComponentInput(state.Snapshot, state.Selection, request.ThreatModel, i)).ToList();
        var outcomes = await context.FanOutAsync<ComponentInput, ComponentOutput>(
            StepNames.DetectComponent, inputs, request.Options.Jobs, null, done => show?.Invoke((int)((long)state.Sources * done / inputs.Count)));
        var parts = outcomes.Select(o => new ComponentOutcome(o.Value?.Result, o.Failure?.Message ?? "")).ToList();
        made.AddRange(parts.Select(p => p.Result).OfType<ArtifactRef>());
        return await context.StepAsync<DetectInput, DetectOutput>(StepNames.Detect, whole with { Parts = parts });
    }

    // Each commit is a state of its own, scanned without validation: what counts is when a finding first appears.
    private static async Task<IReadOnlyList<CommitFingerprints>> HistoryAsync(IFlowContext context, ScanRequest request, Stored stored, Action<string, int, int, int> show)
    {
        var commits = await context.StepAsync<HistoryInput, IReadOnlyList<CommitInfo>>(StepNames.History, new(request.Location, request.Commit, request.History), Network);
        var inputs = commits.Select(c => new FingerprintInput(request.Location, c.Sha, request.ThreatModel)).ToList();
        var outcomes = await context.FanOutAsync<FingerprintInput, FingerprintOutput>(StepNames.Fingerprint, inputs, request.Options.Jobs, null, done => show("history", done, inputs.Count, 0));
        foreach (var made in outcomes.Select(o => o.Value?.Made).OfType<StoredByScan>())
        {
            stored.Snapshots.AddRange(made.Snapshots);
            stored.Made.AddRange(made.Records);
        }
        return [.. commits.Select((c, i) => new CommitFingerprints(c, outcomes[i].Value?.Fingerprints))];
    }

    // The conclusion's input is kept in the run's history: where many steps failed, each says less.
    private static List<FindingFailure> Short(List<FindingFailure> failures)
    {
        var most = Math.Min(300, FailureTexts / Math.Max(1, failures.Count));
        return [.. failures.Select(f => f with { Message = f.Message.Length > most ? f.Message[..most] : f.Message })];
    }

    private static List<T> Ended<T>(IReadOnlyList<PartResult<T>> outcomes, List<FindingInput> work, string step, List<FindingFailure> failures)
    {
        for (var i = 0; i < outcomes.Count; i++)
        {
            if (outcomes[i].Failure is { } f) failures.Add(new(work[i].FindingId, step, f.Message));
        }
        return [.. outcomes.Where(o => o.Succeeded).Select(o => o.Value!)];
    }
}
