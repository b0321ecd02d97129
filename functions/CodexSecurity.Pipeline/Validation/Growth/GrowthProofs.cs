using System.Globalization;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>A text that became slow.</summary>
/// <param name="Subject">The subject.</param>
/// <param name="Size">Pumps with which it takes about as long as a proof aims at.</param>
/// <param name="Pump">What the harmless text is made of that is the fastest.</param>
internal sealed record GrownText(Subject Subject, int Size, string Pump)
{
    private const double Larger = 1.6, NextPump = 1.05;

    /// <summary>The same with more pumps.</summary>
    public GrownText Longer() => this with { Size = (int)(Size * (Subject.Degree == 0 ? NextPump : Larger)) + 1 };
}

/// <summary>Writes the proofs of slow regular expressions by calls, and reads what an exploring run measured.</summary>
internal static class GrowthProofs
{
    private const int MaxVariants = 3, BenignLength = 20_000;
    // Five times what a proof aims at: a text that takes longer shows no more, be the machine at its slowest.
    private const int LongestCpuMs = 6_000;
    private const int Total = 9000, LongestCase = 2200;
    // V8 interprets an expression once and compiles it when it is used again: a single call would not grow as a running server's does.
    private static readonly string[] s_node = ["node", "--no-regexp-tier-up"];

    /// <summary>All subjects in growing sizes, and harmless texts; null where the input has no place for a text.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="strategy">For people.</param>
    /// <param name="plan">The call.</param>
    /// <param name="source">Where in it the text stands.</param>
    /// <param name="subjects">The subjects.</param>
    /// <param name="expression">See <see cref="HarnessGrowth"/>.</param>
    /// <param name="share">See <see cref="HarnessGrowth"/>.</param>
    public static Proof? Exploring(string name, string strategy, CallPlan plan, TaintedInput source, IReadOnlyList<Subject> subjects, string? expression = null, double share = 0)
    {
        var cases = new List<HarnessCase>();
        // A text that is slow itself is not the benign one: how slow does not matter.
        for (int i = 0; i < GrowthSizes.BenignPumps.Length; i++)
            Add("b", i, JsValue.Repeat("", GrowthSizes.BenignPumps[i], "", "@size@"), [BenignLength / GrowthSizes.BenignPumps[i].Length], GrowthSizes.Slow);
        for (int i = 0; i < subjects.Count; i++) Add("s", i, Growing(subjects[i]), subjects[i].Sizes);
        return cases.Count == 0 ? null : Exploration(name, strategy, plan, cases, new HarnessGrowth(GrowthSizes.Slow, Total, expression, share), LongestCase);

        void Add(string series, int index, JsValue value, IReadOnlyList<int> sizes, int? timeout = null)
        {
            if (Placer.Place(plan, source, value) is { } call) cases.Add(new HarnessCase(series + Count(index), call.Args, call.Access, sizes, timeout));
        }
    }

    /// <summary>Says which functions the package offers.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="plan">Loads the package.</param>
    public static Proof Listing(string name, CallPlan plan) => Looking(name, "what the package offers", Job("explore", plan, [], null, LongestCase, true));

    /// <summary>Cases of any kind in growing sizes.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="strategy">For people.</param>
    /// <param name="plan">What all of them share.</param>
    /// <param name="cases">The calls.</param>
    /// <param name="growth">When a series, and the run, ends.</param>
    /// <param name="longest">Milliseconds after which a call is stopped.</param>
    public static Proof Exploration(string name, string strategy, CallPlan plan, IReadOnlyList<HarnessCase> cases, HarnessGrowth growth, int longest) =>
        Looking(name, strategy, Job("explore", plan, cases, growth, longest) with { Limits = new ProofLimits(WallMs: 30_000, CpuMs: 20_000) });

    private static Proof Looking(string name, string strategy, ProofJob job) => new(name, strategy, "exploring", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), [job], [], []);

    /// <summary>A subject whose size is still to be set.</summary>
    public static JsValue Growing(Subject subject) => JsValue.Repeat(subject.Prefix, subject.Pump, subject.Suffix, "@size@");

    /// <summary>The first subject that became slow, the size at which it takes about as long as wanted, and the benign text that is fastest.</summary>
    public static GrownText? Find(IReadOnlyList<Subject> subjects, HarnessReport report)
    {
        for (int i = 0; i < subjects.Count; i++)
        {
            var series = report.Cases.Where(c => c.Tag == "s" + Count(i)).OrderBy(c => c.Size).Select(c => new GrowthMeasure(c.Size, c.Cpu, c.Error?.Code == "ERR_SCRIPT_EXECUTION_TIMEOUT")).ToList();
            if (series.Count == 0 || series[^1].Cpu < GrowthSizes.Slow) continue;
            // Tags come back from the sandbox: only ours are looked for.
            string pump = GrowthSizes.BenignPumps.Select((p, b) => (Pump: p, Case: report.Cases.FirstOrDefault(c => c.Tag == "b" + Count(b))))
                .OrderBy(x => x.Case is null ? double.MaxValue : Math.Round(x.Case.Cpu / 5)).First().Pump;
            return new GrownText(subjects[i], GrowthSizes.Of(subjects[i], series), pump);
        }

        return null;
    }

    /// <summary>The proof: three sizes, measured from outside, beside harmless texts of the same lengths.</summary>
    /// <param name="name">Name of the family.</param>
    /// <param name="function">What is called, for people.</param>
    /// <param name="plan">The call.</param>
    /// <param name="source">Where in it the text stands.</param>
    /// <param name="found">The text.</param>
    /// <param name="others">Subjects of which those of the same growth are its variants.</param>
    public static Proof Of(string name, string function, CallPlan plan, TaintedInput source, GrownText found, IReadOnlyList<Subject> others)
    {
        var (subject, size, pump) = found;
        int[] sizes = [Math.Max(1, size / 36), Math.Max(2, size / 6), size], rising = [.. sizes, sizes[1], sizes[0]];
        var attack = rising.Select((n, i) => One($"attack-{i + 1}", JsValue.Repeat(subject.Prefix, subject.Pump, subject.Suffix, Count(n)))).ToList();
        var control = sizes.Select((n, i) => One($"control-{i + 1}", JsValue.Repeat("", pump, "", Count(Math.Max(1, (subject.Prefix.Length + (n * subject.Pump.Length) + subject.Suffix.Length) / pump.Length))))).ToList();
        // Other subjects of the same growth, and this one in other surroundings: as many jobs each as the attack has.
        var mutated = others.Where(s => s.Degree == subject.Degree && (s.Prefix, s.Pump, s.Suffix) != (subject.Prefix, subject.Pump, subject.Suffix))
            .OrderBy(s => s.Pump == subject.Pump ? 1 : 0).Take(MaxVariants - 1).Append(subject with { Prefix = "x " + subject.Prefix, Suffix = subject.Suffix + "!\n" });
        var variants = mutated.SelectMany((s, v) => rising.Select((n, i) => One($"variant-{v + 1}-{i + 1}", JsValue.Repeat(s.Prefix, s.Pump, s.Suffix, Count(Math.Max(1, n * subject.Pump.Length / s.Pump.Length)))))).ToList();
        return new Proof(name, $"growing subject {subject.Name}", $"calling {function} with texts of growing length", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), attack, control, variants);

        ProofJob One(string name, JsValue value)
        {
            var call = Placer.Place(plan, source, value)!;
            return Job(name, plan, [new HarnessCase("t1", call.Args, call.Access)], null, 0);
        }
    }

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static ProofJob Job(string name, CallPlan plan, IReadOnlyList<HarnessCase> cases, HarnessGrowth? growth, int timeout, bool list = false)
    {
        bool explores = growth is not null || list;
        var input = new HarnessInput
        {
            Module = plan.Module, Nonce = Nonces.AttackMark, Access = plan.Access, Globals = plan.Globals, Cases = cases, Growth = growth, Timeout = timeout,
            Wait = explores ? 20 : 200, Drain = explores ? 100 : 500, List = list,
        };
        return ProofJob.Of(name, [.. HarnessFiles.Calls(input), .. plan.Files], [.. s_node, "/work/poc/harness.js"]) with
        {
            WorkingDirectory = "/work/run", StandIns = plan.StandIns, WritableProject = plan.WritableProject, Limits = new ProofLimits(WallMs: 20_000, CpuMs: LongestCpuMs),
        };
    }
}
