namespace CodexSecurity.Pipeline.Api;

/// <summary>What a host allows.</summary>
/// <param name="WebhookSecrets">Secrets that a delivery may be signed with: the one in use, and the one before while it is replaced. With none no delivery is taken.</param>
/// <param name="LocalPaths">Whether a folder of this machine can be connected.</param>
/// <param name="PullRequests">Whether there is an app that may open pull requests: else none is asked for.</param>
public sealed record ApiSettings(IReadOnlyList<string> WebhookSecrets, bool LocalPaths, bool PullRequests);
