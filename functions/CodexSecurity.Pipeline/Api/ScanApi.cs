using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Reporting;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Reads of scans (contracts §6). Answers with problem details, never with an exception, for what a caller got wrong.</summary>
public sealed class ScanApi(IScanStore scans, IArtifactStore artifacts)
{
    /// <summary>GET /api/scans</summary>
    public Task<ApiReply> ListAsync(string? repository, string? status, int? limit, string? cursor, CancellationToken ct) => ApiQuery.GuardAsync(async () =>
        ApiReply.Of(await scans.ListScansAsync(repository, null, ApiQuery.Enum<ScanStatus>("status", status), ApiQuery.Limit(limit), cursor, ct).ConfigureAwait(false)));

    /// <summary>GET /api/scans/{id}</summary>
    public async Task<ApiReply> GetAsync(string id, CancellationToken ct) =>
        await scans.GetScanAsync(id, ct).ConfigureAwait(false) is { } scan ? ApiReply.Of(scan.Value) : ApiReply.NotFound($"there is no scan {id}");

    /// <summary>GET /api/scans/{id}/report</summary>
    public async Task<ApiReply> ReportAsync(string id, string? format, CancellationToken ct)
    {
        var name = format ?? "json";
        if (!ScanReports.Formats.TryGetValue(name, out var type)) return ApiReply.Problem(400, "Bad request", $"format is one of: {string.Join(", ", ScanReports.Formats.Keys)}");
        if (await ResultAsync(id, ct).ConfigureAwait(false) is not var (record, result)) return ApiReply.NotFound($"there is no finished scan {id}");
        var sources = record.Snapshot is { } stored ? ScanReports.Sources(await SnapshotArchive.LoadAsync(artifacts, stored, ct).ConfigureAwait(false)) : SourceLookup.None;
        return ApiReply.Of(type, ScanReports.Write(name, result, sources));
    }

    /// <summary>GET /api/scans/{id}/coverage</summary>
    public async Task<ApiReply> CoverageAsync(string id, CancellationToken ct) =>
        await ResultAsync(id, ct).ConfigureAwait(false) is var (_, result) ? ApiReply.Of(result.Coverage) : ApiReply.NotFound($"there is no finished scan {id}");

    private async Task<(ScanRecord Record, ScanResult Result)?> ResultAsync(string id, CancellationToken ct) =>
        await scans.GetScanAsync(id, ct).ConfigureAwait(false) is { Value: { Result: { } stored } record }
            ? (record, await artifacts.GetJsonAsync<ScanResult>(stored, ct).ConfigureAwait(false)) : null;
}
