using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>
/// Attacks a function of the project by calling it: many payloads in one process first, then the one that fired alone. A call that fails
/// before it reaches the sink is repaired from its exception and tried again; then other starting arguments, and the rarer payloads.
/// </summary>
public sealed class LibraryFamily(IPayloadKit kit) : IProofFamily
{
    private const int MaxRepairs = 6, MaxPending = 3;
    private readonly CallProofs _proofs = new(kit);

    /// <inheritdoc />
    public string Name => _proofs.Name;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) =>
        kit.Handles(input) && input.Candidate is { EntryPoint: { } entry, Inputs.Count: > 0 } && entry.Kind is EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad or EntryPointKind.MessageHandler;

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var bases = StartingPlans.Of(input);
        if (history.Count == 0) return Explore(input, kit.IsCheap ? new State(Stage.Others, [.. bases.Select(b => CallTrial.Of(b, false))], [], [], []) : new State(Stage.First, [CallTrial.Of(bases[0], false)], [], [], []));
        var last = history[^1];
        var state = StateOf(last);
        if (last.Attempt.Exploratory && last.Reading.Seen) state = state with { Pending = [.. kit.Fired(last.Runs[0], last.Reading).Except(state.Tried).OrderBy(BatchOf(state).IndexOf).ThenBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Take(MaxPending)] };
        if (state.Pending.Count > 0) return Single(input, state with { Tried = [.. state.Tried, state.Pending[0]] });
        // The run ended with the first that fired.
        if (!last.Attempt.Exploratory && kit.IsCheap && !state.Whole) return Explore(input, state with { Whole = true });
        if (last.Attempt.Exploratory && last.Runs is [var run, ..])
        {
            // One call that does not come to its end takes the others with it: then each is tried by itself.
            if (state.Trials.Count > 1 && HarnessReport.Of(run) is null) return Explore(input, state with { Trials = [.. state.Trials, .. state.Left], Left = [], Alone = true });
            if (state.Rounds < MaxRepairs && BatchOf(state).Repaired(input, run, MaxRepairs) is { Count: > 0 } repaired) return Explore(input, state with { Trials = repaired, Rounds = state.Rounds + 1 });
        }

        if (IsBeyondArguments(state.Trials[0].Plan, last) || DiesOfIt(history)) return Ended(history);
        if (state.Left.Count > 0) return Explore(input, state with { Trials = [.. state.Left.Select(t => t with { Plan = t.Plan.InTheSurroundingsOf(state.Trials[0].Plan) })], Left = [], Rounds = 0 });
        return NextStage(input, state, bases, history);
    }

    // Other starting arguments; beside them, or where no call did its work behind them, the rarer payloads for the call that got furthest. What was learned of the surroundings stays.
    private FamilyStep NextStage(ValidationInput input, State state, IReadOnlyList<CallPlan> bases, IReadOnlyList<AttemptRecord> history)
    {
        if (state.Stage == Stage.Rarer) return Ended(history);
        var around = state.Trials[0].Plan;
        var others = state.Stage == Stage.First ? bases.Skip(1).Select(b => CallTrial.Of(b.InTheSurroundingsOf(around), false)).ToList() : [];
        var best = Furthest(history)?.InTheSurroundingsOf(around);
        if (best is null && others.Count > 0) return Explore(input, new State(Stage.Others, others, [], [], []));
        best = (best ?? state.Trials[^1].Plan) with { Present = true };
        others.Add(CallTrial.Of(best, true));
        // What follows the input may send the call another way: a callback instead of a limit, say.
        if (input.Budget.Further > 0 && StartingPlans.UpToInput(best, input.Candidate) is { } shorter) others.Add(CallTrial.Of(shorter, true));
        if (input.Budget.Further > 0 && StartingPlans.WithAnswers(best) is { } answering) others.Add(CallTrial.Of(answering, true));
        return Explore(input, new State(Stage.Rarer, others, [], [], []));
    }

    private static CallPlan? Furthest(IReadOnlyList<AttemptRecord> history) =>
        history.Where(h => h.Attempt.Exploratory).SelectMany(h => StateOf(h).Trials.Where((_, i) => Reached(h, CallBatch.Series(i)))).FirstOrDefault()?.Plan;

    private static State StateOf(AttemptRecord record) => JsonSerializer.Deserialize<State>(record.Attempt.State, EvidenceJson.Options)!;

    private static CallBatch BatchOf(State state) => new(state.Trials, [], []);

    /// <summary>Some call did its work: it was not turned down for its arguments before a program was started, be it by an exception, a promise or a callback.</summary>
    /// <param name="record">What was tried.</param>
    /// <param name="series">What the tags of the calls begin with.</param>
    internal static bool Reached(AttemptRecord record, string series) =>
        record.Runs is [var run, ..] && HarnessReport.Of(run) is { Loaded: true } report
        && report.Cases.Any(c => c.Tag.StartsWith(series, StringComparison.Ordinal) && c.Stage is "done" or "promise" && (c.Refusal is null || run.Commands.Any(s => !s.Program.EndsWith("/node", StringComparison.Ordinal))));

    /// <summary>A run failed before it came to what arguments have a say in: the module did not load, or does not export what was looked for.</summary>
    internal static bool IsBeyondArguments(CallPlan plan, AttemptRecord record) =>
        record is { Attempt.Exploratory: true, Runs: [var run, ..] } && HarnessReport.Of(run) is { } report
        && (!report.Loaded || (report.Cases.Count > 0 && report.Cases.All(c => c.Stage == "access") && plan.Access.All(s => s.Kind == "property")));

    /// <summary>Two calls in a row ended by a limit before anything was reported: what calls of other arguments give would be the same.</summary>
    internal static bool DiesOfIt(IReadOnlyList<AttemptRecord> history) =>
        history is [.., var before, var last] && new[] { before, last }.All(h => h is { Attempt.Exploratory: true, Runs: [{ Kill: not SandboxKill.None } run, ..] } && HarnessReport.Of(run) is null);

    internal static FamilyStep Ended(IReadOnlyList<AttemptRecord> history)
    {
        var reports = history.Where(h => h.Attempt.Exploratory).SelectMany(h => h.Runs).Select(HarnessReport.Of).OfType<HarnessReport>().ToList();
        if (history.Any(h => h.ControlRefuted)) return new FamilyStep.Exhausted("an effect was seen, but the control run showed it too or it did not repeat");
        if (reports.Count == 0) return new FamilyStep.GiveUp("no run came to its end within its limits");
        if (reports.All(r => !r.Loaded)) return new FamilyStep.GiveUp("the module could not be loaded: " + Short(reports[^1].LoadError));
        // The last attempt may have come to no call at all.
        var errors = reports.Select(r => r.LoadError).Concat(reports.SelectMany(r => r.Cases).Select(c => c.Error));
        if (reports.All(r => r.Cases.All(c => c.Stage == "access"))) return new FamilyStep.GiveUp("the function could not be reached: " + Short(errors.LastOrDefault(e => e is not null)));
        return new FamilyStep.Exhausted("proofs of concept ran to their end and showed no effect");
    }

    private static string Short(HarnessError? error) => error is null ? "unknown" : error.Message.Split('\n')[0] is var line && line.Length > 160 ? line[..160] : error.Message.Split('\n')[0];

    private FamilyStep Explore(ValidationInput input, State state)
    {
        var batch = CallBatch.Of(kit, input, state.Trials, state.Alone);
        if (batch.Cases.Count == 0) return new FamilyStep.GiveUp($"no payload fits the input {input.Candidate.Inputs[0].Root}");
        state = state with { Trials = batch.Trials, Left = [.. batch.Left, .. state.Left], Pending = [] };
        var proof = _proofs.Exploring(input, string.Join("; ", batch.Trials.Select(t => t.Name)), batch.Surroundings, batch.Cases, h => h with { Enough = state.Whole ? 0 : 1 });
        return new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    private FamilyStep.Try Single(ValidationInput input, State state)
    {
        string tag = state.Pending[0];
        int index = BatchOf(state).IndexOf(tag);
        var (plan, wide, _) = state.Trials[index];
        plan = BatchOf(state).Surroundings with { Origin = plan.Origin, Access = plan.Access, Args = plan.Args, Whole = plan.Whole };
        var proof = _proofs.Of(input, plan, wide, CallBatch.Series(index), tag);
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state with { Pending = [.. state.Pending.Skip(1)] }, EvidenceJson.Options)));
    }

    private enum Stage { First, Others, Rarer }

    /// <param name="Stage">Usual payloads in the likeliest call, in others, or the rarer payloads.</param>
    /// <param name="Trials">Calls that the attempt tries together.</param>
    /// <param name="Left">Calls of the stage that are tried behind them.</param>
    /// <param name="Pending">Tags of what fired and is to be confirmed.</param>
    /// <param name="Tried">Tags of what fired and was not confirmed.</param>
    /// <param name="Rounds">Times that calls were repaired since they were begun with.</param>
    /// <param name="Alone">Calls are tried one by one.</param>
    /// <param name="Whole">The run goes on behind what fires first.</param>
    private sealed record State(
        Stage Stage, IReadOnlyList<CallTrial> Trials, IReadOnlyList<CallTrial> Left, IReadOnlyList<string> Pending, IReadOnlyList<string> Tried, int Rounds = 0, bool Alone = false, bool Whole = false);
}
