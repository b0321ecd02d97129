using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Records that a scan began and forgets what an earlier run under the same id left for its conclusion.</summary>
internal sealed class BeginStep(ScanServices services) : IFlowStep<ScanMoment, bool>
{
    public async Task<bool> RunAsync(ScanMoment input, CancellationToken ct)
    {
        await FindingNames.ClearAsync(services.Artifacts, input.Request.ScanId, ct).ConfigureAwait(false);
        await RecordAsync(services, input, null, ct).ConfigureAwait(false);
        return true;
    }

    public static async Task RecordAsync(ScanServices services, ScanMoment input, DateTimeOffset? ended, CancellationToken ct)
    {
        var r = input.Request;
        await services.Scans.PutScanAsync(
            new ScanRecord(r.ScanId, r.RepositoryId, r.Branch, r.Kind, r.Commit ?? "", input.Status, input.At, ended, input.Error, null, null, new SortedDictionary<string, ArtifactRef>(StringComparer.Ordinal), 0),
            WriteCondition.Always, ct).ConfigureAwait(false);
    }
}

/// <summary>Records that a scan failed or was cancelled, and what it stored, so that this goes with it.</summary>
internal sealed class AbandonStep(ScanServices services) : IFlowStep<ScanMoment, bool>
{
    public async Task<bool> RunAsync(ScanMoment input, CancellationToken ct)
    {
        var r = input.Request;
        if (input.Made is { } made && r.RepositoryId.Length > 0 && await services.Scans.GetRepositoryAsync(r.RepositoryId, ct).ConfigureAwait(false) is not null)
            await new ScanUses(services.Artifacts).RecordAsync(r.RepositoryId, r.ScanId, [.. made.Snapshots, .. made.Records, .. await NamedAsync(r, made, ct).ConfigureAwait(false)], ct).ConfigureAwait(false);
        await BeginStep.RecordAsync(services, input, input.At, ct).ConfigureAwait(false);
        return true;
    }

    // What can't be read may be why the scan failed: that it failed is recorded all the same.
    private async Task<IEnumerable<ArtifactRef>> NamedAsync(ScanRequest request, StoredByScan made, CancellationToken ct)
    {
        try
        {
            var named = await FindingNames.StoredAsync(services.Artifacts, request.ScanId, made.Snapshots, ct).ConfigureAwait(false);
            return request.ThreatModel is { } model ? [.. named, model] : named;
        }
        catch (StoreCorruptException)
        {
            return [];
        }
    }
}
