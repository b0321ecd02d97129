using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Filters of a list of findings, as written in a query.</summary>
public sealed record FindingFilter(
    string? Repository, string? Branch, string? Severity, string? State, string? Triage, string? Verdict, string? Rule, int? Cwe, string? Path, string? Q, string? Sort, int? Limit, string? Cursor);

/// <summary>A decision as a caller sends it.</summary>
public sealed record TriageBody(string? State, string? Reason);

/// <summary>Reads of findings and decisions on them (contracts §6).</summary>
public sealed class FindingApi(IScanStore scans, IArtifactStore artifacts)
{
    /// <summary>GET /api/findings</summary>
    public Task<ApiReply> ListAsync(FindingFilter f, CancellationToken ct) => ApiQuery.GuardAsync(async () => ApiReply.Of(await scans.ListFindingsAsync(
        new FindingQuery(f.Repository, f.Branch, ApiQuery.Enum<Severity>("severity", f.Severity), ApiQuery.Enum<FindingState>("state", f.State), ApiQuery.Enum<TriageState>("triage", f.Triage),
            ApiQuery.Enum<ValidationVerdict>("verdict", f.Verdict), f.Rule, f.Cwe, f.Path, f.Q, ApiQuery.Enum<FindingSort>("sort", f.Sort) ?? FindingSort.Rank, ApiQuery.Limit(f.Limit), f.Cursor), ct).ConfigureAwait(false)));

    /// <summary>GET /api/findings/{id}: the latest record of each repository and branch.</summary>
    public async Task<ApiReply> GetAsync(string id, CancellationToken ct) =>
        await scans.FindFindingsAsync(id, ct).ConfigureAwait(false) is { Count: > 0 } records ? ApiReply.Of(records) : ApiReply.NotFound($"there is no finding {id}");

    /// <summary>GET /api/findings/{id}/evidence</summary>
    public async Task<ApiReply> EvidenceAsync(string id, CancellationToken ct) =>
        await LatestAsync(id, ct).ConfigureAwait(false) is { Finding.Validation.Bundle: { } bundle } && await artifacts.ReadAsync(bundle.Sha256, ct).ConfigureAwait(false) is { } zip
            ? ApiReply.Of("application/zip", zip) : ApiReply.NotFound($"there is no evidence for {id}");

    /// <summary>GET /api/findings/{id}/patch</summary>
    public async Task<ApiReply> PatchAsync(string id, CancellationToken ct) =>
        await LatestAsync(id, ct).ConfigureAwait(false) is { Finding.Patch: { Diff.Length: > 0 } patch }
            ? ApiReply.Of("text/x-diff; charset=utf-8", Encoding.UTF8.GetBytes(patch.Diff)) : ApiReply.NotFound($"there is no patch for {id}");

    /// <summary>POST /api/findings/{id}/triage</summary>
    public Task<ApiReply> TriageAsync(string id, TriageBody? body, string author, DateTimeOffset at, CancellationToken ct) => ApiQuery.GuardAsync(async () =>
    {
        if (ApiQuery.Enum<TriageState>("state", body?.State) is not { } state || string.IsNullOrWhiteSpace(body?.Reason)) return ApiReply.Problem(400, "Bad request", "state and reason are needed");
        if (await LatestAsync(id, ct).ConfigureAwait(false) is not { } record) return ApiReply.NotFound($"there is no finding {id}");
        await scans.AddDecisionAsync(record.RepositoryId, new TriageDecision(id, state, body.Reason, author, at), ct).ConfigureAwait(false);
        return await GetAsync(id, ct).ConfigureAwait(false);
    });

    private async Task<FindingRecord?> LatestAsync(string id, CancellationToken ct) => (await scans.FindFindingsAsync(id, ct).ConfigureAwait(false)).MaxBy(r => r.LastSeenAt);
}
