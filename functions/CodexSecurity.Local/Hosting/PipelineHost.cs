using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.GitHub;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Hosting;

/// <summary>The pipeline of connected repositories in this process: flows over a journal on disk, the API over them, and what is done by the clock.</summary>
public sealed class PipelineHost : IAsyncDisposable
{
    private readonly SqliteFlowJournal _journal;
    private readonly JournalFlowRuntime _runtime;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _clock;

    private PipelineHost(SqliteFlowJournal journal, JournalFlowRuntime runtime, Clockwork clockwork, ApiRouter router)
    {
        (_journal, _runtime, Router) = (journal, runtime, router);
        _clock = clockwork.RunAsync(_stop.Token);
    }

    /// <summary>Answers requests.</summary>
    public ApiRouter Router { get; }

    /// <summary>Opens the journal and goes on with what was running.</summary>
    /// <param name="scans">Records.</param>
    /// <param name="artifacts">Bulk.</param>
    /// <param name="journal">The journal's file.</param>
    /// <param name="jobs">Steps and sandbox runs at a time, at least 1.</param>
    /// <param name="secrets">Webhook secrets.</param>
    /// <param name="github">What the GitHub apps bring.</param>
    /// <param name="keep">How long scans are kept; zero: for ever.</param>
    /// <param name="log">Where it says what went wrong; no secret.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="StoreUnavailableException">Another process holds the journal, or the disk can't be used.</exception>
    public static async Task<PipelineHost> OpenAsync(IScanStore scans, IArtifactStore artifacts, string journal, int jobs, IReadOnlyList<string> secrets, GitHubParts github, TimeSpan keep, Action<string> log, CancellationToken ct)
    {
        var file = SqliteFlowJournal.Open(journal);
        try
        {
            var services = LocalServices.Create(scans, artifacts, await SandboxSet.CreateAsync(ct).ConfigureAwait(false), jobs) with { Source = new GitSnapshotSource(github.Credentials), PullRequests = github.PullRequests };
            var runtime = JournalFlowRuntime.Open(ScanRegistry.Create(services), file, TimeProvider.System, jobs);
            var control = new ScanControl(runtime, scans, artifacts);
            List<Func<DateTimeOffset, CancellationToken, Task>> work =
            [
                new Maintenance(scans, artifacts, control).TickAsync, new Reconciliation(scans, artifacts, control, services.Source, github.Deliveries).TickAsync,
                new Retention(scans, artifacts, keep).TickAsync,
            ];
            if (scans is IIndexRepair index) work.Add(new IndexUpkeep(index, artifacts).TickAsync);
            return new PipelineHost(file, runtime, new Clockwork(work, TimeProvider.System, log), new ApiRouter(scans, artifacts, control, new ApiSettings(secrets, LocalPaths: true, PullRequests: github.OpensPullRequests)));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Stops; what runs goes on at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _clock.ConfigureAwait(false);
        await _runtime.DisposeAsync().ConfigureAwait(false);
        _journal.Dispose();
        _stop.Dispose();
    }
}
