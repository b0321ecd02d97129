using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>What every scan store keeps to. Each test has a store of its own.</summary>
public abstract class ScanStoreContract
{
    /// <summary>This test's store; a second call gives another handle on the same data.</summary>
    protected abstract Task<IScanStore> OpenAsync();

    private static readonly CancellationToken None = CancellationToken.None;

    private static async Task<List<T>> All<T>(Func<string?, Task<Page<T>>> list)
    {
        var (items, cursor) = (new List<T>(), (string?)null);
        do
        {
            var page = await list(cursor);
            items.AddRange(page.Items);
            cursor = page.Cursor;
        } while (cursor is not null);
        return items;
    }

    private static FindingPublication Publication(string scan, int minute, params Finding[] findings) => new("r1", "main", scan, Samples.Day.AddMinutes(minute), findings);

    [Fact]
    public async Task What_was_written_is_there_for_another_handle()
    {
        var (scan, repository) = (Samples.Scan("s1", "r1", 0), Samples.Repository("r1", "Acme", "Shop"));
        var store = await OpenAsync();
        await store.PutScanAsync(scan, WriteCondition.Always, None);
        await store.PutRepositoryAsync(repository, WriteCondition.Always, None);
        await store.PublishAsync(Publication("s1", 0, Samples.Finding("a.js")), None);
        var other = await OpenAsync();
        Samples.Same(scan, (await other.GetScanAsync("s1", None))!.Value);
        Samples.Same(repository, (await other.FindRepositoryAsync("acme", "SHOP", None))!.Value);
        Samples.Same(Samples.Finding("a.js"), (await other.ListFindingsAsync(new FindingQuery(), None)).Items[0].Finding);
        Assert.Null(await other.GetScanAsync("s2", None));
    }

    [Fact]
    public async Task A_write_with_a_condition_is_done_only_where_it_holds()
    {
        var store = await OpenAsync();
        var first = await store.PutScanAsync(Samples.Scan("s1", "r1", 0, ScanStatus.Running), WriteCondition.IfAbsent, None);
        Assert.True(first.Written);
        Assert.Equal(first.ETag, (await store.GetScanAsync("s1", None))!.ETag);
        Assert.Equal((false, first.ETag), await store.PutScanAsync(Samples.Scan("s1", "r1", 1), WriteCondition.IfAbsent, None) is var w ? (w.Written, w.ETag) : default);
        var second = await store.PutScanAsync(Samples.Scan("s1", "r1", 0, ScanStatus.Completed), WriteCondition.IfMatch(first.ETag), None);
        Assert.True(second.Written);
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.False((await store.PutScanAsync(Samples.Scan("s1", "r1", 0, ScanStatus.Failed), WriteCondition.IfMatch(first.ETag), None)).Written);
        Assert.False((await store.PutScanAsync(Samples.Scan("s9", "r1", 0), WriteCondition.IfMatch(first.ETag), None)).Written);
        Assert.Equal(ScanStatus.Completed, (await store.GetScanAsync("s1", None))!.Value.Status);
    }

    [Fact]
    public async Task Of_writers_that_hold_the_same_tag_one_wins()
    {
        var store = await OpenAsync();
        var tag = (await store.PutScanAsync(Samples.Scan("s1", "r1", 0), WriteCondition.IfAbsent, None)).ETag;
        var other = await OpenAsync();
        var results = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => Task.Run(() => (i % 2 == 0 ? store : other).PutScanAsync(Samples.Scan("s1", "r1", i), WriteCondition.IfMatch(tag), None))));
        Assert.Single(results, r => r.Written);
    }

    [Fact]
    public async Task Scans_are_listed_latest_first_by_filter_and_page()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 7; i++) await store.PutScanAsync(Samples.Scan($"s{i}", i % 2 == 0 ? "r1" : "r2", i / 2, i == 4 ? ScanStatus.Failed : ScanStatus.Completed, i == 6 ? "dev" : "main"), WriteCondition.Always, None);
        Assert.Equal(["s6", "s4", "s5", "s2", "s3", "s0", "s1"], (await All(c => store.ListScansAsync(null, null, null, 2, c, None))).Select(s => s.Id));
        Assert.Equal(["s6", "s4", "s2", "s0"], (await All(c => store.ListScansAsync("r1", null, null, 3, c, None))).Select(s => s.Id));
        Assert.Equal(["s2", "s0"], (await All(c => store.ListScansAsync("r1", "main", ScanStatus.Completed, 10, c, None))).Select(s => s.Id));
        Assert.Empty((await store.ListScansAsync("r3", null, null, 10, null, None)).Items);
    }

    [Fact]
    public async Task A_scan_that_changes_its_state_stays_in_its_place()
    {
        var store = await OpenAsync();
        for (var i = 0; i < 3; i++) await store.PutScanAsync(Samples.Scan($"s{i}", "r1", i, ScanStatus.Queued), WriteCondition.Always, None);
        await store.PutScanAsync(Samples.Scan("s1", "r1", 1, ScanStatus.Running), WriteCondition.Always, None);
        Assert.Equal(["s2", "s1", "s0"], (await All(c => store.ListScansAsync("r1", null, null, 1, c, None))).Select(s => s.Id));
        Assert.Equal(["s1"], (await All(c => store.ListScansAsync(null, null, ScanStatus.Running, 1, c, None))).Select(s => s.Id));
    }

    [Fact]
    public async Task A_scan_that_is_removed_is_in_no_list_and_its_findings_stay()
    {
        var store = await OpenAsync();
        foreach (var n in Enumerable.Range(0, 3)) await store.PutScanAsync(Samples.Scan("s" + n, "r1", n), WriteCondition.Always, None);
        await store.PublishAsync(new FindingPublication("r1", "main", "s1", Samples.Day.AddMinutes(1), [Samples.Finding("a.js")]), None);
        Assert.True(await store.DeleteScanAsync("s1", None));
        Assert.False(await store.DeleteScanAsync("s1", None));
        Assert.Null(await store.GetScanAsync("s1", None));
        foreach (var (repository, status) in new (string?, ScanStatus?)[] { (null, null), ("r1", null), (null, ScanStatus.Completed), ("r1", ScanStatus.Completed) })
            Assert.Equal(["s2", "s0"], (await All(c => store.ListScansAsync(repository, null, status, 1, c, None))).Select(s => s.Id));
        Assert.Single((await store.ListFindingsAsync(new("r1"), None)).Items);
        Assert.True((await store.PutScanAsync(Samples.Scan("s1", "r1", 1), WriteCondition.IfAbsent, None)).Written);
    }

    [Fact]
    public async Task Publishing_keeps_when_a_finding_was_first_seen_whatever_the_order_of_scans()
    {
        foreach (var order in (int[][])[[1, 2, 3], [3, 2, 1], [2, 3, 1], [2, 2, 3, 1, 1]])
        {
            var store = await OpenAsync();
            var branch = "order-" + string.Join("", order);
            foreach (var i in order) await store.PublishAsync(Publication($"s{i}", i, Samples.Finding("a.js", rank: i)) with { Branch = branch }, None);
            var record = (await store.GetFindingAsync("r1", branch, Samples.Finding("a.js").Id, None))!.Value;
            Assert.Equal(("s1", "s3", 3), (record.FirstScanId, record.LastScanId, record.Finding.Rank));
        }
        var occurrences = await All(c => OpenAsync().Result.ListOccurrencesAsync("r1", Samples.Finding("a.js").Id, 2, c, None));
        Assert.Equal(["s3", "s2", "s1"], occurrences.Select(o => o.ScanId));
    }

    [Fact]
    public async Task Findings_are_found_by_every_filter()
    {
        var store = await OpenAsync();
        var a = Samples.Finding("src/a.js", "Upload.Save", rank: 90, severity: Severity.Critical);
        var b = Samples.Finding("src/b.js", "list", Samples.Rule("injection.sql", 89), 60, Severity.Medium, FindingState.Persisting);
        var c = Samples.Finding("test/c.js", "list", Samples.Rule("redos", 1333), 10, Severity.Low) with { Validation = new(ValidationVerdict.Confirmed, ValidationLevel.Harness, "seen", [], "e1", null) };
        await store.PublishAsync(Publication("s1", 0, a, b, c), None);
        await store.PublishAsync(new("r2", "main", "s2", Samples.Day, [a]), None);
        await store.AddDecisionAsync("r1", new TriageDecision(b.Id, TriageState.WontFix, "accepted", "ann", Samples.Day), None);
        async Task<string> Ids(FindingQuery q) => string.Join(' ', (await All(cursor => store.ListFindingsAsync(q with { Limit = 1, Cursor = cursor }, None))).Select(f => f.RepositoryId + ":" + f.Finding.Candidate.Sink.Path));
        var r1 = new FindingQuery("r1");
        Assert.Equal("r1:src/a.js r1:src/b.js r1:test/c.js", await Ids(r1));
        Assert.Equal("r1:src/a.js r2:src/a.js", await Ids(new(Rule: "injection.command")));
        Assert.Equal("r1:src/a.js r1:src/b.js", await Ids(r1 with { MinSeverity = Severity.Medium }));
        Assert.Equal("r1:src/b.js", await Ids(r1 with { State = FindingState.Persisting }));
        Assert.Equal("r1:src/b.js", await Ids(r1 with { Triage = TriageState.WontFix }));
        Assert.Equal("r1:test/c.js", await Ids(r1 with { Verdict = ValidationVerdict.Confirmed }));
        Assert.Equal("r1:src/b.js", await Ids(r1 with { Cwe = 89 }));
        Assert.Equal("", await Ids(r1 with { Cwe = 8 }));
        Assert.Equal("r1:src/a.js r1:src/b.js", await Ids(r1 with { Path = "src/" }));
        Assert.Equal("r1:src/a.js", await Ids(r1 with { Text = "UPLOAD.save" }));
        Assert.Equal("", await Ids(r1 with { Text = "%" }));
        Assert.Equal("r1:src/a.js r1:src/b.js r1:test/c.js", await Ids(r1 with { Sort = FindingSort.Severity, Branch = "main" }));
        Assert.Equal(2, (await store.FindFindingsAsync(a.Id, None)).Count);
    }

    [Fact]
    public async Task A_page_goes_on_at_its_place_when_something_was_added_before_it()
    {
        var store = await OpenAsync();
        await store.PublishAsync(Publication("s1", 0, [.. Enumerable.Range(0, 5).Select(i => Samples.Finding($"f{i}.js", $"f{i}", rank: i * 10))]), None);
        var first = await store.ListFindingsAsync(new("r1", Limit: 2), None);
        await store.PublishAsync(Publication("s2", 1, Samples.Finding("top.js", "top", rank: 99)), None);
        var rest = await All(c => store.ListFindingsAsync(new("r1", Limit: 2, Cursor: c ?? first.Cursor), None));
        Assert.Equal(["f2.js", "f1.js", "f0.js"], rest.Select(f => f.Finding.Candidate.Sink.Path));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("WyJhIl0")]
    [InlineData("bnVsbA")]
    public async Task A_foreign_cursor_is_a_callers_mistake(string cursor) =>
        await Assert.ThrowsAsync<ArgumentException>(async () => await (await OpenAsync()).ListFindingsAsync(new(Cursor: cursor), None));

    [Fact]
    public async Task Decisions_are_only_added_and_the_latest_holds_on_every_branch()
    {
        var store = await OpenAsync();
        var f = Samples.Finding("a.js");
        await store.PublishAsync(Publication("s1", 0, f), None);
        await store.PublishAsync(Publication("s1", 0, f) with { Branch = "dev" }, None);
        var (later, earlier) = (new TriageDecision(f.Id, TriageState.FalsePositive, "no", "ann", Samples.Day.AddDays(2)), new TriageDecision(f.Id, TriageState.WontFix, "later", "bob", Samples.Day.AddDays(1)));
        foreach (var d in (TriageDecision[])[later, earlier, later]) await store.AddDecisionAsync("r1", d, None);
        Assert.Equal([earlier, later], await store.ListDecisionsAsync("r1", f.Id, None));
        Assert.Equal([earlier, later], await store.ListDecisionsAsync("r1", null, None));
        Assert.Empty(await store.ListDecisionsAsync("r2", null, None));
        Assert.All(await store.FindFindingsAsync(f.Id, None), r => Assert.Equal(TriageState.FalsePositive, r.Triage));
        await store.PublishAsync(Publication("s2", 5, f) with { Branch = "new" }, None);
        Assert.Equal(TriageState.FalsePositive, (await store.GetFindingAsync("r1", "new", f.Id, None))!.Value.Triage);
    }

    [Fact]
    public async Task Threat_models_grow_by_versions_under_their_tag()
    {
        var store = await OpenAsync();
        var first = await store.AddThreatModelAsync("r1", "one", "ann", Samples.Day, WriteCondition.IfAbsent, None);
        Assert.Null(await store.AddThreatModelAsync("r1", "two", "bob", Samples.Day, WriteCondition.IfAbsent, None));
        Assert.Null(await store.AddThreatModelAsync("r1", "two", "bob", Samples.Day, WriteCondition.IfMatch("other"), None));
        var second = await store.AddThreatModelAsync("r1", "two", "bob", Samples.Day, WriteCondition.IfMatch(first!.ETag), None);
        var again = await store.AddThreatModelAsync("r1", "two", "cat", Samples.Day, WriteCondition.Always, None);
        Assert.Equal((2, 2), (second!.Value.Version, again!.Value.Version));
        Assert.Equal("two", (await store.GetThreatModelAsync("r1", null, None))!.Value.Text);
        Assert.Equal("one", (await store.GetThreatModelAsync("r1", 1, None))!.Value.Text);
        for (var i = 3; i < 13; i++) await store.AddThreatModelAsync("r1", $"text {i}", "ann", Samples.Day, WriteCondition.Always, None);
        Assert.Equal(Enumerable.Range(1, 12).Reverse(), (await All(c => store.ListThreatModelsAsync("r1", 5, c, None))).Select(v => v.Version));
        Assert.Null(await store.GetThreatModelAsync("r2", null, None));
    }

    [Fact]
    public async Task Repositories_have_one_owner_and_name_and_go_with_all_that_is_theirs()
    {
        var store = await OpenAsync();
        await store.PutRepositoryAsync(Samples.Repository("r1", "b", "x"), WriteCondition.Always, None);
        await store.PutRepositoryAsync(Samples.Repository("r2", "a", "y"), WriteCondition.Always, None);
        await store.PutRepositoryAsync(Samples.Repository("r3", "a", "b"), WriteCondition.Always, None);
        Assert.False((await store.PutRepositoryAsync(Samples.Repository("r4", "A", "Y"), WriteCondition.Always, None)).Written);
        Assert.Equal(["r3", "r2", "r1"], (await All(c => store.ListRepositoriesAsync(2, c, None))).Select(r => r.Id));
        await store.PutRepositoryAsync(Samples.Repository("r2", "a", "z"), WriteCondition.Always, None);
        Assert.Null(await store.FindRepositoryAsync("a", "y", None));
        Assert.Equal("r2", (await store.FindRepositoryAsync("a", "z", None))!.Value.Id);
        await store.PutScanAsync(Samples.Scan("s1", "r1", 0), WriteCondition.Always, None);
        await store.PutScanAsync(Samples.Scan("s2", "r2", 0), WriteCondition.Always, None);
        await store.PublishAsync(Publication("s1", 0, Samples.Finding("a.js")), None);
        await store.AddThreatModelAsync("r1", "one", "ann", Samples.Day, WriteCondition.Always, None);
        Assert.True(await store.DeleteRepositoryAsync("r1", None));
        Assert.False(await store.DeleteRepositoryAsync("r1", None));
        Assert.Null(await store.GetScanAsync("s1", None));
        Assert.NotNull(await store.GetScanAsync("s2", None));
        Assert.Empty((await store.ListFindingsAsync(new("r1"), None)).Items);
        Assert.Null(await store.GetThreatModelAsync("r1", null, None));
    }

    [Fact]
    public async Task Deliveries_and_audit_entries_count_once()
    {
        var store = await OpenAsync();
        Assert.False(await store.HasDeliveryAsync("d1", None));
        Assert.True(await store.TryAddDeliveryAsync("d1", "push", Samples.Day, None));
        Assert.True(await store.HasDeliveryAsync("d1", None));
        Assert.False(await store.TryAddDeliveryAsync("d1", "push", Samples.Day.AddDays(1), None));
        Assert.True(await store.TryAddDeliveryAsync("d2", "push", Samples.Day.AddDays(3), None));
        Assert.Equal(1, await store.PurgeDeliveriesAsync(Samples.Day.AddDays(2), None));
        Assert.True(await store.TryAddDeliveryAsync("d1", "push", Samples.Day, None));
        var entries = Enumerable.Range(0, 5).Select(i => new AuditEntry(Samples.Day.AddMinutes(i / 2), $"e{i}", "ann", "finding.triage", "csf", "x")).ToList();
        foreach (var e in entries.Concat(entries)) await store.AddAuditAsync(e, None);
        Assert.Equal(["e4", "e2", "e3", "e0", "e1"], (await All(c => store.ListAuditAsync(2, c, None))).Select(e => e.Id));
    }
}
