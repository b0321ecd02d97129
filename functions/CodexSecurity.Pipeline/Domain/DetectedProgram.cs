namespace CodexSecurity.Pipeline.Domain;

/// <summary>What detection gave for one snapshot; stored between the steps of a scan.</summary>
/// <param name="Findings">Accepted candidates, ranked, not validated yet.</param>
/// <param name="Model">The threat model in force.</param>
/// <param name="Coverage">What was looked at and what was not.</param>
/// <param name="RulesDigest">SHA-256 of rules and models.</param>
/// <param name="Notes">What the reader must know.</param>
public sealed record DetectedProgram(
    IReadOnlyList<Finding> Findings, ThreatModel Model, CoverageLedger Coverage, string RulesDigest, IReadOnlyList<string> Notes);
