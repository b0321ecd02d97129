using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Api;

/// <summary>The router over real stores and a real runtime, whose flows end at once.</summary>
public sealed class ApiRouterTests : IAsyncDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-api-").FullName;
    private readonly LocalScanStore _scans;
    private readonly LocalArtifactStore _artifacts;
    private readonly JournalFlowRuntime _flows;
    private readonly ApiRouter _router;
    private int _second;

    public ApiRouterTests()
    {
        (_scans, _artifacts) = (LocalScanStore.Open(Path.Combine(_folder, "s.db")), LocalArtifactStore.Open(Path.Combine(_folder, "a")));
        var registry = new FlowRegistry().AddFlow<BranchInput, int>(BranchFlow.Name, 1, (_, _) => Task.FromResult(0)).AddFlow<BackfillInput, int>(BackfillFlow.Name, 1, async (c, _) => (await c.WaitForEventAsync<bool>(BackfillFlow.Hold, TimeSpan.FromDays(1))).Value ? 1 : 0);
        _flows = JournalFlowRuntime.Open(registry, new MemoryFlowJournal(), TimeProvider.System, 2);
        _router = new ApiRouter(_scans, _artifacts, new ScanControl(_flows, _scans, _artifacts), new ApiSettings(["secret"], LocalPaths: false, PullRequests: true));
    }

    public async ValueTask DisposeAsync()
    {
        await _flows.DisposeAsync();
        _scans.Dispose();
        _artifacts.Dispose();
        Directory.Delete(_folder, true);
    }

    private async Task<ApiReply> SendAsync(string method, string path, object? body = null, params (string Name, string Value)[] headers)
    {
        var parts = path.Split('?');
        var query = parts.Length < 2 ? [] : parts[1].Split('&').Select(p => p.Split('=')).ToDictionary(p => p[0], p => Uri.UnescapeDataString(p[1]), StringComparer.Ordinal);
        var bytes = body switch { null => [], byte[] raw => raw, _ => JsonSerializer.SerializeToUtf8Bytes(body) };
        return await _router.HandleAsync(new ApiRequest(method, parts[0], query, headers.ToDictionary(h => h.Name, h => h.Value, StringComparer.OrdinalIgnoreCase), bytes, "ann", Samples.Day.AddSeconds(_second++)), None);
    }

    private static JsonNode Json(ApiReply reply) => JsonNode.Parse(reply.Body.Span)!;

    private Task<ApiReply> ConnectAsync(object? more = null) => SendAsync("POST", "/api/repositories", more ?? new { owner = "acme", name = "shop", schedule = "0 3 * * 1" });

    [Fact]
    public async Task The_description_names_every_route_and_every_route_answers()
    {
        var paths = Json(await SendAsync("GET", "/api/openapi.json"))["paths"]!.AsObject();
        Assert.Equal(_router.Routes.Select(r => $"{r.Method.ToLowerInvariant()} {r.Template}").Order(StringComparer.Ordinal), paths.SelectMany(p => p.Value!.AsObject().Select(o => $"{o.Key} {p.Key}")).Order(StringComparer.Ordinal));
        foreach (var (method, template) in _router.Routes)
        {
            var reply = await SendAsync(method, template.Replace("{owner}", "no", StringComparison.Ordinal).Replace("{name}", "no", StringComparison.Ordinal).Replace("{id}", "no", StringComparison.Ordinal));
            Assert.True(reply.Status is 200 or 400 or 401 or 404, $"{method} {template}: {reply.Status}");
            if (reply.Status >= 400) Assert.Equal((reply.Status, "application/problem+json"), (Json(reply)["status"]!.GetValue<int>(), reply.MediaType));
        }
        Assert.Equal(404, (await SendAsync("GET", "/api/nothing")).Status);
        var wrong = await SendAsync("DELETE", "/api/scans");
        Assert.Equal((405, "GET"), (wrong.Status, wrong.Headers["Allow"]));
    }

    [Fact]
    public async Task A_repository_is_connected_changed_under_its_tag_and_disconnected()
    {
        var made = await ConnectAsync();
        Assert.Equal((201, "/api/repositories/acme/shop"), (made.Status, made.Headers["Location"]));
        Assert.Equal(409, (await ConnectAsync()).Status);
        var read = await SendAsync("GET", "/api/repositories/ACME/Shop");
        Assert.Equal(("https://github.com/acme/shop", "main"), (Json(read)["location"]!.GetValue<string>(), Json(read)["branch"]!.GetValue<string>()));
        var changed = await SendAsync("PATCH", "/api/repositories/acme/shop", new { branch = "next", options = new { validate = false } }, ("If-Match", read.ETag));
        Assert.Equal(("next", false, "0 3 * * 1"), (Json(changed)["branch"]!.GetValue<string>(), Json(changed)["options"]!["validate"]!.GetValue<bool>(), Json(changed)["schedule"]!.GetValue<string>()));
        Assert.Equal(412, (await SendAsync("PATCH", "/api/repositories/acme/shop", new { branch = "main" }, ("If-Match", read.ETag))).Status);
        Assert.Single(Json(await SendAsync("GET", "/api/repositories?limit=5"))["items"]!.AsArray());
        Assert.Equal(204, (await SendAsync("DELETE", "/api/repositories/acme/shop")).Status);
        Assert.Equal(404, (await SendAsync("GET", "/api/repositories/acme/shop")).Status);
        Assert.Equal(["repository.disconnect", "repository.change", "repository.connect"], (await _scans.ListAuditAsync(10, null, None)).Items.Select(a => a.Action));
    }

    [Theory]
    [InlineData("""{ "owner": "a/b", "name": "x" }""")]
    [InlineData("""{ "owner": "a" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "location": "http://169.254.169.254/x" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "location": "https://user:word@example.com/x" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "location": "/etc" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "branch": "-upload-pack" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "schedule": "* * * * *" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "schedule": "whenever" }""")]
    [InlineData("""{ "owner": "a", "name": "x", "historyWindow": -1 }""")]
    [InlineData("""{ "owner": "a", "name": """)]
    [InlineData("""[1]""")]
    public async Task What_is_no_repository_is_refused(string body)
    {
        Assert.Equal(400, (await SendAsync("POST", "/api/repositories", Encoding.UTF8.GetBytes(body))).Status);
        Assert.Empty((await _scans.ListRepositoriesAsync(10, null, None)).Items);
    }

    [Fact]
    public async Task A_scan_is_started_and_one_that_waits_is_cancelled()
    {
        await ConnectAsync();
        var started = await SendAsync("POST", "/api/repositories/acme/shop/scans", new { kind = "diff", commit = new string('a', 40), @base = new string('b', 40) });
        var id = Json(started)["id"]!.GetValue<string>();
        Assert.Equal((202, "/api/scans/" + id), (started.Status, started.Headers["Location"]));
        var record = Json(await SendAsync("GET", "/api/scans/" + id));
        Assert.Equal(("queued", "diff", "main"), (record["status"]!.GetValue<string>(), record["kind"]!.GetValue<string>(), record["branch"]!.GetValue<string>()));
        foreach (var bad in new object[] { new { kind = "diff" }, new { kind = "some" }, new { commit = "HEAD; rm" }, new { branch = "a..b" } }) Assert.Equal(400, (await SendAsync("POST", "/api/repositories/acme/shop/scans", bad)).Status);
        Assert.Equal(404, (await SendAsync("POST", "/api/scans/scan_1/cancel")).Status);
        Assert.Equal(409, (await SendAsync("POST", $"/api/scans/{id}/cancel")).Status);
        var repository = (await _scans.FindRepositoryAsync("acme", "shop", None))!.Value.Id;
        await new BranchQueue(_artifacts).AddAsync(repository, "main", new BranchItem(id, Samples.Day, null, null), "other", None);
        Assert.Equal(202, (await SendAsync("POST", $"/api/scans/{id}/cancel")).Status);
        Assert.Equal("cancelled", Json(await SendAsync("GET", "/api/scans/" + id))["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_walk_through_the_history_is_one_and_can_be_held()
    {
        await ConnectAsync();
        Assert.Equal(409, (await SendAsync("POST", "/api/repositories/acme/shop/backfill", new { hold = true })).Status);
        var first = Json(await SendAsync("POST", "/api/repositories/acme/shop/scans", new { kind = "history" }))["id"]!.GetValue<string>();
        Assert.Equal(first, Json(await SendAsync("POST", "/api/repositories/acme/shop/scans", new { kind = "history" }))["id"]!.GetValue<string>());
        Assert.Equal(400, (await SendAsync("POST", "/api/repositories/acme/shop/backfill", new { hold = "no" })).Status);
        Assert.Equal(200, (await SendAsync("POST", "/api/repositories/acme/shop/backfill", new { hold = true })).Status);
        Assert.Equal(1, (await _flows.WaitAsync(first, None)).Result<int>());
    }

    [Fact]
    public async Task A_threat_model_is_stored_under_the_tag_of_the_one_before_and_previewed_without_being_stored()
    {
        await ConnectAsync();
        var repository = (await _scans.FindRepositoryAsync("acme", "shop", None))!.Value;
        var finding = Samples.Finding("src/a.js") with { Recommended = true };
        var result = new ScanResult("s1", new ScanTarget(TargetKind.GitRevision, "x", "shop", "a", null, "main", "d"), "1", "r", Samples.Day, Samples.Day, "t", [finding], new CoverageLedger(true, 1, [], [], []), []);
        await _scans.PutScanAsync(Samples.Scan("s1", repository.Id, 0) with { Result = await _artifacts.PutJsonAsync(result, None) }, WriteCondition.Always, None);
        const string Model = "---\nversion: 1\nsummary: \"A shop.\"\nsources: {}\nentryPoints: []\ntrustBoundaries: []\nauthAssumptions: []\nsensitiveData: []\nprivilegedActions: []\nexternalServices: []\ncomponents: []\noutOfScope: [\"src/**\"]\nreviewFocus: []\n---\n";
        var move = Assert.Single(Json(await SendAsync("POST", "/api/repositories/acme/shop/threat-model/preview", new { text = Model }))["findings"]!.AsArray())!;
        Assert.False(move["inScope"]!.GetValue<bool>());
        Assert.Equal(404, (await SendAsync("GET", "/api/repositories/acme/shop/threat-model")).Status);

        Assert.Equal(428, (await SendAsync("PUT", "/api/repositories/acme/shop/threat-model", new { text = Model })).Status);
        Assert.Equal(400, (await SendAsync("PUT", "/api/repositories/acme/shop/threat-model", new { text = "no model" }, ("If-Match", "*"))).Status);
        var first = await SendAsync("PUT", "/api/repositories/acme/shop/threat-model", new { text = Model }, ("If-Match", "*"));
        Assert.Equal((200, 1), (first.Status, Json(first)["version"]!.GetValue<int>()));
        var second = await SendAsync("PUT", "/api/repositories/acme/shop/threat-model", new { text = Model.Replace("A shop.", "A store.", StringComparison.Ordinal) }, ("If-Match", first.ETag));
        Assert.Equal(2, Json(second)["version"]!.GetValue<int>());
        Assert.Equal(412, (await SendAsync("PUT", "/api/repositories/acme/shop/threat-model", new { text = Model }, ("If-Match", first.ETag))).Status);
        Assert.Contains("A shop.", Json(await SendAsync("GET", "/api/repositories/acme/shop/threat-model?version=1"))["text"]!.GetValue<string>(), StringComparison.Ordinal);

        Assert.Single(Json(await SendAsync("GET", "/api/repositories/acme/shop/recommended"))["findings"]!.AsArray());
        await _scans.PublishAsync(new(repository.Id, "main", "s1", Samples.Day, [finding]), None);
        Assert.Equal(200, (await SendAsync("POST", $"/api/findings/{finding.Id}/triage", new { state = "wont-fix", reason = "local" })).Status);
        Assert.Empty(Json(await SendAsync("GET", "/api/repositories/acme/shop/recommended"))["findings"]!.AsArray());
        Assert.Equal(409, (await SendAsync("POST", $"/api/findings/{finding.Id}/pull-request")).Status);
    }

    [Fact]
    public async Task A_fix_is_asked_for_only_where_an_app_may_hand_it_in()
    {
        await ConnectAsync();
        var repository = (await _scans.FindRepositoryAsync("acme", "shop", None))!.Value;
        var finding = Samples.Finding("src/a.js");
        finding = finding with { Patch = finding.Patch with { Verdict = PatchVerdict.Verified } };
        await _scans.PublishAsync(new(repository.Id, "main", "s1", Samples.Day, [finding]), None);
        var without = new ApiRouter(_scans, _artifacts, new ScanControl(_flows, _scans, _artifacts), new ApiSettings(["secret"], LocalPaths: false, PullRequests: false));
        var refused = await without.HandleAsync(new ApiRequest("POST", $"/api/findings/{finding.Id}/pull-request", new Dictionary<string, string>(), new Dictionary<string, string>(), ReadOnlyMemory<byte>.Empty, "ann", Samples.Day), None);
        Assert.Equal(409, refused.Status);
        Assert.Contains("no GitHub app is configured", Json(refused)["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.DoesNotContain((await _scans.ListAuditAsync(10, null, None)).Items, e => e.Action == "finding.pull-request");
    }

    [Fact]
    public async Task Lists_page_by_cursor_and_bad_filters_are_said()
    {
        for (var i = 0; i < 5; i++) await _scans.PutScanAsync(Samples.Scan($"s{i}", "r1", i), WriteCondition.Always, None);
        var first = Json(await SendAsync("GET", "/api/scans?limit=3"));
        var rest = Json(await SendAsync("GET", "/api/scans?limit=3&cursor=" + first["cursor"]!.GetValue<string>()));
        Assert.Equal(["s4", "s3", "s2", "s1", "s0"], first["items"]!.AsArray().Concat(rest["items"]!.AsArray()).Select(s => s!["id"]!.GetValue<string>()));
        foreach (var bad in (string[])["/api/scans?cursor=x", "/api/scans?limit=0", "/api/scans?limit=many", "/api/scans?status=odd", "/api/findings?cwe=x", "/api/findings?sort=odd"]) Assert.Equal(400, (await SendAsync("GET", bad)).Status);
    }

    [Fact]
    public async Task A_delivery_that_was_not_recorded_before_the_process_died_joins_what_it_started()
    {
        await ConnectAsync();
        var push = JsonSerializer.SerializeToUtf8Bytes(new { @ref = "refs/heads/main", before = new string('a', 40), after = new string('b', 40), repository = new { full_name = "acme/shop" } });
        Task<ApiReply> Deliver() => SendAsync("POST", ApiRouter.Webhook, push, ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", "d1"),
            ("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData("secret"u8, push))));
        Assert.Equal(202, (await Deliver()).Status);
        Assert.Contains("seen before", Encoding.UTF8.GetString((await Deliver()).Body.Span), StringComparison.Ordinal);
        await _scans.PurgeDeliveriesAsync(DateTimeOffset.MaxValue, None);
        Assert.Contains("scan started", Encoding.UTF8.GetString((await Deliver()).Body.Span), StringComparison.Ordinal);
        Assert.Single((await _flows.ListAsync("branch:", null, 10, null, None)).Items);
    }
}
