using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>What a sweep did.</summary>
/// <param name="Removed">Groups whose deletion was accepted.</param>
/// <param name="Kept">Groups of ours that have not expired.</param>
/// <param name="Failed">Groups that could not be deleted now; the next sweep tries again.</param>
public sealed record SweepResult(int Removed, int Kept, int Failed);

/// <summary>
/// Removes groups that outlived their run: the process that made them is gone, or its deletion never arrived. It touches only what carries our tag, and only
/// after the time in its tag. A timer calls it.
/// </summary>
internal sealed class GroupSweeper(ArmGroups groups, TimeProvider time)
{
    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(4);

    public async Task<SweepResult> SweepAsync(CancellationToken ct)
    {
        int removed = 0, kept = 0, failed = 0;
        var retry = new ArmRetry(time);
        var deadline = new Deadline(time, s_most);
        var found = await retry.RunAsync(async () => await groups.ListAsync(ct).ToListAsync(ct).ConfigureAwait(false), deadline, ct).ConfigureAwait(false);
        foreach (var (name, tags) in found)
        {
            if (GroupTags.ExpiryOf(tags) is not { } expiry)
            {
                continue;
            }

            if (expiry > time.GetUtcNow())
            {
                kept++;
                continue;
            }

            try
            {
                await retry.RunAsync(async () => { await groups.DeleteAsync(name, ct).ConfigureAwait(false); return true; }, deadline, ct).ConfigureAwait(false);
                removed++;
            }
            catch (Exception error) when (ArmFailure.Is(error, ct))
            {
                failed++;
            }
        }

        return new SweepResult(removed, kept, failed);
    }
}
