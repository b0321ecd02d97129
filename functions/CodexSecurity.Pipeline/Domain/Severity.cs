namespace CodexSecurity.Pipeline.Domain;

/// <summary>How bad a finding is. Ordered: a higher value is worse.</summary>
public enum Severity { Informational, Low, Medium, High, Critical }

/// <summary>A step of the impact × likelihood matrix (findings-model §5).</summary>
public enum MatrixLevel { Ignore, Low, Medium, High, Unknown }

/// <summary>Severity with its reasons; confidence is kept apart and never blended in.</summary>
/// <param name="Level">The severity.</param>
/// <param name="Score">0.0 to 10.0, on the scale of SARIF's security-severity.</param>
/// <param name="Impact">Impact of success.</param>
/// <param name="Likelihood">Likelihood of an attempt that succeeds.</param>
/// <param name="Rationale">Facts that led to it.</param>
/// <param name="ChangeConditions">What evidence would raise or lower it.</param>
public sealed record SeverityAssessment(
    Severity Level, double Score, MatrixLevel Impact, MatrixLevel Likelihood, IReadOnlyList<string> Rationale, IReadOnlyList<string> ChangeConditions);
