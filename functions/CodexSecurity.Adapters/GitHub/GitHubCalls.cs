using System.Globalization;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using Octokit;
using Octokit.Internal;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Calls of the API: waits where the service asks for it, and says of every other failure whether another attempt may help.</summary>
internal sealed class GitHubCalls(GitHubSettings settings, TimeProvider time)
{
    /// <summary>Longest wait within a call; what asks for more is put off by the flow or the timer.</summary>
    public static readonly TimeSpan MostWait = TimeSpan.FromSeconds(90);

    private const int MostAttempts = 3;
    private static readonly TimeSpan MostAnswer = TimeSpan.FromSeconds(30);
    private static readonly ProductHeaderValue s_product = new("codex-security");

    // One for all clients, which differ by their token only.
    private readonly HttpClientAdapter _http = Adapter();

    /// <summary>A client that signs in with a token.</summary>
    public GitHubClient Client(string token, AuthenticationType type)
    {
        var store = new InMemoryCredentialStore(new Credentials(token, type));
        return new GitHubClient(new Connection(s_product, settings.Api, store, _http, new SimpleJsonSerializer()));
    }

    private static HttpClientAdapter Adapter()
    {
        var adapter = new HttpClientAdapter(HttpMessageHandlerFactory.CreateDefault);
        adapter.SetRequestTimeout(MostAnswer);
        return adapter;
    }

    /// <summary>One call.</summary>
    /// <exception cref="SourceUnavailableException">Another attempt may help.</exception>
    /// <exception cref="AuthorizationException">The token is not taken (any more).</exception>
    /// <exception cref="NotFoundException">There is no such thing, or the app may not see it.</exception>
    /// <exception cref="StepRejectedException">The service refuses this request.</exception>
    public async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            ct.ThrowIfCancellationRequested();
            TimeSpan wait;
            string reason;
            try
            {
                if (await call().ConfigureAwait(false) is { } value) return value;
                (wait, reason) = (TimeSpan.FromSeconds(1 << attempt), "GitHub's answer is cut");
            }
            catch (RateLimitExceededException limited) { (wait, reason) = (Least(limited.Reset - time.GetUtcNow()), "GitHub's rate limit is used up"); }
            catch (ForbiddenException limited) when (limited is AbuseException or SecondaryRateLimitExceededException || After(limited) is not null) { (wait, reason) = (After(limited) ?? TimeSpan.FromMinutes(1), "GitHub asks to slow down"); }
            catch (ApiException failed) when ((int)failed.StatusCode is >= 500 or 408 or 429) { (wait, reason) = (After(failed) ?? TimeSpan.FromSeconds(1 << attempt), $"GitHub answers with status {(int)failed.StatusCode}"); }
            catch (Exception broken) when (broken is HttpRequestException or TaskCanceledException or IOException && !ct.IsCancellationRequested) { (wait, reason) = (TimeSpan.FromSeconds(1 << attempt), "GitHub is not reached"); }
            catch (ApiException refused) when (refused is not AuthorizationException and not NotFoundException)
            {
                throw new StepRejectedException($"GitHub refuses the request ({(int)refused.StatusCode}): {Short(refused.Message)}");
            }
            if (attempt == MostAttempts || wait > MostWait) throw new SourceUnavailableException(wait > MostWait ? $"{reason}, for another {Math.Ceiling(wait.TotalMinutes).ToString(CultureInfo.InvariantCulture)} minutes" : reason);
            await Task.Delay(wait, time, ct).ConfigureAwait(false);
        }
    }

    private TimeSpan? After(ApiException error) =>
        error.HttpResponse?.Headers.FirstOrDefault(h => string.Equals(h.Key, "Retry-After", StringComparison.OrdinalIgnoreCase)).Value is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? Least(TimeSpan.FromSeconds(seconds))
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? Least(at - time.GetUtcNow()) : null;

    private static TimeSpan Least(TimeSpan wait) => wait < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : wait;

    private static string Short(string text) => (text.Length > 200 ? text[..200] : text).ReplaceLineEndings(" ");
}
