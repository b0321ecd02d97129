using System.Collections.Concurrent;
using CodexSecurity.Pipeline.Ports.Flows;
using Octokit;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Tokens of an app's installations. Each is for one repository and for no more than what it is asked for; kept in memory until shortly before it ends.</summary>
internal sealed class Installations(GitHubCalls calls, AppIdentity app, TimeProvider time, IReadOnlyDictionary<string, string> permissions)
{
    // Nobody starts with a token that is about to end; it has an hour.
    private static readonly TimeSpan Early = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, (string Token, DateTimeOffset Ends)> _tokens = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A token for a repository; null where the app is not installed there.</summary>
    /// <exception cref="Pipeline.Ingest.SourceUnavailableException">It can't be had now.</exception>
    /// <exception cref="StepRejectedException">The app itself is refused.</exception>
    public async Task<string?> TokenAsync(string owner, string name, CancellationToken ct)
    {
        var key = $"{owner}/{name}";
        if (_tokens.TryGetValue(key, out var kept) && kept.Ends - Early > time.GetUtcNow()) return kept.Token;
        try
        {
            var client = calls.Client(await app.TokenAsync(ct).ConfigureAwait(false), AuthenticationType.Bearer);
            var installation = await calls.RunAsync(() => client.GitHubApps.GetRepositoryInstallationForCurrent(owner, name), ct).ConfigureAwait(false);
            var address = new Uri($"app/installations/{installation.Id}/access_tokens", UriKind.Relative);
            // Asked for by hand: the client's own method can't say for which repository and for what.
            var answer = await calls.RunAsync(() => client.Connection.Post<AccessToken>(address, new { repositories = new[] { name }, permissions }, "application/vnd.github+json", "application/json", cancellationToken: ct), ct).ConfigureAwait(false);
            var token = answer.Body;
            _tokens[key] = (token.Token, token.ExpiresAt);
            return token.Token;
        }
        catch (NotFoundException)
        {
            return null;
        }
        catch (AuthorizationException)
        {
            throw new StepRejectedException("GitHub does not accept the app's sign-in: its id or its key is wrong");
        }
    }

    /// <summary>Works with a token; where it is refused (ended early, or its rights were changed) once more with a new one.</summary>
    /// <exception cref="StepRejectedException">The app is not installed there, or is refused.</exception>
    public async Task<T> WithAsync<T>(string owner, string name, Func<GitHubClient, Task<T>> work, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var token = await TokenAsync(owner, name, ct).ConfigureAwait(false) ?? throw new StepRejectedException($"the GitHub app is not installed on {owner}/{name}");
            try { return await work(calls.Client(token, AuthenticationType.Oauth)).ConfigureAwait(false); }
            catch (AuthorizationException) when (attempt == 1) { _tokens.TryRemove($"{owner}/{name}", out _); }
            catch (AuthorizationException) { throw new StepRejectedException($"GitHub does not accept the app's token for {owner}/{name}"); }
        }
    }
}
