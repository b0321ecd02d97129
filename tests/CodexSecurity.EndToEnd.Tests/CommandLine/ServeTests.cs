using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>The API of <c>codex-security serve</c> over a real scan.</summary>
public sealed class ServeTests : IDisposable
{
    private const string Token = "a-token-for-this-test";
    private readonly CliRun _cli = new();

    public void Dispose() => _cli.Dispose();

    [Fact]
    public async Task Findings_are_read_and_triaged_behind_the_token()
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = _cli.Project("app", ("index.js", "const { exec } = require('child_process');\nmodule.exports = (folder, done) => exec('ls ' + folder, done);\n"), ("package.json", """{ "name": "app", "main": "index.js" }"""));
        Assert.Equal(0, (await _cli.RunAsync("scan", folder, "--no-validate")).Exit);
        using var server = _cli.Start(["serve", "--port", "0"], ("CODEX_SECURITY_TOKEN", Token));
        try
        {
            var line = await server.StandardOutput.ReadLineAsync(ct) ?? "";
            using var http = new HttpClient { BaseAddress = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]) };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", ct)).StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, (await http.GetAsync("/api/findings", ct)).StatusCode);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);

            using var list = JsonDocument.Parse(await http.GetStringAsync("/api/findings?severity=high&rule=injection.command", ct));
            var record = Assert.Single(list.RootElement.GetProperty("items").EnumerateArray());
            var id = record.GetProperty("finding").GetProperty("id").GetString();
            var scan = record.GetProperty("lastScanId").GetString();
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("/api/findings?severity=terrible", ct)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync("/api/findings/csf_0", ct)).StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/api/findings/{id}/evidence", ct)).StatusCode);

            var report = await http.GetAsync($"/api/scans/{scan}/report?format=sarif", ct);
            Assert.Equal("application/sarif+json", report.Content.Headers.ContentType!.MediaType);
            using var again = new HttpRequestMessage(HttpMethod.Get, $"/api/scans/{scan}/report?format=sarif");
            again.Headers.IfNoneMatch.Add(report.Headers.ETag!);
            Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(again, ct)).StatusCode);

            using var decision = new StringContent("""{ "state": "wont-fix", "reason": "local tool" }""", new MediaTypeHeaderValue("application/json"));
            var triaged = await http.PostAsync($"/api/findings/{id}/triage", decision, ct);
            Assert.Contains("\"triage\":\"wont-fix\"", await triaged.Content.ReadAsStringAsync(ct));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync(CancellationToken.None);
        }
    }
}
