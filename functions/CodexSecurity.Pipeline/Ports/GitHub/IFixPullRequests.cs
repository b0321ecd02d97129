using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ports.GitHub;

/// <summary>Opens pull requests with a verified patch, by an app that may write contents.</summary>
public interface IFixPullRequests
{
    /// <summary>Opens a draft for a finding, or finds the one that is open for it.</summary>
    /// <exception cref="Flows.StepRejectedException">No app is configured, or the patch does not fit the branch any more.</exception>
    Task<FixPullRequest> OpenAsync(RepositoryRecord repository, FindingRecord finding, CancellationToken ct);
}

/// <summary>A pull request.</summary>
/// <param name="Url">For people.</param>
/// <param name="Branch">Branch of the fix.</param>
public sealed record FixPullRequest(string Url, string Branch);

/// <summary>Where no app is configured.</summary>
public sealed class NoPullRequests : IFixPullRequests
{
    /// <inheritdoc/>
    public Task<FixPullRequest> OpenAsync(RepositoryRecord repository, FindingRecord finding, CancellationToken ct) =>
        throw new Flows.StepRejectedException("no GitHub app is configured that may open pull requests");
}
