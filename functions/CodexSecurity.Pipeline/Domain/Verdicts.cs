namespace CodexSecurity.Pipeline.Domain;

/// <summary>Outcome of validation (contracts §1).</summary>
public enum ValidationVerdict { NotAttempted, Inconclusive, NotReproduced, Confirmed }

/// <summary>How realistic the strongest proof is: trace only, vulnerable function called, real interface attacked.</summary>
public enum ValidationLevel { Static, Harness, Reproduced }

/// <summary>Verdict of validation with its reason and evidence. Only the judge of the Validation stage makes one that is Confirmed.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Level">How realistic the proof is.</param>
/// <param name="Reason">One sentence: why this verdict.</param>
/// <param name="Attempts">What was tried, in order.</param>
/// <param name="EvidenceId">Id of the evidence bundle; null where nothing ran.</param>
/// <param name="Bundle">The stored bundle; null where nothing ran.</param>
public sealed record ValidationSummary(
    ValidationVerdict Verdict, ValidationLevel Level, string Reason, IReadOnlyList<ValidationAttempt> Attempts, string? EvidenceId, ArtifactRef? Bundle)
{
    /// <summary>Nothing was tried, and why.</summary>
    public static ValidationSummary NotAttempted(string reason) => new(ValidationVerdict.NotAttempted, ValidationLevel.Static, reason, [], null, null);
}

/// <summary>One proof of concept that ran.</summary>
/// <param name="Strategy">Name of the payload strategy.</param>
/// <param name="Outcome">What the judge saw.</param>
/// <param name="Detail">One sentence.</param>
public sealed record ValidationAttempt(string Strategy, string Outcome, string Detail);

/// <summary>Outcome of remediation (contracts §1).</summary>
public enum PatchVerdict { None, Unverified, Verified }

/// <summary>A proposed patch. Only the gates of the Remediation stage make one that is Verified.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">Why this verdict.</param>
/// <param name="Diff">Unified diff relative to the repository root; "" for none.</param>
/// <param name="Edits">The same as text edits.</param>
/// <param name="RegressionTest">Proposed test, or null.</param>
/// <param name="Gates">Outcome of every gate.</param>
public sealed record Patch(
    PatchVerdict Verdict, string Reason, string Diff, IReadOnlyList<FileEdit> Edits, ProposedTest? RegressionTest, IReadOnlyList<PatchGate> Gates)
{
    /// <summary>No patch, and why.</summary>
    public static Patch None(string reason) => new(PatchVerdict.None, reason, "", [], null, []);
}

/// <summary>Replaces UTF-16 [Start, End) of a file's text.</summary>
public sealed record FileEdit(string Path, int Start, int End, string Replacement);

/// <summary>A test proposed with a patch.</summary>
public sealed record ProposedTest(string Path, string Content, string Note);

/// <summary>Outcome of one gate.</summary>
public enum GateOutcome { Passed, Failed, NotRun }

/// <summary>One gate of a patch: "applies", "parses", "exploit-stopped", "variants-stopped", "control-unchanged", "project-tests".</summary>
public sealed record PatchGate(string Name, GateOutcome Outcome, string Detail);

/// <summary>A stored blob: SHA-256 in lower-case hex is its id; size in bytes.</summary>
public sealed record ArtifactRef(string Sha256, long Size, string MediaType);
