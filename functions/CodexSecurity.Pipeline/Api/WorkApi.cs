using CodexSecurity.Pipeline.Api.Routing;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>A scan as a caller asks for it.</summary>
internal sealed record ScanBody(string? Kind, string? Branch, string? Commit, string? Base);

/// <summary>Whether the walk through the history is held.</summary>
internal sealed record HoldBody(bool? Hold);

/// <summary>A decision on a fix: "approve" or "refuse"; null asks for one.</summary>
internal sealed record FixBody(string? Decision);

/// <summary>What starts, steers and ends work.</summary>
internal sealed class WorkApi(IScanStore scans, IScanControl control, AuditTrail audit, bool pullRequests)
{
    public async Task<ApiReply> ScanAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        var body = call.Body<ScanBody>();
        var kind = ApiQuery.Enum<ScanKind>("kind", body.Kind) ?? ScanKind.Full;
        if (kind == ScanKind.History)
        {
            var walk = await control.BackfillAsync(repository, call.Request.At, ct).ConfigureAwait(false);
            await audit.AddAsync(call.Request, "history.start", $"{repository.Owner}/{repository.Name}", walk, ct).ConfigureAwait(false);
            return Accepted(new { id = walk }, $"/api/scans?repository={repository.Id}");
        }
        var ask = new ScanAsk(kind, body.Branch is { } branch ? RepositoryApi.Branch(branch) : null, Revision(body.Commit, "commit"), Revision(body.Base, "base"));
        if (kind == ScanKind.Diff && ask.Base is null) throw new ArgumentException("a diff needs base, the commit that is compared with");
        if (kind != ScanKind.Diff && ask.Base is not null) throw new ArgumentException("base is for a diff");
        var id = await control.StartScanAsync(repository, ask, call.Request.At, ct).ConfigureAwait(false);
        await audit.AddAsync(call.Request, "scan.start", id, $"{repository.Owner}/{repository.Name}", ct).ConfigureAwait(false);
        return Accepted(new { id }, $"/api/scans/{id}");
    }

    public async Task<ApiReply> HoldAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        var hold = call.Body<HoldBody>().Hold ?? throw new ArgumentException("hold is true or false");
        if (!await control.HoldBackfillAsync(repository.Id, hold, ct).ConfigureAwait(false)) return ApiReply.Problem(409, "Conflict", "no walk through the history is under way");
        await audit.AddAsync(call.Request, hold ? "history.hold" : "history.resume", $"{repository.Owner}/{repository.Name}", "", ct).ConfigureAwait(false);
        return ApiReply.Of(new { hold });
    }

    public async Task<ApiReply> CancelAsync(RouteCall call, CancellationToken ct)
    {
        if (await scans.GetScanAsync(call.Id, ct).ConfigureAwait(false) is not { Value: var scan }) return ApiReply.NotFound($"there is no scan {call.Id}");
        if (!await control.CancelScanAsync(call.Id, "cancelled by " + call.Request.Caller, ct).ConfigureAwait(false)) return ApiReply.Problem(409, "Conflict", $"the scan is not under way: it is {scan.Status.ToString().ToLowerInvariant()}");
        await audit.AddAsync(call.Request, "scan.cancel", call.Id, "", ct).ConfigureAwait(false);
        return Accepted(new { id = call.Id }, $"/api/scans/{call.Id}");
    }

    public async Task<ApiReply> TriageAsync(FindingApi findings, RouteCall call, CancellationToken ct)
    {
        var body = call.Body<TriageBody>();
        var reply = await findings.TriageAsync(call.Id, body, call.Request.Caller, call.Request.At, ct).ConfigureAwait(false);
        if (reply.Status == 200) await audit.AddAsync(call.Request, "finding.triage", call.Id, body.State ?? "", ct).ConfigureAwait(false);
        return reply;
    }

    public async Task<ApiReply> RevalidateAsync(RouteCall call, CancellationToken ct)
    {
        if (await LatestAsync(call.Id, ct).ConfigureAwait(false) is not { } finding) return ApiReply.NotFound($"there is no finding {call.Id}");
        if (await scans.GetRepositoryAsync(finding.RepositoryId, ct).ConfigureAwait(false) is null) return ApiReply.Problem(409, "Conflict", "the finding's repository is not connected");
        var id = await control.RevalidateAsync(finding, call.Request.At, ct).ConfigureAwait(false);
        await audit.AddAsync(call.Request, "finding.revalidate", call.Id, id, ct).ConfigureAwait(false);
        return Accepted(new { id }, $"/api/scans/{id}");
    }

    public async Task<ApiReply> PullRequestAsync(RouteCall call, CancellationToken ct)
    {
        if (await LatestAsync(call.Id, ct).ConfigureAwait(false) is not { } finding) return ApiReply.NotFound($"there is no finding {call.Id}");
        var decision = call.Body<FixBody>().Decision;
        if (decision is null)
        {
            if (finding.Finding.Patch.Verdict != PatchVerdict.Verified) return ApiReply.Problem(409, "Conflict", "the finding has no verified patch");
            if (!pullRequests) return ApiReply.Problem(409, "Conflict", "no GitHub app is configured that may open pull requests");
            if (await scans.GetRepositoryAsync(finding.RepositoryId, ct).ConfigureAwait(false) is null) return ApiReply.Problem(409, "Conflict", "the finding's repository is not connected");
            await control.RemediateAsync(finding, call.Request.Caller, call.Request.At, ct).ConfigureAwait(false);
        }
        else
        {
            if (decision is not ("approve" or "refuse")) throw new ArgumentException("decision is approve or refuse");
            if (!await control.DecideRemediationAsync(call.Id, decision == "approve", call.Request.Caller, ct).ConfigureAwait(false)) return ApiReply.Problem(409, "Conflict", "no fix of this finding waits for a decision");
        }
        await audit.AddAsync(call.Request, "finding.pull-request", call.Id, decision ?? "ask", ct).ConfigureAwait(false);
        return Accepted(new { id = call.Id, state = decision ?? "waits for approval" }, $"/api/findings/{call.Id}/pull-request");
    }

    public async Task<ApiReply> FixAsync(RouteCall call, CancellationToken ct) =>
        await control.FixOfAsync(call.Id, ct).ConfigureAwait(false) is { } fix ? ApiReply.Of(fix) : ApiReply.NotFound($"no fix of {call.Id} was asked for");

    private async Task<FindingRecord?> LatestAsync(string id, CancellationToken ct) => (await scans.FindFindingsAsync(id, ct).ConfigureAwait(false)).MaxBy(r => r.LastSeenAt);

    private static string? Revision(string? text, string name) =>
        text is null || (text.Length is >= 7 and <= 64 && text.All(char.IsAsciiHexDigit)) ? text : throw new ArgumentException($"{name} is a commit's id, 7 to 64 hex digits");

    private static ApiReply Accepted<T>(T value, string location) => ApiReply.Of(value) with { Status = 202, ETag = "", Headers = new Dictionary<string, string> { ["Location"] = location } };
}
