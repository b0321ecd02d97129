using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Runs the proof of a stored bundle again and compares the verdict.</summary>
public sealed class ReplayStage(ProofRunner runner, Judge judge, INonceSource nonces)
{
    private readonly ProofRounds _rounds = new(runner, judge, nonces);

    /// <summary>Two attack rounds and a control with fresh nonces, judged as at the first time.</summary>
    public async Task<ReplayOutcome> RunAsync(ReadOnlyMemory<byte> bundle, ProjectUnderTest project, CancellationToken ct)
    {
        var reading = EvidenceReader.Read(bundle);
        if (reading is not EvidenceReading.Whole whole)
            return new ReplayOutcome(ValidationVerdict.Inconclusive, ((EvidenceReading.Refused)reading).Reason, null, true);
        var (first, _, _) = await _rounds.AttackAsync(whole.Proof, project, ct).ConfigureAwait(false);
        var (second, (control, _, _), _) = await _rounds.AttackAndControlAsync(whole.Proof, project, ct).ConfigureAwait(false);
        var judgement = judge.Decide(whole.Proof.Oracle, [first, second.Runs], control);
        return new ReplayOutcome(VerdictOf(judgement.Outcome), judgement.Reason, whole.Manifest, false);
    }

    internal static ValidationVerdict VerdictOf(ProofOutcome outcome) => outcome switch
    {
        ProofOutcome.Confirmed => ValidationVerdict.Confirmed,
        ProofOutcome.NotRun => ValidationVerdict.Inconclusive,
        _ => ValidationVerdict.NotReproduced,
    };
}

/// <summary>What a replay gave.</summary>
/// <param name="Verdict">The verdict of this time.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="Manifest">What the bundle says of itself; null where it was refused.</param>
/// <param name="Refused">The bundle was tampered with or is unreadable: nothing ran.</param>
public sealed record ReplayOutcome(ValidationVerdict Verdict, string Reason, EvidenceManifest? Manifest, bool Refused);
