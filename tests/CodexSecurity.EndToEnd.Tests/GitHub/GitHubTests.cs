using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Adapters.GitHub;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.EndToEnd.Tests.Ingest;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.GitHub;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace CodexSecurity.EndToEnd.Tests.GitHub;

/// <summary>The adapter against a GitHub on loopback that has real git repositories.</summary>
public sealed class GitHubTests : GitLab
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeGitHub _github;

    public GitHubTests() => _github = new FakeGitHub(Root, _key, _time);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public override void Dispose()
    {
        _github.Dispose();
        base.Dispose();
        _key.Dispose();
    }

    private GitHubParts Parts(bool writes = true, RSA? key = null)
    {
        var settings = new Dictionary<string, string> { ["CODEX_SECURITY_GITHUB_API"] = _github.Url, ["CODEX_SECURITY_GITHUB_APP_ID"] = "123", ["CODEX_SECURITY_GITHUB_KEY"] = (key ?? _key).ExportRSAPrivateKeyPem(), ["CODEX_SECURITY_GITHUB_OPEN_FIXES"] = "2" };
        if (writes) (settings["CODEX_SECURITY_GITHUB_FIX_APP_ID"], settings["CODEX_SECURITY_GITHUB_FIX_KEY"]) = ("456", _key.ExportPkcs8PrivateKeyPem().ReplaceLineEndings("\\n"));
        return GitHubParts.From(settings.GetValueOrDefault, _time);
    }

    /// <summary>A private repository acme/shop with one commit; gives the head.</summary>
    private string Shop(bool installed = true)
    {
        Directory.CreateDirectory(At("acme"));
        Repository("work");
        Write("work/run.sh", "echo\n");
        Git("work", "update-index", "--add", "--chmod=+x", "run.sh");
        Commit("work", "second");
        Git("acme", "clone", "-q", "--bare", "../work", "shop.git");
        if (installed) _github.Installed["acme/shop"] = 7;
        return Git("acme/shop.git", "rev-parse", "main");
    }

    private RepositoryRecord Repo => Samples.Repository("r1", "acme", "shop") with { Location = _github.Url + "acme/shop.git" };

    private FixProposal Proposal(string after = "exports.b = 3;\n", string before = "exports.b = 2;\n", string finding = "csf_1") => new(Repo, "main", FixProposal.Prefix + finding + "-injection", "Fix it", "The text",
        [new FixFile("lib/a.js", Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after)), new FixFile("test/security.test.js", null, "check();\n"u8.ToArray())]);

    // Waits that the service asks for pass at once.
    private async Task<T> HurryAsync<T>(Task<T> work)
    {
        while (!work.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(work, Task.Delay(20, Ct));
        }
        return await work;
    }

    [Fact]
    public async Task A_private_repository_is_read_by_the_installed_app_only_and_its_token_stays_in_memory()
    {
        var head = Shop();
        Assert.False((await new GitSnapshotSource().TakeAsync(Repo.Location, null, Ct)).Succeeded);
        var source = new GitSnapshotSource(Parts().Credentials);
        var taken = await source.TakeAsync(Repo.Location, null, Ct);
        Assert.True(taken.Succeeded, taken.Problem);
        Assert.Equal(head, taken.Value!.Target.Revision);
        Assert.Equal(head, (await source.HeadAsync(Repo.Location, "main", Ct)).Value);
        Assert.Contains("no branch", (await source.HeadAsync(Repo.Location, "other", Ct)).Problem, StringComparison.Ordinal);
        var token = Assert.Single(_github.Tokens);
        Assert.Equal("acme/shop", token.Value.Repository);
        Assert.Equal(["contents=read"], token.Value.Permissions.Select(p => $"{p.Key}={p.Value}"));
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), "codex-security-git-*"))
            foreach (var config in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)) Assert.DoesNotContain(token.Key, await File.ReadAllTextAsync(config, Encoding.Latin1, Ct), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_installation_or_with_another_key_nothing_is_read_and_the_reason_names_no_secret()
    {
        Shop(installed: false);
        Assert.Contains("authentication", (await new GitSnapshotSource(Parts().Credentials).TakeAsync(Repo.Location, null, Ct)).Problem, StringComparison.Ordinal);
        using var other = RSA.Create(2048);
        var refused = await new GitSnapshotSource(Parts(key: other).Credentials).TakeAsync(Repo.Location, null, Ct);
        Assert.Contains("id or its key is wrong", refused.Problem, StringComparison.Ordinal);
        Assert.Empty(_github.Tokens);
    }

    [Fact]
    public async Task A_token_goes_to_no_other_host()
    {
        Shop();
        using var other = new GitServer(Root);
        var credentials = Parts().Credentials!;
        Assert.NotNull(await credentials.ForAsync(new Uri(Repo.Location), Ct));
        Assert.Null(await credentials.ForAsync(new Uri(other.Url + "acme/shop.git"), Ct));
        Assert.Null(await credentials.ForAsync(new Uri(_github.Url + "acme/shop/deeper.git"), Ct));
        Assert.DoesNotContain("ghs_", (await credentials.ForAsync(new Uri(Repo.Location), Ct))!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>Asks for a password, and keeps what it gets.</summary>
    private sealed class Greedy(string root) : GitServer(root)
    {
        public List<string> Got { get; } = [];

        public int Asked { get; private set; }

        protected override Task<bool> AnsweredAsync(System.Net.HttpListenerRequest request, System.Net.HttpListenerResponse response)
        {
            Asked++;
            if (request.Headers["Authorization"] is { } header) Got.Add(header);
            response.StatusCode = 401;
            response.AddHeader("WWW-Authenticate", "Basic realm=\"x\"");
            return Task.FromResult(true);
        }
    }

    [Fact]
    public async Task A_redirect_takes_no_token_to_another_host()
    {
        Shop();
        using var other = new Greedy(Root);
        _github.Elsewhere = other.Url;
        var source = new GitSnapshotSource(Parts().Credentials);
        Assert.False((await source.TakeAsync(Repo.Location, null, Ct)).Succeeded);
        Assert.False((await source.HeadAsync(Repo.Location, "main", Ct)).Succeeded);
        Assert.NotEmpty(_github.Tokens);
        // It was followed, and nothing secret went along.
        Assert.True(other.Asked > 0);
        Assert.Empty(other.Got);
    }

    [Fact]
    public async Task A_fix_becomes_a_draft_on_a_branch_of_its_own_and_is_found_again()
    {
        var head = Shop();
        var opened = await Parts().PullRequests.OpenAsync(Proposal(), Ct);
        var pull = Assert.Single(_github.Pulls);
        Assert.Equal((true, "main", "codex-security/fix-csf_1-injection", opened.Url), (pull["draft"]!.GetValue<bool>(), pull["base"]!["ref"]!.GetValue<string>(), opened.Branch, pull["html_url"]!.GetValue<string>()));
        Assert.Equal(head, Git("acme/shop.git", "rev-parse", opened.Branch + "^"));
        Assert.Equal("exports.b = 3;", Git("acme/shop.git", "show", opened.Branch + ":lib/a.js"));
        Assert.Equal("M\tlib/a.js\nA\ttest/security.test.js", Git("acme/shop.git", "diff", "--name-status", head, opened.Branch));
        Assert.Equal(opened, await Parts().PullRequests.OpenAsync(Proposal(), Ct));
        Assert.Single(_github.Pulls);
        Assert.Equal(["contents=write", "pull_requests=write"], _github.Tokens.Values.First().Permissions.Select(p => $"{p.Key}={p.Value}").Order(StringComparer.Ordinal));
        Assert.DoesNotContain(_github.Requests, r => r.Contains("merge", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("POST repos/acme/shop/git/refs")]
    [InlineData("POST repos/acme/shop/pulls")]
    [InlineData("POST repos/acme/shop/git/commits")]
    public async Task An_answer_that_is_lost_leads_to_no_second_branch_or_pull_request(string request)
    {
        Shop();
        var lost = 0;
        _github.Fault = what => what == request && Interlocked.Increment(ref lost) == 1 ? (0, null) : null;
        var opened = await HurryAsync(Parts().PullRequests.OpenAsync(Proposal(), Ct));
        Assert.True(lost >= 2);
        Assert.Equal(opened.Url, Assert.Single(_github.Pulls)["html_url"]!.GetValue<string>());
        Assert.Equal(2, Git("acme/shop.git", "for-each-ref", "--format=%(refname)").Split('\n').Length);
    }

    [Fact]
    public async Task A_process_that_died_after_the_branch_goes_on_with_it()
    {
        Shop();
        _github.Fault = what => what == "POST repos/acme/shop/pulls" ? (502, null) : null;
        await Assert.ThrowsAsync<SourceUnavailableException>(() => HurryAsync(Parts().PullRequests.OpenAsync(Proposal(), Ct)));
        _github.Fault = _ => null;
        Assert.Equal("codex-security/fix-csf_1-injection", (await Parts().PullRequests.OpenAsync(Proposal(), Ct)).Branch);
        Assert.Single(_github.Pulls);
    }

    [Fact]
    public async Task Files_that_were_changed_meanwhile_refuse_the_patch_and_a_new_one_supersedes_the_old()
    {
        Shop();
        var parts = Parts();
        var first = await parts.PullRequests.OpenAsync(Proposal(), Ct);
        Write("work/lib/a.js", "exports.b = 20;\n");
        Commit("work", "third");
        Git("work", "push", "-q", "../acme/shop.git", "main");
        Assert.Contains("lib/a.js was changed", (await Assert.ThrowsAsync<StepRejectedException>(() => parts.PullRequests.OpenAsync(Proposal(finding: "csf_2"), Ct))).Message, StringComparison.Ordinal);
        var second = await parts.PullRequests.OpenAsync(Proposal("exports.b = 30;\n", "exports.b = 20;\n"), Ct);
        Assert.Equal(first.Branch + "-2", second.Branch);
        Assert.Equal(["closed", "open"], _github.Pulls.Select(p => p["state"]!.GetValue<string>()));
        Assert.Equal((1, "Superseded by #2: the files changed since this was verified."), Assert.Single(_github.Comments));
    }

    [Fact]
    public async Task A_process_that_died_before_it_closed_the_old_one_closes_it_then_and_another_branch_s_fix_stays_open()
    {
        Shop();
        Git("acme/shop.git", "branch", "release", "main");
        var parts = Parts();
        var other = await parts.PullRequests.OpenAsync(Proposal() with { Base = "release" }, Ct);
        await parts.PullRequests.OpenAsync(Proposal(), Ct);
        Write("work/lib/a.js", "exports.b = 20;\n");
        Commit("work", "third");
        Git("work", "push", "-q", "../acme/shop.git", "main");
        _github.Fault = what => what.StartsWith("POST repos/acme/shop/issues", StringComparison.Ordinal) ? (502, null) : null;
        var next = Proposal("exports.b = 30;\n", "exports.b = 20;\n");
        await Assert.ThrowsAsync<SourceUnavailableException>(() => HurryAsync(parts.PullRequests.OpenAsync(next, Ct)));
        _github.Fault = _ => null;
        var current = await parts.PullRequests.OpenAsync(next, Ct);
        Assert.Equal(["open", "closed", "open"], _github.Pulls.Select(p => p["state"]!.GetValue<string>()));
        Assert.Equal((other.Url, current.Url), (_github.Pulls[0]["html_url"]!.GetValue<string>(), _github.Pulls[2]["html_url"]!.GetValue<string>()));
    }

    [Fact]
    public async Task No_more_are_opened_than_may_be_open()
    {
        Shop();
        var parts = Parts();
        await parts.PullRequests.OpenAsync(Proposal(finding: "csf_1"), Ct);
        await parts.PullRequests.OpenAsync(Proposal(finding: "csf_2"), Ct);
        Assert.Contains("no more than 2", (await Assert.ThrowsAsync<StepRejectedException>(() => parts.PullRequests.OpenAsync(Proposal(finding: "csf_3"), Ct))).Message, StringComparison.Ordinal);
        Assert.Equal(2, _github.Pulls.Count);
    }

    [Fact]
    public async Task Limits_are_waited_for_within_reason_and_an_ended_token_is_asked_for_anew()
    {
        Shop();
        var (parts, limits) = (Parts(), 0);
        _github.Fault = what => what.EndsWith("/git/blobs", StringComparison.Ordinal) && Interlocked.Increment(ref limits) == 1 ? (403, "30") : null;
        var before = _time.GetUtcNow();
        await HurryAsync(parts.PullRequests.OpenAsync(Proposal(finding: "csf_1"), Ct));
        Assert.InRange(_time.GetUtcNow() - before, TimeSpan.FromSeconds(30), TimeSpan.FromHours(1));
        // Ended on their side before ours: one fresh token, and the work is done.
        _github.Tokens.Clear();
        await parts.PullRequests.OpenAsync(Proposal(finding: "csf_2"), Ct);
        Assert.Single(_github.Tokens);
        _github.Fault = what => what.EndsWith("/pulls", StringComparison.Ordinal) ? (403, "3600") : null;
        Assert.Contains("60 minutes", (await Assert.ThrowsAsync<SourceUnavailableException>(() => parts.PullRequests.OpenAsync(Proposal(finding: "csf_3"), Ct))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_writing_app_or_its_installation_a_fix_is_refused_with_the_reason()
    {
        Shop(installed: false);
        Assert.Contains("not installed", (await Assert.ThrowsAsync<StepRejectedException>(() => Parts().PullRequests.OpenAsync(Proposal(), Ct))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StepRejectedException>(() => Parts(writes: false).PullRequests.OpenAsync(Proposal(), Ct));
    }

    [Fact]
    public async Task Deliveries_that_failed_are_asked_for_once_and_heads_that_were_missed_are_scanned()
    {
        var head = Shop();
        JsonObject Delivery(int id, string guid, int status, int hours) => new() { ["id"] = id, ["guid"] = guid, ["status_code"] = status, ["delivered_at"] = _time.GetUtcNow().AddHours(-hours).UtcDateTime.ToString("O") };
        // Newest first, as the service lists them: "b" arrived at its second attempt, "c" was taken though the answer was lost, "e" is too old.
        _github.Deliveries.AddRange([Delivery(6, "a", 502, 1), Delivery(5, "b", 200, 2), Delivery(4, "c", 504, 3), Delivery(3, "b", 500, 4), Delivery(2, "d", 500, 60), Delivery(1, "e", 500, 80)]);
        using var scans = LocalScanStore.Open(At("s.db"));
        using var artifacts = LocalArtifactStore.Open(At("artifacts"));
        await scans.TryAddDeliveryAsync("c", "push", _time.GetUtcNow(), Ct);
        await scans.PutRepositoryAsync(Repo, WriteCondition.Always, Ct);
        await scans.PutRepositoryAsync(Samples.Repository("r2", "acme", "unscanned") with { Location = Repo.Location }, WriteCondition.Always, Ct);
        await scans.PutScanAsync(Samples.Scan("s1", "r1", 0), WriteCondition.Always, Ct);
        var (control, pushes) = (new Mock<IScanControl>(), new List<Push>());
        control.Setup(c => c.PushedAsync(It.IsAny<RepositoryRecord>(), It.IsAny<Push>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).Callback((RepositoryRecord r, Push p, DateTimeOffset _, CancellationToken _) => { Assert.Equal("r1", r.Id); pushes.Add(p); });
        var parts = Parts();
        var reconciliation = new Reconciliation(scans, artifacts, control.Object, new GitSnapshotSource(parts.Credentials), parts.Deliveries);
        await reconciliation.TickAsync(_time.GetUtcNow(), Ct);
        Assert.Equal([2L, 6L], _github.Redelivered);
        Assert.Equal((new string('a', 40), head), (Assert.Single(pushes).Before, pushes[0].After));
        // Nothing twice, soon or later.
        await reconciliation.TickAsync(_time.GetUtcNow().AddMinutes(1), Ct);
        await reconciliation.TickAsync(_time.GetUtcNow().AddMinutes(20), Ct);
        Assert.Equal(2, _github.Redelivered.Count);
        await scans.PutScanAsync(Samples.Scan(FlowIds.PushedScan("r1", "main", head), "r1", 1), WriteCondition.Always, Ct);
        await reconciliation.TickAsync(_time.GetUtcNow().AddHours(2), Ct);
        Assert.Single(pushes);
    }

    [Theory]
    [InlineData("CODEX_SECURITY_GITHUB_API", "http://github.example/")]
    [InlineData("CODEX_SECURITY_GITHUB_KEY", "/nowhere/key.pem")]
    [InlineData("CODEX_SECURITY_GITHUB_KEY", "https://vault.example/secrets/x")]
    [InlineData("CODEX_SECURITY_GITHUB_KEY", "")]
    [InlineData("CODEX_SECURITY_GITHUB_APP_ID", "12 3")]
    [InlineData("CODEX_SECURITY_GITHUB_OPEN_FIXES", "-7")]
    public void Wrong_settings_are_refused_without_being_quoted(string name, string value)
    {
        var settings = new Dictionary<string, string> { ["CODEX_SECURITY_GITHUB_API"] = _github.Url, ["CODEX_SECURITY_GITHUB_APP_ID"] = "123", ["CODEX_SECURITY_GITHUB_KEY"] = _key.ExportRSAPrivateKeyPem(), [name] = value };
        var problem = Assert.Throws<ArgumentException>(() => GitHubParts.From(settings.GetValueOrDefault));
        Assert.True(value.Length == 0 || !problem.Message.Contains(value, StringComparison.Ordinal));
    }
}
