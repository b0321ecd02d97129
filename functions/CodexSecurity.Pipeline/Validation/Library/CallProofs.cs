using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>Writes the proofs of calls: what runs in the sandbox for a call and its payloads.</summary>
internal sealed class CallProofs(IPayloadKit kit)
{
    private const int MaxVariants = 40;

    /// <summary>Name of the proofs as stored in evidence.</summary>
    public string Name => $"function-call/{kit.Class}/{kit.Oracle.Name}";

    /// <summary>Many payloads in one process: shows which one fires.</summary>
    /// <param name="input">What is attacked.</param>
    /// <param name="strategy">For people.</param>
    /// <param name="plan">The call.</param>
    /// <param name="cases">The payloads.</param>
    /// <param name="tune">Settings of this run.</param>
    public Proof Exploring(ValidationInput input, string strategy, CallPlan plan, IReadOnlyList<PayloadCase> cases, Func<HarnessInput, HarnessInput> tune) =>
        new(Name, strategy, "exploring", ValidationLevel.Reproduced, kit.Oracle, [Job(input, "explore", plan, cases, false, tune)], [], []);

    /// <summary>One payload alone, its harmless counterpart, and others of its class as variants.</summary>
    /// <param name="input">What is attacked.</param>
    /// <param name="plan">The call.</param>
    /// <param name="wide">Whether the payload may be one of the rarer ones.</param>
    /// <param name="series">What its tag begins with.</param>
    /// <param name="tag">Its tag.</param>
    /// <param name="function">Name of the function for people; null: that of the entry point.</param>
    /// <param name="tune">Settings of its runs.</param>
    public Proof Of(ValidationInput input, CallPlan plan, bool wide, string series, string tag, string? function = null, Func<HarnessInput, HarnessInput>? tune = null)
    {
        var cases = kit.Cases(input, plan, wide, series);
        var one = cases.FirstOrDefault(c => c.Tag == tag) ?? cases[0];
        // One of each strategy before the second of any.
        var rest = kit.Cases(input, plan, true, series).Where(c => c.Strategy != one.Strategy).GroupBy(c => c.Strategy).SelectMany(g => g.Select((c, i) => (Case: c, Rank: i))).OrderBy(c => c.Rank).Take(MaxVariants).Select(c => c.Case).ToList();
        string place = input.Candidate.Inputs[0] is var i ? i.Root + string.Concat(i.AccessPath.Select(p => p.StartsWith('[') ? p : "." + p)) : "";
        return new Proof(Name, one.Strategy, $"calling {function ?? input.Candidate.EntryPoint!.FunctionName} with {one.Strategy} (input {place})", ValidationLevel.Reproduced, kit.Oracle,
            [Job(input, "attack", plan, [one], false, tune)], [Job(input, "control", plan, [one], true, tune)], rest.Count == 0 ? [] : [Job(input, "variants-1", plan, rest, false, tune)]);
    }

    private ProofJob Job(ValidationInput target, string name, CallPlan plan, IReadOnlyList<PayloadCase> cases, bool benign, Func<HarnessInput, HarnessInput>? tune = null)
    {
        var input = kit.Tune(new HarnessInput
        {
            Module = plan.Module,
            Nonce = Nonces.AttackMark,
            Access = plan.Access,
            Globals = plan.Globals,
            Before = plan.Before,
            Present = plan.Present,
            Cases = [.. cases.Select(c => HarnessCase.Of(c.Tag, benign ? c.Benign : c.Attack))],
        });
        if (tune is not null) input = tune(input);
        var job = ProofJob.Of(name, [.. HarnessFiles.Calls(input), .. plan.Files, .. NamedFolders.Of(target).ExceptBy(plan.Files.Select(f => f.Path), f => f.Path), .. NamedEndings.Secrets(target)], ["node", "/work/poc/harness.js"]) with
        {
            WorkingDirectory = "/work/run", StandIns = plan.StandIns, WritableProject = plan.WritableProject,
        };
        return kit.Equip(job, [.. cases.Select(c => c.Tag)]);
    }
}
