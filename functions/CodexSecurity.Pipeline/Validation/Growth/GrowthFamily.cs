using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>
/// Slow regular expressions through exported functions: an exploring run finds a subject and a size that takes somewhat over a second, the proof
/// then measures three sizes from outside, the small ones twice, beside a benign text of the same lengths.
/// </summary>
public sealed class GrowthFamily : IProofFamily
{
    private const int MaxRepairs = 4, MaxRefuted = 2, LongText = 60;

    /// <inheritdoc />
    public string Name => "function-call/ReDoS/cpu";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) =>
        input is { Class: AttackClass.ReDoS, Candidate: { EntryPoint.Kind: EntryPointKind.LibraryExport, Inputs.Count: > 0 } };

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        IReadOnlyList<CallPlan> bases = input.Candidate.Properties.ContainsKey(CandidateProperties.RegexPattern) ? StartingPlans.Of(input) : [.. StartingPlans.Of(input).Select(WithLongTexts)];
        if (history.Count == 0) return Explore(input, new State(bases[0], 0, false, []), history);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (last.Attempt.Exploratory && last.Runs.Count > 0)
        {
            var report = HarnessReport.Of(last.Runs[0]);
            if (report is not null && Find(input, state, report) is { } found) return Prove(input, state, found);
            if (state.Repairs.Count < MaxRepairs && CallRepair.Of(input, state.Plan, last.Runs[0], state.Repairs) is { } repaired)
                return Explore(input, state with { Plan = repaired, Repairs = repaired.Repairs }, history);
        }

        // What a harmless text shows too is how the code works.
        if (history.Count(h => h.ControlRefuted) >= MaxRefuted || LibraryFamily.IsBeyondArguments(state.Plan, last) || LibraryFamily.DiesOfIt(history)) return LibraryFamily.Ended(history);
        // A shared machine is at times twice as fast as a moment before: what stayed below the floor is measured once more, with a longer text.
        if (!last.Attempt.Exploratory && last.Reading is { Seen: false, Measure: > 0, IsBeyondLimits: false } && !state.Enlarged && history.LastOrDefault(h => h.Attempt.Exploratory) is { Runs: [var explored, ..] }
            && HarnessReport.Of(explored) is { } first && Find(input, state, first) is { } again)
            return Prove(input, state with { Enlarged = true }, again.Longer());
        if (!state.Wide && !(history.Any(h => LibraryFamily.Reached(h, "")) && state.Base >= 1) && state.Base + 1 < bases.Count) return Explore(input, new State(bases[state.Base + 1].InTheSurroundingsOf(state.Plan), state.Base + 1, false, []), history);
        if (!state.Wide)
        {
            var best = history.Where(h => h.Attempt.Exploratory && LibraryFamily.Reached(h, "")).Select(h => h.Attempt.State).FirstOrDefault();
            return Explore(input, new State(best is null ? state.Plan : JsonSerializer.Deserialize<State>(best, EvidenceJson.Options)!.Plan, bases.Count, true, []), history);
        }

        return LibraryFamily.Ended(history);
    }

    private FamilyStep Explore(ValidationInput input, State state, IReadOnlyList<AttemptRecord> history)
    {
        var subjects = Subjects(input, state);
        // Nothing more than before, or nothing at all.
        if (subjects.Count == 0) return history.Count > 0 ? LibraryFamily.Ended(history) : new FamilyStep.GiveUp("no attack string is known for the regular expression");
        string name = $"growth of {subjects.Count} subjects, arguments from {state.Plan.Origin}{(state.Plan.Repairs.Count > 0 ? ", " + state.Plan.Repairs[^1] : "")}";
        return GrowthProofs.Exploring(Name, name, state.Plan, input.Candidate.Inputs[0], subjects) is { } proof
            ? new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options)))
            : new FamilyStep.GiveUp($"no payload fits the input {input.Candidate.Inputs[0].Root}");
    }

    // An expression that the attacker writes is matched against what stands in another argument: hardly anything is tried on a text shorter than it asks for.
    private static CallPlan WithLongTexts(CallPlan plan) =>
        plan with { Args = [.. plan.Args.Select(a => a is { Kind: "string", Text.Length: > 0 and < LongText } ? JsValue.String(string.Concat(Enumerable.Repeat(a.Text, LongText / a.Text.Length))) : a)] };

    private static IReadOnlyList<Subject> Subjects(ValidationInput input, State state) =>
        RegexSubjects.Of(input.Candidate, Placer.TextAt(state.Plan, input.Candidate.Inputs[0]), state.Wide);

    private static GrownText? Find(ValidationInput input, State state, HarnessReport report) => GrowthProofs.Find(Subjects(input, state), report);

    private FamilyStep.Try Prove(ValidationInput input, State state, GrownText found)
    {
        var source = input.Candidate.Inputs[0];
        var proof = GrowthProofs.Of(Name, input.Candidate.EntryPoint!.FunctionName, state.Plan, source, found, RegexSubjects.Of(input.Candidate, Placer.TextAt(state.Plan, source), true));
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    /// <param name="Enlarged">The proof was tried with a longer text.</param>
    private sealed record State(CallPlan Plan, int Base, bool Wide, IReadOnlyList<string> Repairs, bool Enlarged = false);
}
