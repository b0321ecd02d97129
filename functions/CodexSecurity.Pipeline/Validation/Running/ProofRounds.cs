using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>The runs of a round, and how many were spent on it: it may have been measured again.</summary>
public sealed record RoundOutcome(IReadOnlyList<ProofRun> Runs, int Spent);

/// <summary>Rounds of a proof: the jobs of its attack, or of its control, with nonces of their own.</summary>
public sealed class ProofRounds(ProofRunner runner, Judge judge, INonceSource nonces)
{
    /// <summary>How often an attack is measured at the most where its measure leaves the effect open.</summary>
    public const int MostMeasures = 3;

    /// <summary>One round.</summary>
    public Task<IReadOnlyList<ProofRun>> OnceAsync(IReadOnlyList<ProofJob> jobs, ProjectUnderTest project, CancellationToken ct) =>
        runner.RunAllAsync(jobs, project, new Nonces(nonces.Next(), nonces.Next()), ct);

    /// <summary>The attack's round. One whose measure leaves the effect open is measured again, and what was seen last counts: it is a statement on the machine, not on the program.</summary>
    public async Task<RoundOutcome> AttackAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        for (int measure = 1, spent = 0; ; measure++)
        {
            var runs = await OnceAsync(proof.Attack, project, ct).ConfigureAwait(false);
            spent += runs.Count;
            if (measure == MostMeasures || !judge.IsOpen(proof.Oracle, judge.Read(proof.Oracle, runs))) return new RoundOutcome(runs, spent);
        }
    }

    /// <summary>The attack's round and the control's: beside each other where nothing is measured.</summary>
    public async Task<(IReadOnlyList<ProofRun> Attack, IReadOnlyList<ProofRun> Control, int Spent)> AttackAndControlAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        var attack = AttackAsync(proof, project, ct);
        if (judge.Measures(proof.Oracle)) await attack.ConfigureAwait(false);
        var control = OnceAsync(proof.Control, project, ct);
        await Task.WhenAll(attack, control).ConfigureAwait(false);
        var ((seen, spent), quiet) = (await attack.ConfigureAwait(false), await control.ConfigureAwait(false));
        return (seen, quiet, spent + quiet.Count);
    }

    /// <summary>The control's round twice: beside each other where nothing is measured.</summary>
    public async Task<(IReadOnlyList<ProofRun> First, IReadOnlyList<ProofRun> Second)> ControlTwiceAsync(Proof proof, ProjectUnderTest project, CancellationToken ct)
    {
        var first = OnceAsync(proof.Control, project, ct);
        if (judge.Measures(proof.Oracle)) await first.ConfigureAwait(false);
        var both = await Task.WhenAll(first, OnceAsync(proof.Control, project, ct)).ConfigureAwait(false);
        return (both[0], both[1]);
    }
}
