using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CodexSecurity.EndToEnd.Tests.CommandLine;

/// <summary>A running <c>codex-security serve</c> and a client of it.</summary>
internal sealed class ServeRun : IDisposable
{
    public const string Token = "a-token-for-this-test", Secret = "a-secret-for-this-test";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly Process _server;

    private ServeRun(Process server, Uri address)
    {
        _server = server;
        Http = new HttpClient { BaseAddress = address };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    public HttpClient Http { get; }

    public static async Task<ServeRun> StartAsync(CliRun cli, params (string Name, string Value)[] environment)
    {
        var server = cli.Start(["serve", "--port", "0"], [("CODEX_SECURITY_TOKEN", Token), ("CODEX_SECURITY_WEBHOOK_SECRETS", "an-older-secret," + Secret), .. environment]);
        var line = await server.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) ?? await server.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("listening on http", line, StringComparison.Ordinal);
        _ = server.StandardError.ReadToEndAsync(CancellationToken.None);
        return new ServeRun(server, new Uri(line["listening on ".Length..].Split(',')[0]));
    }

    /// <summary>Ends the process as a power cut does.</summary>
    public void Dispose()
    {
        Http.Dispose();
        if (!_server.HasExited) _server.Kill(entireProcessTree: true);
        _server.WaitForExit();
        _server.Dispose();
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(path, TestContext.Current.CancellationToken))!;

    public async Task<HttpStatusCode> ConnectAsync(string owner, string name, string location, object? options = null) =>
        (await Http.PostAsJsonAsync("/api/repositories", new { owner, name, location, options }, TestContext.Current.CancellationToken)).StatusCode;

    /// <summary>Delivers an event as GitHub does.</summary>
    public Task<HttpResponseMessage> DeliverAsync(string kind, string delivery, object body, string? secret = Secret) => DeliverAsync(kind, delivery, JsonSerializer.SerializeToUtf8Bytes(body), secret);

    public async Task<HttpResponseMessage> DeliverAsync(string kind, string delivery, byte[] body, string? secret = Secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/github/webhook") { Content = new ByteArrayContent(body) };
        // A body that is refused for its length is not sent.
        request.Headers.ExpectContinue = body.Length > 1 << 20;
        request.Headers.Add("X-GitHub-Event", kind);
        request.Headers.Add("X-GitHub-Delivery", delivery);
        if (secret is not null) request.Headers.Add("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body)));
        return await Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public static object Push(string repository, string before, string after, string branch = "main") =>
        new { @ref = "refs/heads/" + branch, before, after, forced = false, deleted = after.All(c => c == '0'), repository = new { full_name = repository } };

    /// <summary>Scans of a repository, once so many have ended.</summary>
    public async Task<JsonArray> EndedAsync(int count)
    {
        var until = Stopwatch.StartNew();
        while (true)
        {
            var items = (await GetAsync("/api/scans?limit=500"))["items"]!.AsArray();
            if (items.Count(s => s!["status"]!.GetValue<string>() is "completed" or "incomplete" or "failed" or "cancelled") >= count) return items;
            Assert.True(until.Elapsed < Patience, "the scans did not end: " + items.ToJsonString());
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }
}
