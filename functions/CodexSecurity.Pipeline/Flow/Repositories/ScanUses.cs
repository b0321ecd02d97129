using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Steps;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>
/// Which scans of connected repositories use which artifacts. Equal content is one artifact, whichever scans stored it, so each use is a name of its own: an
/// artifact goes with its last use.
/// </summary>
internal sealed class ScanUses(IArtifactStore artifacts)
{
    private const int AtATime = 8;

    /// <summary>Records what a scan uses, added to what is recorded of it. Doing it twice changes nothing.</summary>
    public async Task RecordAsync(string repositoryId, string scanId, IEnumerable<ArtifactRef> used, CancellationToken ct)
    {
        var name = FlowIds.Kept(repositoryId, scanId);
        var earlier = await artifacts.FindAsync(name, ct).ConfigureAwait(false) is { } found ? await artifacts.GetJsonAsync<List<ArtifactRef>>(found.Value, ct).ConfigureAwait(false) : [];
        var all = earlier.Concat(used).DistinctBy(a => a.Sha256).OrderBy(a => a.Sha256, StringComparer.Ordinal).ToList();
        var list = await artifacts.PutJsonAsync(all, ct).ConfigureAwait(false);
        // The list first: a use that it does not hold would never be found again.
        await artifacts.LinkAsync(name, list, WriteCondition.Always, ct).ConfigureAwait(false);
        await EachAsync(all.Append(list), a => artifacts.LinkAsync(FlowIds.Uses(a.Sha256) + scanId, a, WriteCondition.Always, ct), ct).ConfigureAwait(false);
    }

    /// <summary>Ends a scan's uses and removes what nothing uses any more and was not stored since a time. What breaks off is done again by the next call.</summary>
    /// <returns>Artifacts removed.</returns>
    public Task<int> ReleaseAsync(string repositoryId, string scanId, DateTimeOffset before, CancellationToken ct) => ReleaseAsync(FlowIds.Kept(repositoryId, scanId), before, ct);

    /// <summary>The same by the name of the scan's list.</summary>
    public async Task<int> ReleaseAsync(string name, DateTimeOffset before, CancellationToken ct)
    {
        var (scanId, removed) = (name[(name.LastIndexOf('/') + 1)..], 0);
        if (await artifacts.FindAsync(name, ct).ConfigureAwait(false) is { Value: var list })
        {
            var used = await artifacts.ReadAsync(list.Sha256, ct).ConfigureAwait(false) is { } bytes ? Ports.Flows.FlowJson.Read<List<ArtifactRef>>(bytes) : [];
            async Task EndAsync(ArtifactRef a)
            {
                await artifacts.UnlinkAsync(FlowIds.Uses(a.Sha256) + scanId, ct).ConfigureAwait(false);
                if ((await artifacts.ListAsync(FlowIds.Uses(a.Sha256), 1, null, ct).ConfigureAwait(false)).Items.Count > 0) return;
                if (await artifacts.DeleteAsync(a.Sha256, before, ct).ConfigureAwait(false)) Interlocked.Increment(ref removed);
            }
            await EachAsync(used, EndAsync, ct).ConfigureAwait(false);
            await FindingNames.ClearAsync(artifacts, scanId, ct).ConfigureAwait(false);
            await EndAsync(list).ConfigureAwait(false);
            await artifacts.UnlinkAsync(name, ct).ConfigureAwait(false);
        }
        else await FindingNames.ClearAsync(artifacts, scanId, ct).ConfigureAwait(false);
        return removed;
    }

    private static Task EachAsync(IEnumerable<ArtifactRef> all, Func<ArtifactRef, Task> work, CancellationToken ct) =>
        Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = ct }, async (a, _) => await work(a).ConfigureAwait(false));
}
