using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>
/// Takes deliveries of GitHub. A delivery is recorded after what it starts was started: a process that dies between takes the redelivery for a new one,
/// which joins what was started, as ids follow from the delivery.
/// </summary>
internal sealed class WebhookApi(IScanStore scans, IScanControl control, AuditTrail audit, IReadOnlyList<string> secrets)
{
    private const string Prefix = "sha256=", Heads = "refs/heads/";

    public async Task<ApiReply> ReceiveAsync(ApiRequest request, CancellationToken ct)
    {
        if (!IsSigned(request)) return ApiReply.Problem(401, "Unauthorized", "the delivery is not signed with the webhook's secret");
        if (!Header(request, "X-GitHub-Delivery", out var delivery) || !Header(request, "X-GitHub-Event", out var kind)) return ApiReply.Problem(400, "Bad request", "X-GitHub-Delivery and X-GitHub-Event are needed");
        Delivery content;
        try { content = Delivery.Read(request.Body); }
        catch (JsonException) { return ApiReply.Problem(400, "Bad request", "the body is no JSON object"); }
        if (await scans.HasDeliveryAsync(delivery, ct).ConfigureAwait(false)) return Taken("seen before");
        var outcome = await ActAsync(request, delivery, kind, content, ct).ConfigureAwait(false);
        await scans.TryAddDeliveryAsync(delivery, kind, request.At, ct).ConfigureAwait(false);
        return Taken(outcome);
    }

    private async Task<string> ActAsync(ApiRequest request, string delivery, string kind, Delivery content, CancellationToken ct)
    {
        switch (kind)
        {
            case "push" when content.Text("ref").StartsWith(Heads, StringComparison.Ordinal):
                if (await ConnectedAsync(content, ct).ConfigureAwait(false) is not { } repository) return "repository is not connected";
                var push = new Push(delivery, content.Text("ref")[Heads.Length..], content.Text("before"), content.Text("after"), [], content.Is("forced"));
                if (push.Branch != repository.Branch) return "branch is not watched";
                if (!IsSha(push.Before) || !IsSha(push.After)) return "the push names no commits";
                if (content.Is("deleted") || push.After.All(c => c == '0')) return "the branch was deleted";
                await control.PushedAsync(repository, push, request.At, ct).ConfigureAwait(false);
                return "scan started";
            case "check_suite" or "check_run" when content.Text("action") == "rerequested":
                if (await ConnectedAsync(content, ct).ConfigureAwait(false) is not { } asked) return "repository is not connected";
                var (branch, sha) = (Branch(content, kind), content.Text(kind, "head_sha"));
                if (!IsSha(sha)) return "the check names no commit";
                await control.StartScanAsync(asked, new ScanAsk(ScanKind.Full, branch.Length > 0 ? branch : null, sha, null), request.At, ct).ConfigureAwait(false);
                return "scan started";
            case "repository" when content.Text("action") is "renamed" or "transferred":
                return await RenameAsync(request, content, ct).ConfigureAwait(false);
            case "repository" when content.Text("action") is "deleted" or "privatized":
                if (await ConnectedAsync(content, ct).ConfigureAwait(false) is not { } gone) return "repository is not connected";
                // What is private may be read only by an installation that says so: connected again it is.
                await control.CancelRepositoryAsync(gone.Id, $"the repository was {content.Text("action")}", ct).ConfigureAwait(false);
                await audit.AddAsync(request, "repository." + content.Text("action"), $"{gone.Owner}/{gone.Name}", "", ct).ConfigureAwait(false);
                return "work on it was ended";
            case "installation_repositories":
                return await RemoveAsync(request, content.Names("repositories_removed"), ct).ConfigureAwait(false);
            case "installation" when content.Text("action") is "deleted" or "suspend":
                return await RemoveAsync(request, content.Names("repositories"), ct).ConfigureAwait(false);
            default:
                return "nothing to do";
        }
    }

    private async Task<string> RenameAsync(ApiRequest request, Delivery content, CancellationToken ct)
    {
        var (owner, name) = content.Repository;
        var before = content.Text("changes", "repository", "name", "from") is { Length: > 0 } old ? old : name;
        var from = content.Text("changes", "owner", "from", "user", "login") is { Length: > 0 } user ? user : content.Text("changes", "owner", "from", "organization", "login") is { Length: > 0 } organization ? organization : owner;
        if (await scans.FindRepositoryAsync(from, before, ct).ConfigureAwait(false) is not { } stored) return "repository is not connected";
        var location = stored.Value.Location.EndsWith($"/{from}/{before}", StringComparison.OrdinalIgnoreCase) ? stored.Value.Location[..^(from.Length + before.Length + 1)] + $"{owner}/{name}" : stored.Value.Location;
        var written = await scans.PutRepositoryAsync(stored.Value with { Owner = owner, Name = name, Location = location }, WriteCondition.IfMatch(stored.ETag), ct).ConfigureAwait(false);
        await audit.AddAsync(request, "repository.renamed", $"{from}/{before}", $"{owner}/{name}{(written.Written ? "" : ", not written: changed meanwhile or the name is taken")}", ct).ConfigureAwait(false);
        return "repository was renamed";
    }

    private async Task<string> RemoveAsync(ApiRequest request, IEnumerable<(string Owner, string Name)> names, CancellationToken ct)
    {
        foreach (var (owner, name) in names)
        {
            if (await scans.FindRepositoryAsync(owner, name, ct).ConfigureAwait(false) is not { Value: var repository }) continue;
            await control.CancelRepositoryAsync(repository.Id, "the app may no longer read the repository", ct).ConfigureAwait(false);
            await audit.AddAsync(request, "repository.access-lost", $"{owner}/{name}", "", ct).ConfigureAwait(false);
        }
        return "work without access was ended";
    }

    private async Task<RepositoryRecord?> ConnectedAsync(Delivery content, CancellationToken ct)
    {
        var (owner, name) = content.Repository;
        return owner.Length is 0 or > 100 || name.Length is 0 or > 100 ? null : (await scans.FindRepositoryAsync(owner, name, ct).ConfigureAwait(false))?.Value;
    }

    // Every secret is tried, so that the time says nothing on which one it was.
    private bool IsSigned(ApiRequest request)
    {
        if (!Header(request, "X-Hub-Signature-256", out var given) || !given.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var (claimed, signed) = (Encoding.ASCII.GetBytes(given[Prefix.Length..].ToLowerInvariant()), false);
        foreach (var secret in secrets.Where(s => s.Length > 0))
            signed |= CryptographicOperations.FixedTimeEquals(claimed, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), request.Body.Span))));
        return signed;
    }

    private static bool Header(ApiRequest request, string name, out string value)
    {
        value = request.Headers.TryGetValue(name, out var found) && found.Length is > 0 and <= 100 ? found : "";
        return value.Length > 0;
    }

    private static string Branch(Delivery content, string kind) =>
        kind == "check_run" ? content.Text(kind, "check_suite", "head_branch") : content.Text(kind, "head_branch");

    private static bool IsSha(string text) => text.Length is 40 or 64 && text.All(char.IsAsciiHexDigit);

    private static ApiReply Taken(string outcome) => ApiReply.Of(new { outcome }) with { Status = 202, ETag = "" };
}
