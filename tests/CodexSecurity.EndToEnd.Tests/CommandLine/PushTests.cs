using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.EndToEnd.Tests.Ingest;
using CodexSecurity.EndToEnd.Tests.Storage;
using Microsoft.Data.Sqlite;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>From a signed push to findings with evidence, on one machine: a real git server, the real program, the real sandbox, and this machine's stores or Azure's.</summary>
[Collection(Azurite.Name)]
public sealed partial class PushTests : GitLab
{
    private readonly CliRun _cli = new();
    private readonly GitServer _git;
    private readonly Azurite _azurite;

    public PushTests(Azurite azurite) => (_git, _azurite) = (new GitServer(Root), azurite);

    public override void Dispose()
    {
        _git.Dispose();
        _cli.Dispose();
        base.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_push_of_three_commits_becomes_three_scans_with_evidence(bool azure)
    {
        var ct = TestContext.Current.CancellationToken;
        var commits = Shop();
        using var server = await ServeRun.StartAsync(_cli, azure ? [(AzureStorageSettings.ConnectionName, _azurite.Connection)] : []);
        Assert.Equal(HttpStatusCode.Created, await server.ConnectAsync("acme", "shop", _git.Url + "shop/.git"));
        Assert.Equal(HttpStatusCode.Conflict, await server.ConnectAsync("ACME", "Shop", _git.Url + "shop/.git"));
        Assert.Equal(HttpStatusCode.Accepted, (await server.DeliverAsync("push", "d-1", ServeRun.Push("acme/shop", commits[0], commits[3]))).StatusCode);
        var scans = await server.EndedAsync(3);
        Assert.Equal([commits[3], commits[2], commits[1]], scans.Select(s => s!["revision"]!.GetValue<string>()));
        Assert.All(scans, s => Assert.Equal("completed", s!["status"]!.GetValue<string>()));

        var findings = (await server.GetAsync("/api/findings?branch=main"))["items"]!.AsArray();
        Assert.Equal(["injection.command", "prototype-pollution.write"], findings.Select(f => f!["finding"]!["rule"]!["id"]!.GetValue<string>()).Order(StringComparer.Ordinal));
        Assert.All(findings, f => Assert.Equal("confirmed", f!["finding"]!["validation"]!["verdict"]!.GetValue<string>()));
        var command = findings.Single(f => f!["finding"]!["rule"]!["id"]!.GetValue<string>() == "injection.command")!;
        // It was brought by the push's first commit, whose scan counts as the first that saw it although it ran last; the last one is the head's.
        Assert.Equal(scans[2]!["id"]!.GetValue<string>(), command["firstScanId"]!.GetValue<string>());
        Assert.Equal(scans[0]!["id"]!.GetValue<string>(), command["lastScanId"]!.GetValue<string>());
        var id = command["finding"]!["id"]!.GetValue<string>();
        await using var zip = await server.Http.GetStreamAsync($"/api/findings/{id}/evidence", ct);
        using var bundle = new ZipArchive(zip);
        Assert.Contains(bundle.Entries, e => e.FullName == "manifest.json");
        Assert.StartsWith("diff --git ", await server.Http.GetStringAsync($"/api/findings/{id}/patch", ct), StringComparison.Ordinal);
        Assert.Equal("codex-security", (await server.GetAsync("/api/repositories/acme/shop/threat-model"))["author"]!.GetValue<string>());
        Assert.Equal(2, (await server.GetAsync("/api/repositories/acme/shop/recommended"))["findings"]!.AsArray().Count);

        // The same delivery again, and the same push under another delivery: nothing more is done.
        var again = await server.DeliverAsync("push", "d-1", ServeRun.Push("acme/shop", commits[0], commits[3]));
        Assert.Contains("seen before", await again.Content.ReadAsStringAsync(ct), StringComparison.Ordinal);
        await server.DeliverAsync("push", "d-2", ServeRun.Push("acme/shop", commits[0], commits[3]));
        await Task.Delay(1500, ct);
        Assert.Equal(3, (await server.EndedAsync(3)).Count);
    }

    [Fact]
    public async Task A_server_that_is_killed_at_any_stage_ends_in_the_same_state()
    {
        var commits = Shop();
        string undisturbed;
        using (var server = await ServeRun.StartAsync(_cli)) undisturbed = await PushedAsync(server, commits);
        // A run each takes half a minute: by default three of them, every phase over both stores where that is asked for.
        string[] phases = ["push", "snapshot", "detection", "validation", "patches", "report"];
        (string Phase, bool Azure)[] chosen = Environment.GetEnvironmentVariable("CODEX_SECURITY_ALL_PHASES") is null
            ? [("detection", false), ("validation", true), ("report", false)] : [.. phases.SelectMany(p => new[] { (p, false), (p, true) })];
        foreach (var (phase, azure) in chosen)
        {
            using var cli = new CliRun();
            (string, string)[] stores = azure ? [(AzureStorageSettings.ConnectionName, _azurite.Connection), (AzureStorageSettings.PrefixName, Azurite.Prefix())] : [];
            using (var first = await ServeRun.StartAsync(cli, stores))
            {
                await DeliverAsync(first, commits);
                await PhaseAsync(cli, phase);
            }
            using var second = await ServeRun.StartAsync(cli, stores);
            Assert.Equal(undisturbed, await StateAsync(second));
        }
    }

    [Fact]
    public async Task What_is_wrong_with_a_delivery_is_said_and_starts_nothing()
    {
        var ct = TestContext.Current.CancellationToken;
        var commits = Shop();
        using var server = await ServeRun.StartAsync(_cli);
        await server.ConnectAsync("acme", "shop", _git.Url + "shop/.git", new { validate = false });
        var push = ServeRun.Push("acme/shop", commits[0], commits[1]);
        async Task<(HttpStatusCode, string)> Send(string kind, string delivery, object body, string? secret = ServeRun.Secret)
        {
            var reply = body is byte[] raw ? await server.DeliverAsync(kind, delivery, raw, secret) : await server.DeliverAsync(kind, delivery, body, secret);
            if (reply.StatusCode != HttpStatusCode.Accepted) Assert.Equal("application/problem+json", reply.Content.Headers.ContentType!.MediaType);
            return (reply.StatusCode, await reply.Content.ReadAsStringAsync(ct));
        }
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send("push", "w1", push, "a-wrong-secret")).Item1);
        Assert.Equal(HttpStatusCode.Unauthorized, (await Send("push", "w2", push, null)).Item1);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await Send("push", "w3", new byte[(25 * 1024 * 1024) + 1])).Item1);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send("push", "w4", "{\"ref\":"u8.ToArray())).Item1);
        Assert.Contains("nothing to do", (await Send("star", "w5", new { action = "created" })).Item2, StringComparison.Ordinal);
        Assert.Contains("not connected", (await Send("push", "w6", ServeRun.Push("acme/other", commits[0], commits[1]))).Item2, StringComparison.Ordinal);
        Assert.Contains("deleted", (await Send("push", "w7", ServeRun.Push("acme/shop", commits[1], new string('0', 40)))).Item2, StringComparison.Ordinal);
        Assert.Contains("not watched", (await Send("push", "w8", ServeRun.Push("acme/shop", commits[0], commits[1], "topic"))).Item2, StringComparison.Ordinal);
        Assert.Empty((await server.GetAsync("/api/scans"))["items"]!.AsArray());

        // A head that a force push took away fails with the reason; a rename is followed; what became private is left alone.
        await Send("push", "w9", ServeRun.Push("acme/shop", commits[0], new string('c', 40)));
        var failed = Assert.Single(await server.EndedAsync(1))!;
        Assert.Equal("failed", failed["status"]!.GetValue<string>());
        Assert.NotEqual("", failed["error"]!.GetValue<string>());
        Assert.Contains("renamed", (await Send("repository", "w10", new { action = "renamed", changes = new { repository = new { name = new { from = "shop" } } }, repository = new { full_name = "acme/store" } })).Item2, StringComparison.Ordinal);
        Assert.Equal("store", (await server.GetAsync("/api/repositories/acme/store"))["name"]!.GetValue<string>());
        Assert.Contains("ended", (await Send("repository", "w11", new { action = "privatized", repository = new { full_name = "acme/store" } })).Item2, StringComparison.Ordinal);
    }

    // An empty project; a command injection; a harmless change; a prototype pollution.
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
        Write("shop/merge.js", "module.exports = function merge(a, b) {\n  for (const k in b) {\n    if (typeof b[k] === 'object' && typeof a[k] === 'object') merge(a[k], b[k]);\n    else a[k] = b[k];\n  }\n  return a;\n};\n");
        Write("shop/index.js", "const { exec } = require('child_process');\nexports.list = (folder, done) => exec('ls ' + folder, done);\nexports.merge = require('./merge');\n");
        return [first, second, third, Commit("shop", "merge")];
    }

    private async Task DeliverAsync(ServeRun server, string[] commits)
    {
        await server.ConnectAsync("acme", "shop", _git.Url + "shop/.git");
        Assert.Equal(HttpStatusCode.Accepted, (await server.DeliverAsync("push", "d-1", ServeRun.Push("acme/shop", commits[0], commits[3]))).StatusCode);
    }

    private async Task<string> PushedAsync(ServeRun server, string[] commits)
    {
        await DeliverAsync(server, commits);
        return await StateAsync(server);
    }

    // Waits until a flow shows the phase in the journal of the running server.
    private static async Task PhaseAsync(CliRun cli, string phase)
    {
        await using var journal = new SqliteConnection($"Data Source={Path.Combine(cli.Folder, "home", "flows", "serve.db")};Mode=ReadOnly;Pooling=False");
        await journal.OpenAsync(TestContext.Current.CancellationToken);
        for (var look = 0; ; look++)
        {
            await using var command = journal.CreateCommand();
            command.CommandText = "select count(*) from run where status like $1";
            command.Parameters.AddWithValue("$1", $"%\"Phase\":\"{phase}\"%");
            if ((long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! > 0) return;
            Assert.True(look < 6000, $"no flow came to {phase}");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    // Everything that the API gives of scans and findings, but for times and for what carries nonces: the bundles.
    private static async Task<string> StateAsync(ServeRun server)
    {
        var scans = await server.EndedAsync(3);
        var findings = await server.GetAsync("/api/findings?sort=rank");
        foreach (var scan in scans) { scan!.AsObject().Remove("result"); }
        foreach (var finding in findings["items"]!.AsArray()) finding!["finding"]!["validation"]!.AsObject().Remove("bundle");
        return Times().Replace(scans.ToJsonString() + findings.ToJsonString(), "T");
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00|\\u002B00:00)", RegexOptions.CultureInvariant)] private static partial Regex Times();
}
