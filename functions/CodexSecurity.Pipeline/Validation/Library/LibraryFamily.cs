using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>
/// Attacks a function of the project by calling it: many payloads in one process first, then the one that fired alone. A call that fails
/// before it reaches the sink is repaired from its exception and tried again; then other starting arguments, then the rarer payloads.
/// </summary>
public sealed class LibraryFamily(IPayloadKit kit) : IProofFamily
{
    private const int MaxRepairs = 6, MaxVariants = 40;

    /// <inheritdoc />
    public string Name => $"function-call/{kit.Class}/{kit.Oracle.Name}";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) =>
        kit.Handles(input) && input.Candidate is { EntryPoint: { } entry, Inputs.Count: > 0 } && entry.Kind is EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad or EntryPointKind.MessageHandler;

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var bases = StartingPlans.Of(input);
        if (history.Count == 0) return Batch(input, new State(bases[0], 0, false, [], []));
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (last.Attempt.Exploratory && last.Reading.Seen) state = state with { Pending = [.. kit.Fired(last.Runs[0], last.Reading).OrderBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Take(3)] };
        if (state.Pending.Count > 0) return Single(input, state);
        if (last.Attempt.Exploratory && state.Repairs.Count < MaxRepairs && Repair(input, state, last) is { } repaired) return Batch(input, repaired);
        return NextBase(input, state, bases, history);
    }

    private FamilyStep NextBase(ValidationInput input, State state, IReadOnlyList<CallPlan> bases, IReadOnlyList<AttemptRecord> history)
    {
        if (IsBeyondArguments(state.Plan, history[^1]) || DiesOfIt(history)) return Ended(history);
        // The rarer payloads go to the call that got furthest; what was learned (files, stand-ins) stays.
        if (!state.Wide && state.Base + 1 < bases.Count && !(state.Base >= 1 && Reached(history[^1])))
        {
            var next = bases[state.Base + 1];
            return Batch(input, new State(next.InTheSurroundingsOf(state.Plan), state.Base + 1, false, [], []));
        }

        if (!state.Wide)
        {
            var best = history.Where(h => h.Attempt.Exploratory && Reached(h)).Select(h => h.Attempt.State).FirstOrDefault();
            var plan = best is null ? state.Plan : JsonSerializer.Deserialize<State>(best, EvidenceJson.Options)!.Plan;
            return Batch(input, new State(plan with { Present = true }, bases.Count, true, [], []));
        }

        // What follows the input may send the call another way: a callback instead of a limit, say.
        if (input.Budget.Further > 0 && state.Base == bases.Count && StartingPlans.UpToInput(state.Plan, input.Candidate) is { } shorter) return Batch(input, new State(shorter, state.Base + 1, true, [], []));

        return Ended(history);
    }

    /// <summary>Some call did its work: it was not turned down for its arguments before a program was started, be it by an exception, a promise or a callback.</summary>
    internal static bool Reached(AttemptRecord record) =>
        record.Runs is [var run, ..] && HarnessReport.Of(run) is { Loaded: true } report
        && report.Cases.Any(c => c.Stage is "done" or "promise" && (c.Refusal is null || run.Commands.Any(s => !s.Program.EndsWith("/node", StringComparison.Ordinal))));

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
        if (reports.All(r => r.Cases.All(c => c.Stage == "access"))) return new FamilyStep.GiveUp("the function could not be reached: " + Short(reports[^1].Cases is [var first, ..] ? first.Error : null));
        return new FamilyStep.Exhausted("proofs of concept ran to their end and showed no effect");
    }

    private static string Short(HarnessError? error) => error is null ? "unknown" : error.Message.Split('\n')[0] is var line && line.Length > 160 ? line[..160] : error.Message.Split('\n')[0];

    private static State? Repair(ValidationInput input, State state, AttemptRecord last)
    {
        if (last.Runs.Count == 0 || CallRepair.Of(input, state.Plan, last.Runs[0], state.Repairs) is not { } repaired) return null;
        return state with { Plan = repaired, Repairs = repaired.Repairs, Pending = [] };
    }

    private FamilyStep Batch(ValidationInput input, State state)
    {
        var cases = kit.Cases(input, state.Plan, state.Wide);
        if (cases.Count == 0) return new FamilyStep.GiveUp($"no payload fits the input {input.Candidate.Inputs[0].Root}");
        var proof = Proof(input, state.Plan, cases[0], [Job(input, "explore", state.Plan, cases, false)], []);
        string name = $"{(state.Wide ? "all payloads" : "usual payloads")}, arguments from {state.Plan.Origin}{(state.Plan.Repairs.Count > 0 ? ", " + state.Plan.Repairs[^1] : "")}";
        return new FamilyStep.Try(new ProofAttempt(proof with { Strategy = name }, true, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    private FamilyStep.Try Single(ValidationInput input, State state)
    {
        var cases = kit.Cases(input, state.Plan, state.Wide);
        var one = cases.FirstOrDefault(c => c.Tag == state.Pending[0]) ?? cases[0];
        // One of each strategy before the second of any.
        var rest = kit.Cases(input, state.Plan, true).Where(c => c.Strategy != one.Strategy).GroupBy(c => c.Strategy).SelectMany(g => g.Select((c, i) => (Case: c, Rank: i))).OrderBy(c => c.Rank).Take(MaxVariants).Select(c => c.Case).ToList();
        var proof = Proof(input, state.Plan, one, [Job(input, "attack", state.Plan, [one], false)], rest.Chunk(MaxVariants).Select((chunk, i) => Job(input, $"variants-{i + 1}", state.Plan, chunk, false)).ToList());
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state with { Pending = [.. state.Pending.Skip(1)] }, EvidenceJson.Options)));
    }

    private Proof Proof(ValidationInput input, CallPlan plan, PayloadCase one, IReadOnlyList<ProofJob> attack, IReadOnlyList<ProofJob> variants)
    {
        string function = input.Candidate.EntryPoint!.FunctionName;
        string place = input.Candidate.Inputs[0] is var i ? i.Root + string.Concat(i.AccessPath.Select(p => p.StartsWith('[') ? p : "." + p)) : "";
        return new Proof(Name, one.Strategy, $"calling {function} with {one.Strategy} (input {place})", ValidationLevel.Reproduced, kit.Oracle, attack, [Job(input, "control", plan, [one], true)], variants);
    }

    private ProofJob Job(ValidationInput target, string name, CallPlan plan, IReadOnlyList<PayloadCase> cases, bool benign)
    {
        var input = kit.Tune(new HarnessInput
        {
            Module = plan.Module,
            Nonce = Nonces.AttackMark,
            Access = plan.Access,
            Globals = plan.Globals,
            Present = plan.Present,
            Cases = [.. cases.Select(c => benign ? new HarnessCase(c.Tag, c.Benign.Args, c.Benign.Access) : new HarnessCase(c.Tag, c.Attack.Args, c.Attack.Access))],
        });
        var job = ProofJob.Of(name, [.. HarnessFiles.Calls(input), .. plan.Files, .. NamedFolders.Of(target).ExceptBy(plan.Files.Select(f => f.Path), f => f.Path)], ["node", "/work/poc/harness.js"]) with
        {
            WorkingDirectory = "/work/run", StandIns = plan.StandIns, WritableProject = plan.WritableProject,
        };
        return kit.Equip(job, [.. cases.Select(c => c.Tag)]);
    }

    private sealed record State(CallPlan Plan, int Base, bool Wide, IReadOnlyList<string> Repairs, IReadOnlyList<string> Pending);
}
