using System.Text.Json.Serialization;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ranking;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>Names of the steps of a scan, as they stand in a run's history.</summary>
public static class StepNames
{
    /// <summary>The steps.</summary>
    public const string Begin = "begin", Snapshot = "snapshot", Detect = "detect", DetectComponent = "detect-component", Validate = "validate", Remediate = "remediate",
        History = "history", Fingerprint = "fingerprint", Conclude = "conclude", Abandon = "abandon";
}

/// <summary>Input of "begin" and "abandon".</summary>
/// <param name="Request">The scan.</param>
/// <param name="At">When.</param>
/// <param name="Status">What it is from now on.</param>
/// <param name="Error">Why, where it failed or was cancelled; else "".</param>
/// <param name="Made">Of a scan that ends before its conclusion: what its steps stored; null where nothing was.</param>
public sealed record ScanMoment(
    ScanRequest Request, DateTimeOffset At, ScanStatus Status, string Error, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StoredByScan? Made = null);

/// <summary>Input of "detect".</summary>
/// <param name="Snapshot">The stored snapshot.</param>
/// <param name="Selection">The stored roles of its files.</param>
/// <param name="ThreatModel">The stored threat model that somebody gave, or null.</param>
/// <param name="Jobs">Threads; never changes the result.</param>
/// <param name="Parts">What each component's analysis gave; null where the step analyses the program itself.</param>
public sealed record DetectInput(
    ArtifactRef Snapshot, ArtifactRef Selection, ArtifactRef? ThreatModel, int Jobs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<ComponentOutcome>? Parts = null);

/// <summary>Input of "detect-component".</summary>
/// <param name="Snapshot">The stored snapshot.</param>
/// <param name="Selection">The stored roles of its files.</param>
/// <param name="ThreatModel">The stored threat model that somebody gave, or null.</param>
/// <param name="Index">Number of the component, from 0.</param>
public sealed record ComponentInput(ArtifactRef Snapshot, ArtifactRef Selection, ArtifactRef? ThreatModel, int Index);

/// <summary>Output of "detect-component": the stored <see cref="CodexSecurity.Analysis.Results.AnalysisResult"/>.</summary>
public sealed record ComponentOutput(ArtifactRef Result);

/// <summary>What came of a component: a stored result, or why there is none.</summary>
public sealed record ComponentOutcome(ArtifactRef? Result, string Failure);

/// <summary>Output of "detect".</summary>
/// <param name="Detected">The stored <see cref="DetectedProgram"/>.</param>
/// <param name="Findings">Ids of the first findings in the order of their proofs, <see cref="MostNamed"/> at most: what is validated or patched is among them.</param>
/// <param name="Total">How many there are; null where all are named.</param>
public sealed record DetectOutput(
    ArtifactRef Detected, IReadOnlyList<string> Findings, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Total = null)
{
    /// <summary>So many ids stay below <see cref="CodexSecurity.Pipeline.Ports.Flows.FlowJson.MaxPayload"/>.</summary>
    public const int MostNamed = 1_500;

    /// <summary>How many findings there are.</summary>
    [JsonIgnore]
    public int Count => Total ?? Findings.Count;

    /// <summary>Names the first of <paramref name="findings"/>, which come by rank.</summary>
    public static DetectOutput Of(ArtifactRef detected, IReadOnlyList<Finding> findings) =>
        new(detected, [.. ProofOrder.Of(findings).Take(MostNamed).Select(f => f.Id)], findings.Count > MostNamed ? findings.Count : null);
}

/// <summary>Input of "validate" and "remediate": one finding of a scan.</summary>
public sealed record FindingInput(string ScanId, ArtifactRef Snapshot, ArtifactRef Selection, ArtifactRef Detected, string FindingId, bool InstallDependencies);

/// <summary>Output of "validate".</summary>
public sealed record ValidateOutput(string FindingId, ValidationVerdict Verdict);

/// <summary>Output of "remediate".</summary>
public sealed record RemediateOutput(string FindingId, PatchVerdict Verdict);

/// <summary>Input of "fingerprint": a commit.</summary>
public sealed record FingerprintInput(string Location, string Revision, ArtifactRef? ThreatModel);

/// <summary>Output of "fingerprint".</summary>
/// <param name="Fingerprints">The stored list of fingerprints of one state.</param>
/// <param name="Complete">Whether it was looked at whole.</param>
/// <param name="Made">What else the step stored; null in runs that began before it was kept.</param>
public sealed record FingerprintOutput(ArtifactRef Fingerprints, bool Complete, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StoredByScan? Made = null);

/// <summary>A commit of the history with what was found in it; null where it could not be scanned.</summary>
public sealed record CommitFingerprints(CommitInfo Commit, ArtifactRef? Fingerprints);

/// <summary>A step that failed for one finding.</summary>
public sealed record FindingFailure(string FindingId, string Step, string Message);

/// <summary>Input of "conclude".</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="CompletedAt">UTC.</param>
/// <param name="Snapshot">The stored snapshot.</param>
/// <param name="Detected">The stored <see cref="DetectedProgram"/>.</param>
/// <param name="Base">Of a diff: the base state.</param>
/// <param name="BaseDetected">Of a diff: what was found in the base state.</param>
/// <param name="History">Earlier commits with what was found in them, newest first; empty where not asked for.</param>
/// <param name="Failures">Steps that failed.</param>
/// <param name="Made">What else the scan's steps stored; null in runs that began before it was kept.</param>
public sealed record ConcludeInput(
    ScanRequest Request, DateTimeOffset StartedAt, DateTimeOffset CompletedAt, ArtifactRef Snapshot, ArtifactRef Detected, ScanTarget? Base, ArtifactRef? BaseDetected,
    IReadOnlyList<CommitFingerprints> History, IReadOnlyList<FindingFailure> Failures,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StoredByScan? Made = null);

/// <summary>What the steps of a scan stored.</summary>
/// <param name="Snapshots">Snapshots, see <see cref="CodexSecurity.Pipeline.Ingest.StoredSnapshot"/>.</param>
/// <param name="Records">Everything else that their outputs name.</param>
public sealed record StoredByScan(IReadOnlyList<ArtifactRef> Snapshots, IReadOnlyList<ArtifactRef> Records);

/// <summary>Output of a scan.</summary>
/// <param name="ScanId">The scan.</param>
/// <param name="Result">The stored <see cref="ScanResult"/>.</param>
/// <param name="Snapshot">The stored snapshot, for excerpts in reports.</param>
/// <param name="Status">Completed or incomplete.</param>
public sealed record ScanOutput(string ScanId, ArtifactRef Result, ArtifactRef Snapshot, ScanStatus Status);
