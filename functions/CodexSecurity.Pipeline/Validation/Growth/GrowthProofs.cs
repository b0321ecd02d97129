using System.Globalization;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>Writes the proofs of calls whose time grows faster than their text.</summary>
internal static class GrowthProofs
{
    /// <summary>Characters of a harmless text while growth is explored.</summary>
    public const int BenignLength = 20_000;

    private const int MaxVariants = 3;
    // Five times what a proof aims at: a text that takes longer shows no more, be the machine at its slowest.
    private const int LongestCpuMs = 6_000;
    // V8 interprets an expression once and compiles it when it is used again: a single call would not grow as a running server's does.
    private static readonly string[] s_node = ["node", "--no-regexp-tier-up"];

    /// <summary>Three sizes of an attack, the small ones twice, beside a harmless text of the same lengths.</summary>
    /// <param name="family">Name of the family.</param>
    /// <param name="input">What is attacked: its first input holds the text.</param>
    /// <param name="plan">The call.</param>
    /// <param name="function">Its function, for people.</param>
    /// <param name="subject">The text.</param>
    /// <param name="size">Number of pumps of the largest size.</param>
    /// <param name="pump">What the harmless text is made of.</param>
    public static Proof Of(string family, ValidationInput input, CallPlan plan, string function, Subject subject, int size, string pump)
    {
        var source = input.Candidate.Inputs[0];
        int[] sizes = [Math.Max(1, size / 36), Math.Max(2, size / 6), size], rising = [.. sizes, sizes[1], sizes[0]];
        var attack = rising.Select((n, i) => One($"attack-{i + 1}", JsValue.Repeat(subject.Prefix, subject.Pump, subject.Suffix, Count(n)))).ToList();
        var control = sizes.Select((n, i) => One($"control-{i + 1}", JsValue.Repeat("", pump, "", Count(Math.Max(1, (subject.Prefix.Length + (n * subject.Pump.Length) + subject.Suffix.Length) / pump.Length))))).ToList();
        return new Proof(family, $"growing subject {subject.Name}", $"calling {function} with texts of growing length", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), attack, control, Variants());

        // Other subjects of the same growth, and this one in other surroundings: as many jobs each as the attack has.
        List<ProofJob> Variants()
        {
            var others = RegexSubjects.Of(input.Candidate, Placer.TextAt(plan, source), true).Where(s => s.Degree == subject.Degree && (s.Prefix, s.Pump, s.Suffix) != (subject.Prefix, subject.Pump, subject.Suffix))
                .OrderBy(s => s.Pump == subject.Pump ? 1 : 0).Take(MaxVariants - 1).Append(subject with { Prefix = "x " + subject.Prefix, Suffix = subject.Suffix + "!\n" });
            return [.. others.SelectMany((s, v) => rising.Select((n, i) => One($"variant-{v + 1}-{i + 1}", JsValue.Repeat(s.Prefix, s.Pump, s.Suffix, Count(Math.Max(1, n * subject.Pump.Length / s.Pump.Length))))))];
        }

        ProofJob One(string name, JsValue value)
        {
            var call = Placer.Place(plan, source, value)!;
            return Job(name, plan, [new HarnessCase("t1", call.Args, call.Access)]);
        }
    }

    private static string Count(int n) => n.ToString(CultureInfo.InvariantCulture);

    /// <summary>A run of calls; one that explores sets what it needs, and waits less.</summary>
    public static ProofJob Job(string name, CallPlan plan, IReadOnlyList<HarnessCase> cases, Func<HarnessInput, HarnessInput>? tune = null)
    {
        var input = new HarnessInput { Module = plan.Module, Nonce = Nonces.AttackMark, Access = plan.Access, Globals = plan.Globals, Cases = cases, Timeout = 0, Wait = 200, Drain = 500 };
        if (tune is not null) input = tune(input with { Wait = 20, Drain = 100 });
        return ProofJob.Of(name, [.. HarnessFiles.Calls(input), .. plan.Files], [.. s_node, "/work/poc/harness.js"]) with
        {
            WorkingDirectory = "/work/run", StandIns = plan.StandIns, WritableProject = plan.WritableProject, Limits = new ProofLimits(WallMs: 20_000, CpuMs: LongestCpuMs),
        };
    }
}
