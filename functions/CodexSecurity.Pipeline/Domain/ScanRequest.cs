using System.Text.Json.Serialization;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>What kind of scan is asked for.</summary>
public enum ScanKind { Full, Diff, History }

/// <summary>A request for a scan; small, as it is the flow's input.</summary>
/// <param name="ScanId">Id of the scan.</param>
/// <param name="RepositoryId">Repository in the store; "" for a scan that stands alone.</param>
/// <param name="Kind">Kind of scan.</param>
/// <param name="Location">Folder, bare repository or clone URL without credentials.</param>
/// <param name="Commit">Revision to scan, or null for the state as it is.</param>
/// <param name="Base">Revision compared with, or null.</param>
/// <param name="Branch">Branch, "" where unknown.</param>
/// <param name="ThreatModel">Stored text of a threat model that replaces the repository's own, or null.</param>
/// <param name="History">Commits to walk back for attribution; 0 for none.</param>
/// <param name="Options">What to run and how much of it.</param>
/// <param name="At">UTC, its place among the scans of its branch; null: when it starts.</param>
/// <param name="Siblings">UTC: scans placed at or after this are not compared with, as they are of the same push; null: every earlier one counts.</param>
public sealed record ScanRequest(
    string ScanId, string RepositoryId, ScanKind Kind, string Location, string? Commit, string? Base, string Branch, ArtifactRef? ThreatModel, int History, ScanOptions Options,
    DateTimeOffset? At = null, DateTimeOffset? Siblings = null);

/// <summary>Stages and budgets of a scan. Budgets count things, not seconds.</summary>
/// <param name="Validate">Run validation.</param>
/// <param name="Patch">Run remediation.</param>
/// <param name="InstallDependencies">Set-up may install the project's dependencies.</param>
/// <param name="Jobs">Threads and sandbox runs at a time, at least 1.</param>
/// <param name="MaxValidated">Candidates validated: the best few of each rule first, then the rest by rank.</param>
/// <param name="MaxPatched">Confirmed findings for which a patch is sought, in the same order.</param>
/// <param name="MaxSandboxRuns">Sandbox runs of the whole scan.</param>
public sealed record ScanOptions(bool Validate, bool Patch, bool InstallDependencies, int Jobs, int MaxValidated, int MaxPatched, int MaxSandboxRuns)
{
    /// <summary>Everything runs, on two jobs; 200 candidates, 50 patches, 2,400 sandbox runs.</summary>
    public static ScanOptions Default { get; } = new(true, true, true, 2, 200, 50, 2_400);

    /// <summary>
    /// Findings that are validated or patched at a time, where more than <see cref="Jobs"/>: many wait for what another one has just run. Only where the
    /// sandbox itself bounds the runs at a time.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int FindingsAtOnce { get; init; }

    /// <summary>Most steps of a scan under way at a time, at least 1.</summary>
    [JsonIgnore]
    public int StepsAtOnce => Math.Max(Math.Max(1, Jobs), FindingsAtOnce);
}
