using CodexSecurity.Functions.Hosting;
using CodexSecurity.Functions.Orchestration;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.Functions.Timers;

/// <summary>What is done by the clock. The platform runs each on one instance at a time and makes up for a missed one.</summary>
public sealed class MaintenanceFunctions(HostParts parts, HostSettings settings, TimeProvider time, ILogger<MaintenanceFunctions> log)
{
    /// <summary>Every night: forgets runs that ended long ago.</summary>
    [Function("purge-history")]
    public async Task PurgeHistoryAsync([TimerTrigger("0 30 3 * * *", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        var purged = await new DurableFlowRuntime(client, parts.Flows).PurgeEndedAsync(time.GetUtcNow() - settings.History, ct).ConfigureAwait(false);
        log.LogInformation("Histories of {Purged} ended runs were removed", purged);
    }

    /// <summary>Every five minutes: rescans that are due, branches that wait, sandboxes that outlived their run.</summary>
    [Function("upkeep")]
    public async Task UpkeepAsync([TimerTrigger("0 */5 * * * *", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        if (parts.Upkeep is null) return;
        await parts.Upkeep(new DurableFlowRuntime(client, parts.Flows)).TickAsync(time.GetUtcNow(), ct).ConfigureAwait(false);
        log.LogInformation("{Swept} sandboxes that outlived their run were removed", await parts.Sweep(ct).ConfigureAwait(false));
    }

    /// <summary>Every fifteen minutes: deliveries that failed, and heads that no delivery told of.</summary>
    [Function("reconcile")]
    public async Task ReconcileAsync([TimerTrigger("0 */15 * * * *", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        if (parts.Reconciliation is null) return;
        await parts.Reconciliation(new DurableFlowRuntime(client, parts.Flows)).TickAsync(time.GetUtcNow(), ct).ConfigureAwait(false);
    }

    /// <summary>Every ten minutes: old scans and the index of findings, each of which is due once a day and done a part at a time.</summary>
    [Function("tidy")]
    public async Task TidyAsync([TimerTrigger("0 3/10 * * * *", UseMonitor = true)] TimerInfo timer, CancellationToken ct)
    {
        if (parts.Tidy is not null) await parts.Tidy(time.GetUtcNow(), ct).ConfigureAwait(false);
    }

    /// <summary>Every hour: has runs go on that waited for a version which a new deployment brought.</summary>
    [Function("wake-parked")]
    public async Task WakeParkedAsync([TimerTrigger("0 5 * * * *", UseMonitor = true)] TimerInfo timer, [DurableClient] DurableTaskClient client, CancellationToken ct)
    {
        var woken = await new DurableFlowRuntime(client, parts.Flows).WakeParkedAsync(ct).ConfigureAwait(false);
        log.LogInformation("{Woken} parked runs were woken", woken);
    }
}
