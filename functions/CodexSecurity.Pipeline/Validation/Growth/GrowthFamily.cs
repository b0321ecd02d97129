using System.Globalization;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
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
    private const int MaxRepairs = 4, MaxVariants = 3;
    private const double Larger = 1.6;
    // Five times what a proof aims at: a text that takes longer shows no more, be the machine at its slowest.
    private const int LongestCpuMs = 6_000;
    // V8 interprets an expression once and compiles it when it is used again: a single call would not grow as a running server's does.
    private static readonly string[] s_node = ["node", "--no-regexp-tier-up"];
    private const int BenignLength = 20_000, MaxRefuted = 2;

    /// <inheritdoc />
    public string Name => "function-call/ReDoS/cpu";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) =>
        input is { Class: AttackClass.ReDoS, Candidate: { EntryPoint.Kind: EntryPointKind.LibraryExport, Inputs.Count: > 0 } };

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var bases = StartingPlans.Of(input);
        if (history.Count == 0) return Explore(input, new State(bases[0], 0, false, []), history);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (last.Attempt.Exploratory && last.Runs.Count > 0)
        {
            var report = HarnessReport.Of(last.Runs[0]);
            if (report is not null && Find(input, state, report) is { } found) return Prove(input, state, found.Subject, found.Size, found.Pump);
            if (state.Repairs.Count < MaxRepairs && CallRepair.Of(input, state.Plan, last.Runs[0], state.Repairs) is { } repaired)
                return Explore(input, state with { Plan = repaired, Repairs = repaired.Repairs }, history);
        }

        // What a harmless text shows too is how the code works.
        if (history.Count(h => h.ControlRefuted) >= MaxRefuted || LibraryFamily.IsBeyondArguments(state.Plan, last) || LibraryFamily.DiesOfIt(history)) return LibraryFamily.Ended(history);
        // A shared machine is at times twice as fast as a moment before: what stayed below the floor is measured once more, with a longer text.
        if (!last.Attempt.Exploratory && last.Reading is { Seen: false, Measure: > 0, IsBeyondLimits: false } && !state.Enlarged && history.LastOrDefault(h => h.Attempt.Exploratory) is { Runs: [var explored, ..] }
            && HarnessReport.Of(explored) is { } first && Find(input, state, first) is { } again)
            return Prove(input, state with { Enlarged = true }, again.Subject, (int)(again.Size * (again.Subject.Degree == 0 ? 1.05 : Larger)) + 1, again.Pump);
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
        var source = input.Candidate.Inputs[0];
        var cases = new List<HarnessCase>();
        var subjects = Subjects(input, state);
        if (subjects.Count == 0)
        {
            // Nothing more than before, or nothing at all.
            return history.Count > 0 ? LibraryFamily.Ended(history) : new FamilyStep.GiveUp("no attack string is known for the regular expression");
        }

        for (int i = 0; i < GrowthSizes.BenignPumps.Length; i++)
            Add("b" + i.ToString(CultureInfo.InvariantCulture), JsValue.Repeat("", GrowthSizes.BenignPumps[i], "", "@size@"), [BenignLength / GrowthSizes.BenignPumps[i].Length], GrowthSizes.Slow);
        for (int i = 0; i < subjects.Count; i++)
            Add("s" + i.ToString(CultureInfo.InvariantCulture), JsValue.Repeat(subjects[i].Prefix, subjects[i].Pump, subjects[i].Suffix, "@size@"), subjects[i].Sizes);
        if (cases.Count == 0) return new FamilyStep.GiveUp($"no payload fits the input {source.Root}");
        var job = Job("explore", state.Plan, cases, new HarnessGrowth(GrowthSizes.Slow, 9000), 2200) with { Limits = new ProofLimits(WallMs: 30_000, CpuMs: 20_000) };
        string name = $"growth of {subjects.Count} subjects, arguments from {state.Plan.Origin}{(state.Plan.Repairs.Count > 0 ? ", " + state.Plan.Repairs[^1] : "")}";
        var proof = new Proof(Name, name, "exploring", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), [job], [], []);
        return new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options)));

        // A text that is slow itself is not the benign one: how slow does not matter.
        void Add(string tag, JsValue value, IReadOnlyList<int> sizes, int? timeout = null)
        {
            if (Placer.Place(state.Plan, source, value) is { } call) cases.Add(new HarnessCase(tag, call.Args, call.Access, sizes, timeout));
        }
    }

    private static IReadOnlyList<Subject> Subjects(ValidationInput input, State state) =>
        RegexSubjects.Of(input.Candidate, Placer.TextAt(state.Plan, input.Candidate.Inputs[0]), state.Wide);

    // The first subject that became slow, the size at which it takes about as long as wanted, and the benign text that is fastest.
    private static (Subject Subject, int Size, string Pump)? Find(ValidationInput input, State state, HarnessReport report)
    {
        var subjects = Subjects(input, state);
        for (int i = 0; i < subjects.Count; i++)
        {
            var series = report.Cases.Where(c => c.Tag == "s" + i.ToString(CultureInfo.InvariantCulture)).OrderBy(c => c.Size).Select(c => new GrowthMeasure(c.Size, c.Cpu, c.Error?.Code == "ERR_SCRIPT_EXECUTION_TIMEOUT")).ToList();
            if (series.Count == 0 || series[^1].Cpu < GrowthSizes.Slow) continue;
            // Tags come back from the sandbox: only ours are looked for.
            string pump = GrowthSizes.BenignPumps.Select((p, b) => (Pump: p, Case: report.Cases.FirstOrDefault(c => c.Tag == "b" + b.ToString(CultureInfo.InvariantCulture))))
                .OrderBy(x => x.Case is null ? double.MaxValue : Math.Round(x.Case.Cpu / 5)).First().Pump;
            return (subjects[i], GrowthSizes.Of(subjects[i], series), pump);
        }

        return null;
    }

    private FamilyStep.Try Prove(ValidationInput input, State state, Subject subject, int size, string pump)
    {
        var source = input.Candidate.Inputs[0];
        int[] sizes = [Math.Max(1, size / 36), Math.Max(2, size / 6), size], rising = [.. sizes, sizes[1], sizes[0]];
        var attack = rising.Select((n, i) => One($"attack-{i + 1}", JsValue.Repeat(subject.Prefix, subject.Pump, subject.Suffix, Count(n)))).ToList();
        var control = sizes.Select((n, i) => One($"control-{i + 1}", JsValue.Repeat("", pump, "", Count(Math.Max(1, (subject.Prefix.Length + (n * subject.Pump.Length) + subject.Suffix.Length) / pump.Length))))).ToList();
        string function = input.Candidate.EntryPoint!.FunctionName;
        var proof = new Proof(Name, $"growing subject {subject.Name}", $"calling {function} with texts of growing length", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), attack, control, Variants());
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state, EvidenceJson.Options)));

        // Other subjects of the same growth, and this one in other surroundings: as many jobs each as the attack has.
        List<ProofJob> Variants()
        {
            var others = RegexSubjects.Of(input.Candidate, Placer.TextAt(state.Plan, source), true).Where(s => s.Degree == subject.Degree && (s.Prefix, s.Pump, s.Suffix) != (subject.Prefix, subject.Pump, subject.Suffix))
                .OrderBy(s => s.Pump == subject.Pump ? 1 : 0).Take(MaxVariants - 1).Append(subject with { Prefix = "x " + subject.Prefix, Suffix = subject.Suffix + "!\n" });
            return [.. others.SelectMany((s, v) => rising.Select((n, i) => One($"variant-{v + 1}-{i + 1}", JsValue.Repeat(s.Prefix, s.Pump, s.Suffix, Count(Math.Max(1, n * subject.Pump.Length / s.Pump.Length))))))];
        }

        ProofJob One(string name, JsValue value)
        {
            var call = Placer.Place(state.Plan, source, value)!;
            return Job(name, state.Plan, [new HarnessCase("t1", call.Args, call.Access)], null, 0);
        }
    }

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static ProofJob Job(string name, CallPlan plan, IReadOnlyList<HarnessCase> cases, HarnessGrowth? growth, int timeout)
    {
        var input = new HarnessInput
        {
            Module = plan.Module, Nonce = Nonces.AttackMark, Access = plan.Access, Globals = plan.Globals, Cases = cases, Growth = growth, Timeout = timeout,
            Wait = growth is null ? 200 : 20, Drain = growth is null ? 500 : 100,
        };
        return ProofJob.Of(name, [.. HarnessFiles.Calls(input), .. plan.Files], [.. s_node, "/work/poc/harness.js"]) with
        {
            WorkingDirectory = "/work/run", StandIns = plan.StandIns, WritableProject = plan.WritableProject, Limits = new ProofLimits(WallMs: 20_000, CpuMs: LongestCpuMs),
        };
    }

    /// <param name="Enlarged">The proof was tried with a longer text.</param>
    private sealed record State(CallPlan Plan, int Base, bool Wide, IReadOnlyList<string> Repairs, bool Enlarged = false);
}
