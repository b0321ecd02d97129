using System.Net;
using System.Text.Json.Nodes;
using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.EndToEnd.Tests.Ingest;
using CodexSecurity.EndToEnd.Tests.Storage;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>Old scans go with what only they stored; what is shown stays whole. Over scans that the real program made.</summary>
[Collection(Azurite.Name)]
public sealed class RetentionTests : GitLab
{
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);
    private readonly CliRun _cli = new();
    private readonly GitServer _git;
    private readonly Azurite _azurite;

    public RetentionTests(Azurite azurite) => (_git, _azurite) = (new GitServer(Root), azurite);

    public override void Dispose()
    {
        _git.Dispose();
        _cli.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_only_old_scans_stored_is_removed_and_the_rest_is_whole(bool azure)
    {
        var ct = TestContext.Current.CancellationToken;
        (string, string)[] settings = azure ? [(AzureStorageSettings.ConnectionName, _azurite.Connection), (AzureStorageSettings.PrefixName, Azurite.Prefix())] : [];
        var commits = Shop();
        JsonArray scanned;
        using (var server = await ServeRun.StartAsync(_cli, settings))
        {
            Assert.Equal(HttpStatusCode.Created, await server.ConnectAsync("acme", "shop", _git.Url + "shop/.git", new { patch = false }));
            await server.DeliverAsync("push", "d-1", ServeRun.Push("acme/shop", commits[0], commits[3]));
            scanned = await server.EndedAsync(3);
        }
        string newest = Id(scanned[0]), older = Id(scanned[1]), oldest = Id(scanned[2]);

        using var local = LocalStores.Open(new LocalHome(Path.Combine(_cli.Folder, "home"), "test"));
        var remote = azure ? await AzureStores.OpenAsync(AzureStorageSettings.Of(name => settings.FirstOrDefault(s => s.Item1 == name).Item2)!, ct) : null;
        IScanStore scans = remote is null ? local.Scans : remote.Scans;
        IArtifactStore artifacts = remote is null ? local.Artifacts : remote.Artifacts;
        var repository = (await scans.FindRepositoryAsync("acme", "shop", ct))!.Value.Id;
        var (kept, gone) = (await UsedAsync(artifacts, repository, newest, ct), (await UsedAsync(artifacts, repository, older, ct)).Concat(await UsedAsync(artifacts, repository, oldest, ct)).ToHashSet(StringComparer.Ordinal));
        Assert.NotEmpty(gone.Except(kept));
        Assert.All(kept.Concat(gone), a => Assert.True(artifacts.ExistsAsync(a, ct).GetAwaiter().GetResult()));

        var (retention, now) = (new Retention(scans, artifacts, Keep), DateTimeOffset.UtcNow);
        Assert.Equal(0, await retention.RemoveAsync(now, 100, ct));
        Assert.Equal(0, await new Retention(scans, artifacts, TimeSpan.Zero).RemoveAsync(now.AddDays(1000), 100, ct));
        // One at a time, as where there are more than are removed at once.
        Assert.Equal(1, await retention.RemoveAsync(now + Keep, 1, ct));
        await retention.TickAsync(now + Keep, ct);
        Assert.Equal(0, await retention.RemoveAsync(now + Keep + Keep, 100, ct));

        Assert.Null(await scans.GetScanAsync(older, ct));
        Assert.Null(await scans.GetScanAsync(oldest, ct));
        foreach (var a in kept) Assert.True(await artifacts.ExistsAsync(a, ct));
        foreach (var a in gone.Except(kept)) Assert.False(await artifacts.ExistsAsync(a, ct));
        Assert.Contains((await scans.ListAuditAsync(10, null, ct)).Items, e => e.Action == "scan.remove");

        using (var server = await ServeRun.StartAsync(_cli, settings))
        {
            Assert.Equal(newest, Id(Assert.Single((await server.GetAsync("/api/scans"))["items"]!.AsArray())));
            Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync($"/api/scans/{oldest}", ct)).StatusCode);
            Assert.Contains("injection.command", await server.Http.GetStringAsync($"/api/scans/{newest}/report?format=sarif", ct), StringComparison.Ordinal);
            var finding = (await server.GetAsync("/api/findings"))["items"]![0]!["finding"]!["id"]!.GetValue<string>();
            Assert.Equal(HttpStatusCode.OK, (await server.Http.GetAsync($"/api/findings/{finding}/evidence", ct)).StatusCode);
            // The next scan compares with the one that was kept.
            Write("shop/README.md", "More words.\n");
            await server.DeliverAsync("push", "d-2", ServeRun.Push("acme/shop", commits[3], Commit("shop", "words again")));
            await server.EndedAsync(2);
            Assert.All((await server.GetAsync("/api/findings"))["items"]!.AsArray(), f => Assert.Equal("persisting", f!["finding"]!["state"]!.GetValue<string>()));
            Assert.Equal(HttpStatusCode.NoContent, (await server.Http.DeleteAsync("/api/repositories/acme/shop", ct)).StatusCode);
        }

        // Of a repository that is not connected any more nothing stays.
        Assert.Equal(2, await retention.RemoveAsync(now + Keep, 100, ct));
        Assert.Empty((await artifacts.ListAsync(FlowIds.KeptLists, 10, null, ct)).Items);
        foreach (var a in kept) Assert.False(await artifacts.ExistsAsync(a, ct));
    }

    [Theory]
    [InlineData(null, 90)]
    [InlineData("", 90)]
    [InlineData("30", 30)]
    [InlineData("0", 0)]
    public void The_setting_is_a_number_of_days(string? text, int days) => Assert.Equal(TimeSpan.FromDays(days), Retention.Of(text));

    [Theory]
    [InlineData("7")]
    [InlineData("-1")]
    [InlineData("90 days")]
    public void Another_setting_is_refused(string text) => Assert.Throws<ArgumentException>(() => Retention.Of(text));

    private static string Id(JsonNode? scan) => scan!["id"]!.GetValue<string>();

    private static async Task<HashSet<string>> UsedAsync(IArtifactStore artifacts, string repository, string scan, CancellationToken ct)
    {
        var list = (await artifacts.FindAsync(FlowIds.Kept(repository, scan), ct))!.Value;
        return [list.Sha256, .. (await artifacts.GetJsonAsync<List<ArtifactRef>>(list, ct)).Select(a => a.Sha256)];
    }

    // An empty project; a command injection; a second one; a harmless change.
    private string[] Shop()
    {
        Directory.CreateDirectory(At("shop"));
        Git("shop", "init", "-q", "-b", "main");
        Write("shop/package.json", """{ "name": "shop", "version": "1.0.0", "main": "index.js" }""");
        var first = Commit("shop", "start");
        Write("shop/index.js", "const { exec } = require('child_process');\nexports.list = (folder, done) => exec('ls ' + folder, done);\n");
        var second = Commit("shop", "list");
        Write("shop/README.md", "A shop.\n");
        var third = Commit("shop", "words");
        Write("shop/lib.js", "exports.one = 1;\n");
        return [first, second, third, Commit("shop", "lib")];
    }
}
