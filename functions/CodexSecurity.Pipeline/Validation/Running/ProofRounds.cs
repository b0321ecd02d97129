using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>The runs of a round, and how many were spent on it: it may have been measured again.</summary>
/// <param name="Runs">In the order of the jobs; not all of them where a run was not carried out.</param>
/// <param name="Spent">Sandbox runs.</param>
/// <param name="IsWhole">Whether every job was carried out that the conclusion needs: those that ran may rule the effect out by themselves.</param>
public sealed record RoundOutcome(IReadOnlyList<ProofRun> Runs, int Spent, bool IsWhole);

/// <summary>Rounds of a proof: the jobs of its attack, or of its control, with nonces of their own.</summary>
public sealed class ProofRounds(ProofRunner runner, Judge judge, INonceSource nonces)
{
    /// <summary>How often an attack is measured at the most where its measure leaves the effect open.</summary>
    public const int MostMeasures = 3;

    /// <summary>One round.</summary>
    public Task<IReadOnlyList<ProofRun>> OnceAsync(IReadOnlyList<ProofJob> jobs, ProjectUnderTest project, CancellationToken ct) =>
        runner.RunAllAsync(jobs, project, new Nonces(nonces.Next(), nonces.Next()), ct);

    /// <summary>One round of an attack, of a mutated one, or of a control: not further than is needed to rule the effect out.</summary>
    public async Task<RoundOutcome> UntilRuledOutAsync(OracleSpec oracle, IReadOnlyList<ProofJob> jobs, ProjectUnderTest project, CancellationToken ct)
    {
        var own = new Nonces(nonces.Next(), nonces.Next());
        var first = judge.First(oracle, jobs.Count);
        var early = await runner.RunAllAsync([.. first.Select(i => jobs[i])], project, own, ct).ConfigureAwait(false);
        if (early.Any(r => !r.Ran)) return new RoundOutcome(early, early.Count, false);
        if (first.Count > 0 && judge.RulesOut(oracle, early)) return new RoundOutcome(early, early.Count, true);
        var later = Enumerable.Range(0, jobs.Count).Except(first).ToList();
        var rest = await runner.RunAllAsync([.. later.Select(i => jobs[i])], project, own, ct).ConfigureAwait(false);
        var runs = first.Zip(early).Concat(later.Zip(rest)).OrderBy(r => r.First).Select(r => r.Second).ToList();
        return new RoundOutcome(runs, runs.Count, runs.Count == jobs.Count && runs.TrueForAll(r => r.Ran));
    }

    /// <summary>The attack's round. One whose measure leaves the effect open is measured again, and what was seen last counts: it is a statement on the machine, not on the program.</summary>
    public async Task<RoundOutcome> AttackAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        for (int measure = 1, spent = 0; ; measure++)
        {
            var round = await UntilRuledOutAsync(proof.Oracle, proof.Attack, project, ct).ConfigureAwait(false);
            spent += round.Spent;
            if (measure == MostMeasures || !judge.IsOpen(proof.Oracle, judge.Read(proof.Oracle, round.Runs))) return round with { Spent = spent };
        }
    }

    /// <summary>The attack's round and the control's, and the runs spent on both: beside each other where nothing is measured.</summary>
    public async Task<(RoundOutcome Attack, RoundOutcome Control, int Spent)> AttackAndControlAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        var attack = AttackAsync(proof, project, ct);
        if (judge.Measures(proof.Oracle)) await attack.ConfigureAwait(false);
        var control = UntilRuledOutAsync(proof.Oracle, proof.Control, project, ct);
        await Task.WhenAll(attack, control).ConfigureAwait(false);
        var (seen, quiet) = (await attack.ConfigureAwait(false), await control.ConfigureAwait(false));
        return (seen, quiet, seen.Spent + quiet.Spent);
    }

    /// <summary>The control's compared jobs twice, beside each other: what they show is compared, and never measured.</summary>
    public async Task<(IReadOnlyList<ProofRun> First, IReadOnlyList<ProofRun> Second)> ControlTwiceAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        var jobs = Compared(proof).Select(i => proof.Control[i]).ToList();
        var both = await Task.WhenAll(OnceAsync(jobs, project, ct), OnceAsync(jobs, project, ct)).ConfigureAwait(false);
        return (both[0], both[1]);
    }

    /// <summary>Of a control's round, what is compared with <see cref="ControlTwiceAsync"/>.</summary>
    public IReadOnlyList<ProofRun> ComparedOf(Proof proof, IReadOnlyList<ProofRun> control) => control.Count < proof.Control.Count ? control : [.. Compared(proof).Select(i => control[i])];

    // Those that every round of the control carries out.
    private IReadOnlyList<int> Compared(Proof proof) => judge.First(proof.Oracle, proof.Control.Count) is { Count: > 0 } first ? first : [.. Enumerable.Range(0, proof.Control.Count)];
}
