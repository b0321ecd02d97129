using System.Collections.Concurrent;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Flow;

/// <summary>The queue of a branch and the flows of repositories, over real stores and the embedded runtime; scans themselves are stood in for by a flow that records.</summary>
public sealed class RepositoryFlowTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-flows-").FullName;
    private readonly LocalScanStore _scans;
    private readonly LocalArtifactStore _artifacts;
    private readonly ConcurrentQueue<string> _ran = new();

    public RepositoryFlowTests() => (_scans, _artifacts) = (LocalScanStore.Open(Path.Combine(_folder, "s.db")), LocalArtifactStore.Open(Path.Combine(_folder, "a")));

    public void Dispose()
    {
        _scans.Dispose();
        _artifacts.Dispose();
        Directory.Delete(_folder, true);
    }

    private static Push Push(string id, char before, char after) => new(id, "main", new string(before, 40), new string(after, 40), [], false);

    private static BranchItem Item(string id, Push? push = null) => new(id, Samples.Day, push, null);

    [Fact]
    public async Task One_leads_and_pushes_that_wait_are_joined()
    {
        var queue = new BranchQueue(_artifacts);
        Assert.True(await queue.AddAsync("r1", "main", Item("p1", Push("p1", 'a', 'b')), "f1", None));
        Assert.Equal("p1", (await queue.TakeAsync("r1", "main", "f1", 1, None))!.Id);
        Assert.False(await queue.AddAsync("r1", "main", Item("p2", Push("p2", 'b', 'c')), "f2", None));
        Assert.False(await queue.AddAsync("r1", "main", Item("s1"), "f3", None));
        Assert.False(await queue.AddAsync("r1", "main", Item("p3", Push("p3", 'c', 'd')), "f4", None));
        Assert.False(await queue.AddAsync("r1", "main", Item("p3", Push("p3", 'c', 'd')), "f4", None));
        // The same turn asked for again is the same item; of somebody who does not lead it is none.
        Assert.Equal("p1", (await queue.TakeAsync("r1", "main", "f1", 1, None))!.Id);
        Assert.Null(await queue.TakeAsync("r1", "main", "f2", 1, None));
        Assert.Equal("s1", (await queue.TakeAsync("r1", "main", "f1", 2, None))!.Id);
        var joined = (await queue.TakeAsync("r1", "main", "f1", 3, None))!.Push!;
        Assert.Equal((new string('b', 40), new string('d', 40)), (joined.Before, joined.After));
        Assert.Null(await queue.TakeAsync("r1", "main", "f1", 4, None));
        Assert.True(await queue.AddAsync("r1", "main", Item("p4", Push("p4", 'd', 'e')), "f5", None));
    }

    [Fact]
    public async Task No_item_is_lost_between_a_leader_that_ends_and_newcomers()
    {
        var (queue, taken) = (new BranchQueue(_artifacts), new ConcurrentBag<string>());
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(async () =>
        {
            if (!await queue.AddAsync("r1", "main", Item($"s{i}"), $"f{i}", None)) return;
            for (var turn = 1; await queue.TakeAsync("r1", "main", $"f{i}", turn, None) is { } item; turn++) taken.Add(item.Id);
        })));
        Assert.Equal(Enumerable.Range(0, 40).Select(i => $"s{i}").Order(StringComparer.Ordinal), taken.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Scans_of_a_branch_run_one_after_the_other_and_what_waits_can_be_cancelled()
    {
        await _scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop"), WriteCondition.Always, None);
        var gate = new TaskCompletionSource();
        await using var runtime = Runtime(gate.Task);
        var control = new ScanControl(runtime, _scans, _artifacts);
        var repository = (await _scans.GetRepositoryAsync("r1", None))!.Value;
        async Task<string> Ask(int minute) => await control.StartScanAsync(repository, new ScanAsk(ScanKind.Full, null, null, null), Samples.Day.AddMinutes(minute), None);
        var first = await Ask(1);
        await UntilAsync(() => _ran.Contains(first));
        var (second, third) = (await Ask(2), await Ask(3));
        Assert.Equal(second, await Ask(2));
        await UntilAsync(async () => (await runtime.ListAsync("branch:", FlowState.Running, 10, null, None)).Items.Count == 1);
        Assert.Equal([first], _ran);
        Assert.True(await control.CancelScanAsync(third, "not needed", None));
        gate.SetResult();
        await UntilAsync(async () => (await runtime.ListAsync("branch:", FlowState.Running, 10, null, None)).Items.Count == 0);
        Assert.Equal([first, second], _ran);
        Assert.Equal(ScanStatus.Cancelled, (await _scans.GetScanAsync(third, None))!.Value.Status);
    }

    [Fact]
    public async Task A_branch_whose_leader_was_ended_from_outside_goes_on()
    {
        await using var runtime = Runtime(Task.CompletedTask);
        var (queue, control) = (new BranchQueue(_artifacts), new ScanControl(runtime, _scans, _artifacts));
        var request = new ScanRequest("scan_9", "r1", ScanKind.Full, "/x", null, null, "main", null, 0, ScanOptions.Default, Samples.Day);
        await queue.AddAsync("r1", "main", Item("scan_8"), "gone", None);
        await queue.TakeAsync("r1", "main", "gone", 1, None);
        await queue.AddAsync("r1", "main", Item("scan_9") with { Request = request }, "other", None);
        Assert.Equal(1, await control.ResumeBranchesAsync(Samples.Day, None));
        await UntilAsync(() => _ran.Contains("scan_9"));
        await UntilAsync(async () => (await runtime.ListAsync("branch:", FlowState.Running, 10, null, None)).Items.Count == 0);
        Assert.Equal(0, await control.ResumeBranchesAsync(Samples.Day.AddMinutes(1), None));
    }

    [Fact]
    public async Task A_rescan_that_is_due_is_asked_for_once_whatever_the_restarts()
    {
        await using var runtime = Runtime(Task.CompletedTask);
        var control = new ScanControl(runtime, _scans, _artifacts);
        await _scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop") with { Schedule = "0 3 * * *" }, WriteCondition.Always, None);
        Maintenance Fresh() => new(_scans, _artifacts, control);
        var noon = Samples.Day;
        Assert.Equal(0, await Fresh().RescanAsync(noon, None));
        Assert.Equal(0, await Fresh().RescanAsync(noon.AddHours(14), None));
        // Three nights without a look: one scan, the latest.
        Assert.Equal(1, await Fresh().RescanAsync(noon.AddDays(3), None));
        Assert.Equal(0, await Fresh().RescanAsync(noon.AddDays(3), None));
        await UntilAsync(() => !_ran.IsEmpty);
        Assert.Equal(noon.AddDays(3).AddHours(-9), Assert.Single((await _scans.ListScansAsync("r1", null, null, 10, null, None)).Items).RequestedAt);
    }

    [Fact]
    public async Task A_fix_waits_for_a_person()
    {
        await _scans.PutRepositoryAsync(Samples.Repository("r1", "acme", "shop"), WriteCondition.Always, None);
        var finding = Samples.Finding("a.js");
        await _scans.PublishAsync(new("r1", "main", "s1", Samples.Day, [finding with { Patch = finding.Patch with { Verdict = PatchVerdict.Verified } }]), None);
        var record = (await _scans.GetFindingAsync("r1", "main", finding.Id, None))!.Value;
        await using var runtime = Runtime(Task.CompletedTask);
        var control = new ScanControl(runtime, _scans, _artifacts);
        Assert.False(await control.DecideRemediationAsync(finding.Id, true, "ann", None));
        var refused = await control.RemediateAsync(record, "ann", Samples.Day, None);
        Assert.Equal(refused, await control.RemediateAsync(record, "bob", Samples.Day.AddMinutes(1), None));
        Assert.True(await control.DecideRemediationAsync(finding.Id, false, "bob", None));
        Assert.Equal(new RemediateEnd("refused", "", "bob"), (await runtime.WaitAsync(refused, None)).Result<RemediateEnd>());
        var approved = await control.RemediateAsync(record, "ann", Samples.Day.AddMinutes(2), None);
        Assert.True(await control.DecideRemediationAsync(finding.Id, true, "bob", None));
        Assert.Contains("no longer stored", (await runtime.WaitAsync(approved, None)).Failure!.Message, StringComparison.Ordinal);
    }

    // The real registry but for scans: the flow "scan" waits for the gate and records that it ran.
    private JournalFlowRuntime Runtime(Task gate)
    {
        var services = new ScanServices(null!, _artifacts, _scans, null!, null!, null!, null!);
        var registry = ScanRegistry.AddRepositories(new FlowRegistry(), services)
            .AddStep<string, bool>("work", async (id, _) => { _ran.Enqueue(id); await gate; return true; })
            .AddFlow<ScanRequest, ScanOutput>(ScanFlow.Name, 1, async (c, r) => { await c.StepAsync<string, bool>("work", r.ScanId); return new ScanOutput(r.ScanId, null!, null!, ScanStatus.Completed); });
        return JournalFlowRuntime.Open(registry, new MemoryFlowJournal(), TimeProvider.System, 4);
    }

    private static Task UntilAsync(Func<bool> holds) => UntilAsync(() => Task.FromResult(holds()));

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var look = 0; !await holds(); look++)
        {
            Assert.True(look < 500, "it did not come about");
            await Task.Delay(20, None);
        }
    }
}
