using System.Collections.Immutable;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>How an attempt ended: with a result, or with the reason why there is none and whether another region may give one.</summary>
internal sealed record AttemptResult(SandboxRun? Run, string Reason, bool TryElsewhere, bool Made)
{
    public static AttemptResult Of(SandboxRun run) => new(run, "", false, true);

    /// <summary>Nothing ran, for want of room.</summary>
    public static AttemptResult NoRoom(string reason) => new(null, reason, true, false);

    /// <summary>Nothing ran, and the same request would be refused anywhere.</summary>
    public static AttemptResult Refused(string reason) => new(null, reason, false, false);

    /// <summary>Something may have run, but what it gave is not known: no result, and no second try behind the caller's back.</summary>
    public static AttemptResult Lost(string reason) => new(null, reason, false, true);
}

/// <summary>One container group from its creation over the reading of its evidence to its deletion.</summary>
/// <remarks>Kept: whatever was asked for is deleted, also when the caller gives up; evidence is read and checked before.</remarks>
internal sealed class GroupAttempt(ContainerInstancesSettings settings, ArmGroups groups, TimeProvider time, GroupPlan plan, ImmutableArray<string> subnets, string run, byte[] key)
{
    private readonly ArmRetry _retry = new(time);

    /// <summary>Carries the attempt out.</summary>
    /// <param name="wall">The run's own time limit.</param>
    /// <param name="mostStart">How long the group may take to start.</param>
    /// <param name="ct">Cancels; the group is deleted all the same.</param>
    public async Task<AttemptResult> RunAsync(TimeSpan wall, TimeSpan mostStart, CancellationToken ct)
    {
        try
        {
            var start = new Deadline(time, mostStart);
            try
            {
                await _retry.RunAsync(async () => { await groups.CreateAsync(plan, ct).ConfigureAwait(false); return true; }, FoundAgainAsync, start, ct).ConfigureAwait(false);
            }
            catch (Exception error) when (ArmFailure.Is(error, ct))
            {
                string reason = $"{plan.Location}: the group was not made: {ArmFailure.Describe(error)}";
                return ArmFailure.KindOf(error) == ArmFailureKind.Refused ? AttemptResult.Refused(reason) : AttemptResult.NoRoom(reason);
            }

            return await FollowAsync(start, wall, ct).ConfigureAwait(false);
        }
        finally
        {
            // Not by the caller's token: a cancelled run leaves nothing either.
            await DeleteAsync().ConfigureAwait(false);
        }

        async Task<(bool, bool)> FoundAgainAsync()
        {
            var state = await groups.FindAsync(plan.Name, ct).ConfigureAwait(false);
            return (state is { IsGoing: false } && state.Tags.GetValueOrDefault(GroupTags.Run) == run, true);
        }
    }

    private async Task<AttemptResult> FollowAsync(Deadline start, TimeSpan wall, CancellationToken ct)
    {
        Deadline? reading = null;
        bool seen = false;
        string reason = "", last = "not visible";
        while (true)
        {
            var deadline = reading ?? start;
            try
            {
                var state = await _retry.RunAsync(() => FindAsync(ct), deadline, ct).ConfigureAwait(false);
                if (state.Group is not { } group || group.IsGoing)
                {
                    // A group that was just asked for may not be visible yet; one that was, or is seen going, is gone and may have run.
                    if (seen || state.Group is not null)
                    {
                        return AttemptResult.Lost($"{plan.Location}: the group vanished during the run");
                    }
                }
                else
                {
                    seen = true;
                    last = $"{group.Provisioning} {group.Container} {group.Detail}".Trim();
                    if (group.HasFailed)
                    {
                        return reading is null && ArmFailure.IsQuota(group.Detail.Replace(" ", "", StringComparison.Ordinal))
                            ? AttemptResult.NoRoom($"{plan.Location}: the group could not be placed: {group.Detail}")
                            : AttemptResult.Lost($"{plan.Location}: the group failed: {group.Provisioning} {group.Detail}");
                    }

                    if (group.Container is "Running" or "Terminated")
                    {
                        if (group.Breach(subnets, settings.Image) is { } breach)
                        {
                            return AttemptResult.Lost($"{plan.Location}: {breach}");
                        }

                        reading ??= new Deadline(time, wall + settings.MostReading);
                        bool ended = group.Container == "Terminated";
                        (var evidence, reason) = await ReadAsync(ended, reading, ct).ConfigureAwait(false);
                        if (evidence is not null)
                        {
                            return AttemptResult.Of(EvidenceCodec.Decode(evidence));
                        }

                        if (ended)
                        {
                            return AttemptResult.Lost($"{plan.Location}: the container ended and its evidence is not whole: {reason}");
                        }
                    }
                }
            }
            catch (Exception error) when (ArmFailure.Is(error, ct))
            {
                reason = ArmFailure.Describe(error);
                return reading is null ? AttemptResult.NoRoom($"{plan.Location}: the group can't be followed: {reason}") : AttemptResult.Lost($"{plan.Location}: the evidence can't be read: {reason}");
            }
            catch (Exception error) when (error is InvalidDataException or System.Text.Json.JsonException)
            {
                return AttemptResult.Lost($"{plan.Location}: the evidence is damaged: {error.Message}");
            }

            deadline = reading ?? start;
            if (deadline.Passed)
            {
                return reading is null
                    ? AttemptResult.NoRoom($"{plan.Location}: the group did not start in time: {last}")
                    : AttemptResult.Lost($"{plan.Location}: no whole evidence in time: {reason}");
            }

            await deadline.WaitAsync(settings.Poll, ct).ConfigureAwait(false);
        }
    }

    // In a wrapper, since "there is none" is an answer and not a failure.
    private async Task<(GroupState? Group, bool Answered)> FindAsync(CancellationToken ct) => (await groups.FindAsync(plan.Name, ct).ConfigureAwait(false), true);

    // The whole log is fetched only once its last line is there, or where the container has ended and no more will come.
    private async Task<(byte[]? Evidence, string Reason)> ReadAsync(bool ended, Deadline deadline, CancellationToken ct)
    {
        if (!ended)
        {
            string tail = await _retry.RunAsync(() => groups.LogAsync(plan.Name, 3, ct), deadline, ct).ConfigureAwait(false);
            if (!LogLines.HasEnd(tail, run))
            {
                return (null, "the log lacks its end");
            }
        }

        string log = await _retry.RunAsync(() => groups.LogAsync(plan.Name, null, ct), deadline, ct).ConfigureAwait(false);
        byte[]? evidence = LogLines.Read(log, run, key, out string reason);
        return (evidence, evidence is null && Problem(log) is { } problem ? $"{reason} ({problem})" : reason);
    }

    // What the runner says where it has no job to tell evidence of.
    private static string? Problem(string log) =>
        log.Split('\n').LastOrDefault(line => line.Contains("sandbox-runner", StringComparison.Ordinal)) is { } line ? line[..Math.Min(line.Length, 300)].Trim() : null;

    private async Task DeleteAsync()
    {
        var deadline = new Deadline(time, settings.MostDeleting);
        try
        {
            while (true)
            {
                await _retry.RunAsync(async () => { await groups.DeleteAsync(plan.Name, CancellationToken.None).ConfigureAwait(false); return true; }, deadline, CancellationToken.None).ConfigureAwait(false);
                var left = await _retry.RunAsync(() => FindAsync(CancellationToken.None), deadline, CancellationToken.None).ConfigureAwait(false);
                if (left.Group is null || deadline.Passed)
                {
                    return;
                }

                await deadline.WaitAsync(settings.Poll, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (ArmFailure.Is(error, CancellationToken.None))
        {
            return; // the sweeper finds it by its tag
        }
    }
}
