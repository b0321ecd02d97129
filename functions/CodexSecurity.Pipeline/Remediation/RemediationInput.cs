using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>What remediation of one finding needs.</summary>
/// <param name="Candidate">What detection saw.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Related">Other candidates that the same attack may reach: same rule, same entry point. Mended together where one alone does not stop it.</param>
/// <param name="Validation">What validation found; a confirmed finding has a bundle.</param>
/// <param name="Evidence">The content of that bundle; null where there is none.</param>
/// <param name="StateKey">Names the scanned state, such as its digest.</param>
/// <param name="Files">Every file of it.</param>
/// <param name="ProjectFolder">Where the project lies inside the sandbox, as it did for validation.</param>
/// <param name="Dependencies">What set-up gave.</param>
/// <param name="Budget">How much may be tried.</param>
public sealed record RemediationInput(
    Candidate Candidate, RuleInfo Rule, IReadOnlyList<Candidate> Related, ValidationSummary Validation, ReadOnlyMemory<byte>? Evidence,
    string StateKey, IReadOnlyList<SnapshotFile> Files, string ProjectFolder, DependencySet Dependencies, RemediationBudget Budget);

/// <summary>How much may be tried for one finding.</summary>
/// <param name="Proposals">Proposals whose gates are run.</param>
/// <param name="Runs">Sandbox runs in all, after which no further proposal is begun.</param>
public sealed record RemediationBudget(int Proposals = 8, int Runs = 60)
{
    /// <summary>8 proposals, 60 runs.</summary>
    public static RemediationBudget Default { get; } = new();
}

/// <summary>What remediation gave.</summary>
/// <param name="Patch">The patch with its gates, or why there is none.</param>
/// <param name="Bundle">The evidence bundle with patch and gates added; null where nothing was added.</param>
/// <param name="Runs">Sandbox runs spent.</param>
public sealed record RemediationOutcome(Patch Patch, ArtifactRef? Bundle, int Runs);

/// <summary>Names of the gates (contracts, section 1), in the order in which they are run.</summary>
public static class GateNames
{
    /// <summary>The gates.</summary>
    public const string Applies = "applies", Parses = "parses", ExploitStopped = "exploit-stopped", ControlUnchanged = "control-unchanged",
        VariantsStopped = "variants-stopped", ProjectTests = "project-tests";

    /// <summary>All of them, in that order.</summary>
    public static IReadOnlyList<string> All { get; } = [Applies, Parses, ExploitStopped, ControlUnchanged, VariantsStopped, ProjectTests];
}
