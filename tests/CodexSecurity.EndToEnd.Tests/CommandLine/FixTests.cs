using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.EndToEnd.Tests.GitHub;
using CodexSecurity.EndToEnd.Tests.Ingest;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>From the push to a private repository over a confirmed finding to a draft pull request that a person approved; the app's secrets stay where they are.</summary>
public sealed class FixTests : GitLab
{
    private readonly CliRun _cli = new();
    private readonly RSA _key = RSA.Create(2048);
    private readonly FakeGitHub _github;

    public FixTests() => _github = new FakeGitHub(Root, _key, TimeProvider.System);

    public override void Dispose()
    {
        _github.Dispose();
        _cli.Dispose();
        _key.Dispose();
        base.Dispose();
    }

    [Fact]
    public async Task An_approved_fix_becomes_a_draft_pull_request()
    {
        var ct = TestContext.Current.CancellationToken;
        Directory.CreateDirectory(At("acme"));
        Repository("work");
        Write("work/package.json", """{ "name": "shop", "version": "1.0.0", "main": "index.js" }""");
        Write("work/index.js", "const { exec } = require('child_process');\nexports.list = (folder, done) => exec('ls ' + folder, done);\n");
        var head = Commit("work", "list");
        Git("acme", "clone", "-q", "--bare", "../work", "shop.git");
        _github.Installed["acme/shop"] = 7;
        var pem = At("app.pem");
        await File.WriteAllTextAsync(pem, _key.ExportRSAPrivateKeyPem(), ct);
        using var server = await ServeRun.StartAsync(_cli, ("CODEX_SECURITY_GITHUB_API", _github.Url), ("CODEX_SECURITY_GITHUB_APP_ID", "123"), ("CODEX_SECURITY_GITHUB_KEY", pem),
            ("CODEX_SECURITY_GITHUB_FIX_APP_ID", "456"), ("CODEX_SECURITY_GITHUB_FIX_KEY", pem));
        Assert.Equal(HttpStatusCode.Created, await server.ConnectAsync("acme", "shop", _github.Url + "acme/shop.git"));
        Assert.Equal(HttpStatusCode.Accepted, (await server.DeliverAsync("push", "d-1", ServeRun.Push("acme/shop", new string('0', 40), head))).StatusCode);
        Assert.Equal("completed", Assert.Single(await server.EndedAsync(1))!["status"]!.GetValue<string>());
        var finding = Assert.Single((await server.GetAsync("/api/findings?branch=main"))["items"]!.AsArray())!["finding"]!;
        Assert.Equal(("confirmed", "verified"), (finding["validation"]!["verdict"]!.GetValue<string>(), finding["patch"]!["verdict"]!.GetValue<string>()));

        var address = $"/api/findings/{finding["id"]!.GetValue<string>()}/pull-request";
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync(address, ct)).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await server.Http.PostAsJsonAsync(address, new { }, ct)).StatusCode);
        Assert.Equal("waits for approval", (await server.GetAsync(address))["state"]!.GetValue<string>());
        Assert.Empty(_github.Pulls);
        Assert.Equal(HttpStatusCode.Accepted, (await server.Http.PostAsJsonAsync(address, new { decision = "approve" }, ct)).StatusCode);
        for (var look = 0; (await server.GetAsync(address))["state"]!.GetValue<string>() != "opened"; look++)
        {
            Assert.True(look < 150, (await server.GetAsync(address)).ToJsonString());
            await Task.Delay(200, ct);
        }

        var pull = Assert.Single(_github.Pulls);
        Assert.Equal((await server.GetAsync(address))["url"]!.GetValue<string>(), pull["html_url"]!.GetValue<string>());
        Assert.True(pull["draft"]!.GetValue<bool>());
        // The branch holds the patch that the finding has, on the head that was scanned, and its test; the text tells no exploit.
        var branch = pull["head"]!["ref"]!.GetValue<string>();
        Assert.StartsWith("codex-security/fix-csf_", branch, StringComparison.Ordinal);
        Assert.Equal(head, Git("acme/shop.git", "rev-parse", branch + "^"));
        await File.WriteAllTextAsync(At("patch.diff"), await server.Http.GetStringAsync($"/api/findings/{finding["id"]!.GetValue<string>()}/patch", ct), ct);
        Git("work", "apply", "--index", "../patch.diff");
        Assert.Equal(Git("work", "rev-parse", ":index.js"), Git("acme/shop.git", "rev-parse", branch + ":index.js"));
        Assert.Contains("security", Git("acme/shop.git", "diff", "--name-only", "--diff-filter=A", head, branch), StringComparison.Ordinal);
        var body = pull["body"]!.GetValue<string>();
        Assert.Contains("exploit-stopped: passed", body, StringComparison.Ordinal);
        Assert.DoesNotContain("$(", body, StringComparison.Ordinal);

        // Neither the key nor a token is in a store, a journal or a log.
        var secrets = _github.Tokens.Keys.Append(_key.ExportRSAPrivateKeyPem().Split('\n')[3]).ToList();
        Assert.True(secrets.Count >= 3);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(_cli.Folder, "home"), "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            // As the server holds some of them open.
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), Encoding.Latin1);
            var text = await reader.ReadToEndAsync(ct);
            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
    }
}
