using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>Draws the conclusions from what the proof showed on the patched state.</summary>
internal static class ProofGates
{
    /// <summary>So many mutated attacks have to have run before their silence counts, where not all could.</summary>
    private const int EnoughVariants = 8;

    public static IEnumerable<PatchGate> Of(ProofBaseline baseline, ProofObservation seen)
    {
        if (!seen.Ran)
        {
            yield return new PatchGate(GateNames.ExploitStopped, GateOutcome.NotRun, seen.Reason);
            yield return new PatchGate(GateNames.ControlUnchanged, GateOutcome.NotRun, seen.Reason);
            yield break;
        }
        yield return seen.AttackFired ? new PatchGate(GateNames.ExploitStopped, GateOutcome.Failed, "the confirmed proof still fires: " + seen.AttackDetail)
            : !seen.Ended ? new PatchGate(GateNames.ExploitStopped, GateOutcome.Failed, "a run did not end by itself, so its silence says nothing")
            : new PatchGate(GateNames.ExploitStopped, GateOutcome.Passed, "the confirmed proof ran to its end and showed no effect");
        if (seen.ControlFired) yield return new PatchGate(GateNames.ControlUnchanged, GateOutcome.Failed, "the control shows the effect of the attack");
        else
        {
            yield return Observables.Same(baseline.Observables, seen.ControlObservable) switch
            {
                true => new PatchGate(GateNames.ControlUnchanged, GateOutcome.Passed, "a harmless input gives the same as before"),
                false => new PatchGate(GateNames.ControlUnchanged, GateOutcome.Failed, "a harmless input no longer gives the same as before: " + Difference(baseline.Observables[0], seen.ControlObservable)),
                null => new PatchGate(GateNames.ControlUnchanged, GateOutcome.NotRun, "a harmless input does not give the same twice even before the patch"),
            };
        }
    }

    public static PatchGate Of(VariantObservation variants)
    {
        if (variants.Fired.Length > 0) return new PatchGate(GateNames.VariantsStopped, GateOutcome.Failed, $"a mutated attack still fires: {variants.Fired}");
        if (variants.Planned == 0) return new PatchGate(GateNames.VariantsStopped, GateOutcome.NotRun, "there are no mutated attacks for this proof");
        return variants.Ran >= Math.Min(EnoughVariants, variants.Planned)
            ? new PatchGate(GateNames.VariantsStopped, GateOutcome.Passed, variants.Ran == variants.Planned ? $"{variants.Ran} mutated attacks showed no effect" : $"{variants.Ran} of {variants.Planned} mutated attacks ran and showed no effect; {variants.Reason}")
            : new PatchGate(GateNames.VariantsStopped, GateOutcome.NotRun, $"only {variants.Ran} of {variants.Planned} mutated attacks could be run: {variants.Reason}");
    }

    // The first place where they part, for the person who reads the refusal.
    private static string Difference(string before, string after)
    {
        var at = 0;
        while (at < before.Length && at < after.Length && before[at] == after[at]) at++;
        return $"\"{Part(before)}\" became \"{Part(after)}\"";

        string Part(string text) => text.Substring(Math.Min(text.Length, Math.Max(0, at - 20)), Math.Min(100, text.Length - Math.Min(text.Length, Math.Max(0, at - 20)))).ReplaceLineEndings(" ");
    }
}
