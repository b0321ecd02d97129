using System.Text;
using CodexSecurity.Functions.Hosting;
using CodexSecurity.Functions.Http;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace CodexSecurity.Functions.Tests.Http;

public class ApiFunctionsTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";
    private readonly List<ApiRequest> _seen = [];

    private ApiFunctions Functions(Func<ApiRequest, ApiReply> answer) => Functions(new HostParts(new FlowRegistry(), _ => (request, _) => { _seen.Add(request); return Task.FromResult(answer(request)); }));

    private static ApiFunctions Functions(HostParts parts) =>
        new(parts, new CallerGate(new HostSettings(n => n == "CODEX_SECURITY_TOKEN" ? Token : null)), TimeProvider.System, NullLogger<ApiFunctions>.Instance);

    private static async Task<(HttpResponse Response, string Body)> SendAsync(ApiFunctions functions, string method, string path, byte[]? body = null, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path, context.Request.Body, context.Response.Body) = (method, path, new MemoryStream(body ?? []), new MemoryStream());
        context.Request.QueryString = new QueryString("?limit=5&limit=6&q=a%20b");
        context.Request.Headers.Authorization = "Bearer " + Token;
        foreach (var (name, value) in headers) context.Request.Headers[name] = value;
        var result = path == "/health" ? functions.Health(context.Request) : await functions.ApiAsync(context.Request, new Mock<DurableTaskClient>("test").Object, default);
        await result.ExecuteAsync(context);
        return (context.Response, Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    [Fact]
    public async Task A_request_is_mapped_and_what_let_it_in_stays_at_the_gate()
    {
        var (response, body) = await SendAsync(Functions(_ => ApiReply.Of(new { ok = true })), "POST", "/api/repositories/a/b/scans", [1, 2], ("Cookie", "secret=1"), ("If-Match", "\"t\""));
        var seen = Assert.Single(_seen);
        Assert.Equal(("POST", "/api/repositories/a/b/scans", "5", "a b", "token"), (seen.Method, seen.Path, seen.Query["limit"], seen.Query["q"], seen.Caller));
        Assert.Equal([1, 2], seen.Body.ToArray());
        Assert.Equal("\"t\"", seen.Headers["if-match"]);
        Assert.DoesNotContain(seen.Headers, h => h.Value.Contains("secret", StringComparison.Ordinal) || h.Value.Contains(Token, StringComparison.Ordinal));
        Assert.Equal((200, "{\"ok\":true}", "nosniff"), (response.StatusCode, body, response.Headers.XContentTypeOptions.ToString()));
        Assert.NotEmpty(response.Headers.ETag.ToString());
    }

    [Fact]
    public async Task What_the_caller_has_is_not_sent_again()
    {
        var functions = Functions(_ => ApiReply.Of(new { ok = true }));
        var tag = (await SendAsync(functions, "GET", "/api/scans")).Response.Headers.ETag.ToString();
        var (response, body) = await SendAsync(functions, "GET", "/api/scans", null, ("If-None-Match", tag));
        Assert.Equal((304, ""), (response.StatusCode, body));
    }

    [Theory]
    [InlineData("/api/scans", RequestReader.LargestBody, 200)]
    [InlineData("/api/scans", RequestReader.LargestBody + 1, 413)]
    [InlineData("/api/github/webhook", RequestReader.LargestWebhook, 200)]
    [InlineData("/api/github/webhook", RequestReader.LargestWebhook + 1, 413)]
    public async Task A_body_has_the_limit_of_its_path(string path, int length, int status)
    {
        var (response, _) = await SendAsync(Functions(_ => ApiReply.Of(new { })), "POST", path, new byte[length]);
        Assert.Equal(status, response.StatusCode);
        Assert.Equal(status == 200, _seen.Count == 1);
    }

    [Fact]
    public async Task A_declared_length_over_the_limit_is_refused_unread()
    {
        var (response, _) = await SendAsync(Functions(_ => ApiReply.Of(new { })), "POST", "/api/scans", [1], ("Content-Length", "2000000"));
        Assert.Equal(413, response.StatusCode);
    }

    [Fact]
    public async Task A_stranger_is_turned_away_before_anything_is_read()
    {
        var (response, body) = await SendAsync(Functions(_ => ApiReply.Of(new { })), "POST", "/api/scans", [1], ("Authorization", "Bearer no"));
        Assert.Equal((401, "Bearer", "application/problem+json"), (response.StatusCode, response.Headers.WWWAuthenticate.ToString(), response.ContentType));
        Assert.Empty(_seen);
        Assert.DoesNotContain(Token, body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_away_is_503_and_its_details_stay_here()
    {
        var (response, body) = await SendAsync(Functions(_ => throw new StoreUnavailableException("account key K")), "GET", "/api/scans");
        Assert.Equal(503, response.StatusCode);
        Assert.DoesNotContain("account key", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_without_its_parts_says_so()
    {
        var bare = Functions(new HostParts(new FlowRegistry(), null));
        Assert.Equal(503, (await SendAsync(bare, "GET", "/health")).Response.StatusCode);
        Assert.Equal(503, (await SendAsync(bare, "GET", "/api/scans")).Response.StatusCode);
        var (response, body) = await SendAsync(Functions(_ => ApiReply.Of(new { })), "GET", "/health");
        Assert.Equal(200, response.StatusCode);
        Assert.Contains("\"ok\"", body, StringComparison.Ordinal);
    }
}
