using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ports.GitHub;

/// <summary>Opens pull requests with a verified patch, by an app that may write contents.</summary>
public interface IFixPullRequests
{
    /// <summary>Opens a draft, or finds the one that is open for the finding with the same content. Never merges.</summary>
    /// <exception cref="Flows.StepRejectedException">No app is configured or installed, the files of the branch are no longer those that the patch was verified on, or too many are open.</exception>
    /// <exception cref="Ingest.SourceUnavailableException">The service can't be used now: another attempt may help.</exception>
    Task<FixPullRequest> OpenAsync(FixProposal proposal, CancellationToken ct);
}

/// <summary>What a pull request brings.</summary>
/// <param name="Repository">Where.</param>
/// <param name="Base">Branch that it is for.</param>
/// <param name="Head">Branch that holds it.</param>
/// <param name="Title">One line.</param>
/// <param name="Body">Markdown.</param>
/// <param name="Files">Files that change.</param>
public sealed record FixProposal(RepositoryRecord Repository, string Base, string Head, string Title, string Body, IReadOnlyList<FixFile> Files)
{
    /// <summary>What the branches of all fixes start with.</summary>
    public const string Prefix = "codex-security/fix-";
}

/// <summary>A file that changes.</summary>
/// <param name="Path">Relative to the repository's root.</param>
/// <param name="Before">What it held when the patch was verified; null for a new file.</param>
/// <param name="After">What it holds then.</param>
public sealed record FixFile(string Path, ReadOnlyMemory<byte>? Before, ReadOnlyMemory<byte> After);

/// <summary>A pull request.</summary>
/// <param name="Url">For people.</param>
/// <param name="Branch">Branch of the fix.</param>
public sealed record FixPullRequest(string Url, string Branch);

/// <summary>Where no app is configured.</summary>
public sealed class NoPullRequests : IFixPullRequests
{
    /// <inheritdoc/>
    public Task<FixPullRequest> OpenAsync(FixProposal proposal, CancellationToken ct) =>
        throw new Flows.StepRejectedException("no GitHub app is configured that may open pull requests");
}
