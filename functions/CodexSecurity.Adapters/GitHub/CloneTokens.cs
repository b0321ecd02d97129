using CodexSecurity.Adapters.Git;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Reads repositories of the configured GitHub as the installed app; all others without credentials.</summary>
internal sealed class CloneTokens(GitHubSettings settings, Installations installations) : ICloneCredentials
{
    public async Task<CloneCredential?> ForAsync(Uri url, CancellationToken ct)
    {
        if (Uri.Compare(url, settings.Site, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) != 0) return null;
        if (url.AbsolutePath.Trim('/').Split('/') is not [var owner, var name]) return null;
        try
        {
            var token = await installations.TokenAsync(owner, name.EndsWith(".git", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name, ct).ConfigureAwait(false);
            return token is null ? null : new CloneCredential("x-access-token", token);
        }
        catch (StepRejectedException refused)
        {
            throw new SourceUnavailableException(refused.Message);
        }
    }
}
