using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>
/// Plans proofs of one kind of weakness and entry point. Pure: the next step depends only on the input and what was seen so far.
/// </summary>
public interface IProofFamily
{
    /// <summary>Name as stored in evidence.</summary>
    string Name { get; }

    /// <summary>Whether this family can attack the candidate. The first that can gets it.</summary>
    bool Handles(ValidationInput input);

    /// <summary>What it explores is the same for all findings of a package, or of a file, so that it costs the first of them only.</summary>
    bool ExploresOnce => false;

    /// <summary>The next thing to do.</summary>
    FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history);
}

/// <summary>What a family wants.</summary>
public abstract record FamilyStep
{
    private FamilyStep() { }

    /// <summary>Run this.</summary>
    public sealed record Try(ProofAttempt Attempt) : FamilyStep;

    /// <summary>Everything ran to its end: <c>not-reproduced</c> unless an attempt says otherwise.</summary>
    public sealed record Exhausted(string Reason) : FamilyStep;

    /// <summary>It could not be carried out: <c>inconclusive</c>.</summary>
    public sealed record GiveUp(string Reason) : FamilyStep;
}

/// <summary>An attempt that ran.</summary>
/// <param name="Attempt">The plan.</param>
/// <param name="Runs">The attack's runs, in the order of its jobs.</param>
/// <param name="Reading">What the oracle saw in them.</param>
/// <param name="ControlRefuted">True where the attack fired, but the control fired too or the effect did not repeat.</param>
public sealed record AttemptRecord(ProofAttempt Attempt, IReadOnlyList<ProofRun> Runs, OracleReading Reading, bool ControlRefuted);
