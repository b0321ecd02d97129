using Azure.Identity;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Pipeline.Ports.GitHub;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>What the configured apps bring; the parts that need one are closed where there is none.</summary>
/// <param name="Credentials">For private clones; null for none.</param>
/// <param name="PullRequests">Where fixes are handed in.</param>
/// <param name="Deliveries">Failed deliveries; null for none.</param>
public sealed record GitHubParts(ICloneCredentials? Credentials, IFixPullRequests PullRequests, IFailedDeliveries? Deliveries)
{
    private static readonly Dictionary<string, string> s_read = new() { ["contents"] = "read" }, s_write = new() { ["contents"] = "write", ["pull_requests"] = "write" };

    /// <summary>An app is configured that may open pull requests.</summary>
    public bool OpensPullRequests => PullRequests is not NoPullRequests;

    /// <summary>Composes them from settings by name.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the text names it and not its value.</exception>
    public static GitHubParts From(Func<string, string?> read) => From(read, TimeProvider.System);

    internal static GitHubParts From(Func<string, string?> read, TimeProvider time)
    {
        if (GitHubSettings.Of(read) is not { } settings) return new GitHubParts(null, new NoPullRequests(), null);
        var calls = new GitHubCalls(settings, time);
        var app = new AppIdentity(settings.App.Id, Key(settings.App.Key), time);
        var fixes = settings.FixApp is { } writer ? new FixPullRequests(settings, calls, new Installations(calls, new AppIdentity(writer.Id, Key(writer.Key), time), time, s_write)) : (IFixPullRequests)new NoPullRequests();
        return new GitHubParts(new CloneTokens(settings, new Installations(calls, app, time, s_read)), fixes, new FailedDeliveries(calls, app));
    }

    private static IAppKey Key(string text) => text.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        ? Uri.TryCreate(text, UriKind.Absolute, out var key) && key.AbsolutePath.StartsWith("/keys/", StringComparison.Ordinal) ? new VaultAppKey(key, new DefaultAzureCredential()) : throw new ArgumentException("The GitHub app's key is no identifier of a vault's key (https://VAULT/keys/NAME).")
        : new PemAppKey(text);
}
