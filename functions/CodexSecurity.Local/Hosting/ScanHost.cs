using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Pipeline.Detection;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Hosting;

/// <summary>Runs one scan in this process over a journal of its own: a scan that was killed continues when the same state is scanned again.</summary>
/// <param name="stores">Where it is kept.</param>
/// <param name="sandboxes">What runs code of the repository; null where nothing does.</param>
public sealed class ScanHost(LocalStores stores, SandboxSet? sandboxes)
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    /// <summary>Id of a scan: equal for an equal state and equal settings, so that scanning it again replaces it.</summary>
    public static string IdOf(ScanRequest request, ScanTarget target)
    {
        var o = request.Options;
        var key = string.Join('\0', request.RepositoryId, target.Branch, target.Digest, target.Revision, request.Kind, request.Base, request.History, request.ThreatModel?.Sha256,
            o.Validate, o.Patch, o.InstallDependencies, o.MaxValidated, o.MaxPatched, o.MaxSandboxRuns, RuleFacts.Digest, ToolInfo.Version);
        return "scan_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..24];
    }

    /// <summary>Runs or continues the scan. Cancelling stops it where it is.</summary>
    /// <param name="request">What to scan; its id is given.</param>
    /// <param name="show">Called with the progress, from one thread at a time.</param>
    /// <param name="ct">Stops.</param>
    /// <exception cref="StoreUnavailableException">The disk can't be used, or this very scan runs in another process.</exception>
    public async Task<FlowStatus> RunAsync(ScanRequest request, Action<FlowProgress> show, CancellationToken ct)
    {
        var status = await ContinueAsync(request, show, ct).ConfigureAwait(false);
        // What another version of this program left is no history of this one, or can't be read: the scan begins anew.
        return status is { State: FlowState.Failed, Failure.Type: nameof(FlowNotDeterministicException) or nameof(System.Text.Json.JsonException) } ? await ContinueAsync(request, show, ct).ConfigureAwait(false) : status;
    }

    private async Task<FlowStatus> ContinueAsync(ScanRequest request, Action<FlowProgress> show, CancellationToken ct)
    {
        var path = stores.Home.Journal(request.ScanId);
        var services = LocalServices.Create(stores.Scans, stores.Artifacts, sandboxes, request.Options.Jobs);
        FlowStatus status;
        using (var journal = SqliteFlowJournal.Open(path))
        {
            // One that ended is over: the same state scanned again is looked at again.
            if (journal.Get(request.ScanId) is { State: not FlowState.Running }) journal.Delete(request.ScanId);
            await using var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), journal, TimeProvider.System, request.Options.StepsAtOnce);
            await runtime.StartAsync(ScanFlow.Name, request.ScanId, request, ct).ConfigureAwait(false);
            var ended = runtime.WaitAsync(request.ScanId, ct);
            FlowProgress? shown = null;
            while (!ended.IsCompleted)
            {
                if (await runtime.GetAsync(request.ScanId, ct).ConfigureAwait(false) is { Progress: { } now } && now != shown) show(shown = now);
                await Task.WhenAny(ended, Task.Delay(Tick, ct)).ConfigureAwait(false);
            }
            status = await ended.ConfigureAwait(false);
        }
        foreach (var file in (string[])[path, path + "-wal", path + "-shm", path + ".lock"]) File.Delete(file);
        return status;
    }
}
