using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Workspaces;
using CodexSecurity.Pipeline.Remediation.Gates;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>Stores a bundle and says where. Content-addressed.</summary>
public delegate Task<ArtifactRef> StoreEvidence(ReadOnlyMemory<byte> content, CancellationToken ct);

/// <summary>What the stage works with.</summary>
/// <param name="Proofs">Runs the confirmed proof again.</param>
/// <param name="Sandbox">Where the project's tests run.</param>
/// <param name="Workspaces">Shows patched states to the sandbox.</param>
/// <param name="Parsers">Parses.</param>
/// <param name="Store">Keeps bundles.</param>
public sealed record RemediationTools(IProofReplay Proofs, ISandbox Sandbox, IWorkspaces Workspaces, RecentTrees Parsers, StoreEvidence Store);

/// <summary>
/// Plans patches for a finding and runs the gates of each until one passes all. A patch that a gate refused is not offered; one for which a gate could
/// not be run is offered as unverified.
/// </summary>
public sealed class RemediationStage(RemediationTools tools)
{
    private readonly PatchPlanner _planner = new(tools.Parsers);
    private readonly ProjectTests _tests = new(tools.Sandbox);
    private readonly TestDrafts _drafts = new(tools.Sandbox);

    /// <summary>Remedies one finding. Throws only when cancelled.</summary>
    public async Task<RemediationOutcome> RunAsync(RemediationInput input, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(input);
        var files = input.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var texts = new Dictionary<string, SourceFile>(StringComparer.Ordinal);
        foreach (var path in Candidates(input).SelectMany(c => c.Path.Select(s => s.Location.Path).Append(c.Sink.Path)).Distinct())
            if (files.TryGetValue(path, out var file)) texts[path] = SourceFile.FromBytes(path, file.Content.Span);
        var plan = _planner.Propose(input.Candidate, input.Rule, texts);
        if (plan.Proposals.Count == 0) return new RemediationOutcome(Patch.None(plan.Reason), null, 0);
        if (input.Validation.Verdict != ValidationVerdict.Confirmed || input.Evidence is not { } evidence) return new RemediationOutcome(Unproved(input, plan, files), null, 0);
        return await ProvedAsync(new Work(input, files, texts, evidence), plan, ct).ConfigureAwait(false);
    }

    private static IEnumerable<Candidate> Candidates(RemediationInput input) => input.Related.Prepend(input.Candidate);

    private sealed record Work(RemediationInput Input, Dictionary<string, SnapshotFile> Files, Dictionary<string, SourceFile> Texts, ReadOnlyMemory<byte> Evidence)
    {
        public int Runs { get; set; }
    }

    // Nothing was confirmed, so nothing can be shown to stop: only an edit that is safe by its form is offered.
    private Patch Unproved(RemediationInput input, PatchPlan plan, Dictionary<string, SnapshotFile> files)
    {
        var why = $"the finding is {Name(input.Validation.Verdict)}, so there is no exploit that a patch could be seen to stop";
        if (!plan.Mechanical) return Patch.None(why);
        foreach (var proposal in plan.Proposals)
        {
            var state = PatchedState.Of(proposal, input.StateKey, files, tools.Parsers);
            if (!state.IsSound) continue;
            PatchGate[] gates = [.. state.Gates, .. new[] { GateNames.ExploitStopped, GateNames.ControlUnchanged, GateNames.VariantsStopped, GateNames.ProjectTests }.Select(g => new PatchGate(g, GateOutcome.NotRun, why))];
            return new Patch(PatchVerdict.Unverified, $"{proposal.Explanation} Not verified: {why}.", state.Diff, proposal.Edits, null, gates);
        }
        return Patch.None("no proposal applies and parses");
    }

    private async Task<RemediationOutcome> ProvedAsync(Work work, PatchPlan plan, CancellationToken ct)
    {
        var input = work.Input;
        var project = new ProofProject(await tools.Workspaces.ShowAsync(input.StateKey, input.Files, input.ProjectFolder, ct).ConfigureAwait(false), input.Dependencies);
        var baseline = await tools.Proofs.BaselineAsync(work.Evidence, project, ct).ConfigureAwait(false);
        work.Runs += baseline.Runs;
        Attempt? best = null;
        var refused = new List<string>();
        var queue = new Queue<PatchProposal>(plan.Proposals);
        var widened = false;
        for (var tried = 0; queue.Count > 0 && tried < input.Budget.Proposals && work.Runs < input.Budget.Runs; tried++)
        {
            ct.ThrowIfCancellationRequested();
            var attempt = await TryAsync(work, queue.Dequeue(), project, baseline, ct).ConfigureAwait(false);
            if (attempt.Verdict == PatchVerdict.Verified) { best = attempt; break; }
            if (attempt.Verdict == PatchVerdict.Unverified) best ??= attempt;
            else refused.Add($"{attempt.Proposal.Strategy}: {Refusal(attempt)}");
            // The same attack may reach other sinks: once this one alone does not stop it, they are mended together.
            if (queue.Count > 0 || widened || best is not null) continue;
            widened = true;
            tried = Math.Min(tried, input.Budget.Proposals - 3);
            foreach (var joint in _planner.ProposeTogether(input.Candidate, input.Related, input.Rule, work.Texts)) queue.Enqueue(joint);
        }
        return await ConcludeAsync(work, best, refused, project, baseline, ct).ConfigureAwait(false);
    }

    private sealed record Attempt(PatchProposal Proposal, PatchedState State, ProofProject? Project, IReadOnlyList<PatchGate> Gates)
    {
        public PatchVerdict Verdict => Gates.Any(g => g.Outcome == GateOutcome.Failed) ? PatchVerdict.None
            // The project's tests count where they can run; every other gate has to have passed.
            : Gates.Any(g => g.Outcome == GateOutcome.NotRun && g.Name != GateNames.ProjectTests) ? PatchVerdict.Unverified : PatchVerdict.Verified;
    }

    private static string Refusal(Attempt attempt)
    {
        var gate = attempt.Gates.First(g => g.Outcome == GateOutcome.Failed);
        return $"{gate.Name} failed ({gate.Detail})";
    }

    private async Task<Attempt> TryAsync(Work work, PatchProposal proposal, ProofProject project, ProofBaseline baseline, CancellationToken ct)
    {
        var state = PatchedState.Of(proposal, work.Input.StateKey, work.Files, tools.Parsers);
        var gates = state.Gates.ToList();
        if (!state.IsSound) return new Attempt(proposal, state, null, Rest(gates));
        var patched = project with { Tree = await tools.Workspaces.ShowAsync(state.Key, state.Files, work.Input.ProjectFolder, ct).ConfigureAwait(false) };
        if (!baseline.Ran)
        {
            gates.AddRange(new[] { GateNames.ExploitStopped, GateNames.ControlUnchanged, GateNames.VariantsStopped, GateNames.ProjectTests }.Select(g => new PatchGate(g, GateOutcome.NotRun, baseline.Reason)));
            return new Attempt(proposal, state, patched, gates);
        }
        var seen = await tools.Proofs.ReplayAsync(baseline, patched, ct).ConfigureAwait(false);
        work.Runs += seen.Runs;
        if (Observables.InNumbersOnly(baseline.Observables, seen.ControlObservable))
        {
            // Free memory, say: the unpatched state is asked again, some time after it was asked first.
            var later = await tools.Proofs.BaselineAsync(work.Evidence, project, ct).ConfigureAwait(false);
            work.Runs += later.Runs;
            baseline = baseline with { Observables = [.. baseline.Observables, .. later.Observables] };
        }
        gates.AddRange(ProofGates.Of(baseline, seen));
        if (!seen.Ran || gates.Any(g => g.Outcome == GateOutcome.Failed)) return new Attempt(proposal, state, patched, Rest(gates));
        var attacks = tools.Proofs.VariantsAsync(baseline, patched, ct);
        // The project's tests go beside the mutated attacks, unless these are measured.
        if (baseline.Measured) await attacks.ConfigureAwait(false);
        var checks = _tests.CompareAsync(work.Input.StateKey, PackageFolders.Of(PackageFolders.ModuleOf(work.Input.Candidate), work.Files.ContainsKey), work.Files, project, patched, ct);
        await Task.WhenAll(attacks, checks).ConfigureAwait(false);
        var (variants, (tests, runs)) = (await attacks.ConfigureAwait(false), await checks.ConfigureAwait(false));
        work.Runs += variants.Runs + runs;
        gates.Add(ProofGates.Of(variants));
        if (gates[^1].Outcome == GateOutcome.Failed) return new Attempt(proposal, state, patched, Rest(gates));
        gates.Add(tests);
        return new Attempt(proposal, state, patched, gates);
    }

    // What runs of a source that node can't load is its build, which a patch of the source does not change.
    private static string Unbuilt(string path, List<string> refused) =>
        PackageFolders.IsBuilt(path) && refused.TrueForAll(r => r.Contains(GateNames.ExploitStopped, StringComparison.Ordinal)) ? "; what was run is built from this source, and a patch of it shows only behind a build" : "";

    // Every gate is stored: those behind one that was not passed were not run.
    private static List<PatchGate> Rest(List<PatchGate> gates) =>
    [
        .. gates, .. GateNames.All.Where(name => gates.All(g => g.Name != name)).Select(name => new PatchGate(name, GateOutcome.NotRun, "an earlier gate was not passed")),
    ];

    private async Task<RemediationOutcome> ConcludeAsync(Work work, Attempt? best, List<string> refused, ProofProject project, ProofBaseline baseline, CancellationToken ct)
    {
        if (best is null)
        {
            var none = Patch.None(refused.Count > 0 ? "every proposal was refused by a gate: " + string.Join("; ", refused) + Unbuilt(work.Input.Candidate.Sink.Path, refused) : "no proposal was tried within the budget");
            return new RemediationOutcome(none, await AttachAsync(work, none, ct).ConfigureAwait(false), work.Runs);
        }
        var open = best.Gates.Where(g => g.Outcome == GateOutcome.NotRun).ToList();
        var reason = best.Proposal.Explanation + (best.Verdict == PatchVerdict.Verified ? "" : $" Not verified: {string.Join("; ", open.Where(g => g.Name != GateNames.ProjectTests).Select(g => $"{g.Name} was not run ({g.Detail})"))}.");
        ProposedTest? test = null;
        if (best.Verdict == PatchVerdict.Verified && tools.Proofs.TestFor(baseline) is { } draft)
        {
            (test, var runs) = await _drafts.ProposeAsync(draft, work.Input, work.Files, project, best.Project!, ct).ConfigureAwait(false);
            work.Runs += runs;
        }
        var patch = new Patch(best.Verdict, reason, best.State.Diff, best.Proposal.Edits, test, best.Gates);
        return new RemediationOutcome(patch, await AttachAsync(work, patch, ct).ConfigureAwait(false), work.Runs);
    }

    private async Task<ArtifactRef> AttachAsync(Work work, Patch patch, CancellationToken ct)
    {
        var verification = JsonSerializer.Serialize(new
        {
            verdict = Name(patch.Verdict),
            patch.Reason,
            gates = patch.Gates.Select(g => new { g.Name, outcome = Name(g.Outcome), g.Detail }),
            regressionTest = patch.RegressionTest,
        }, JsonSerializerOptions.Web);
        return await tools.Store(tools.Proofs.Attach(work.Evidence, patch.Diff, verification), ct).ConfigureAwait(false);
    }

    private static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
