using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.Local.Hosting;

/// <summary>The API on Kestrel, bound to loopback. Nothing but <c>/health</c> answers without the token.</summary>
public static class ApiServer
{
    /// <summary>Makes the server; it is not started.</summary>
    /// <param name="stores">What it reads.</param>
    /// <param name="port">Port on 127.0.0.1; 0 for a free one.</param>
    /// <param name="token">Bearer token.</param>
    public static WebApplication Create(LocalStores stores, int port, string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(System.Net.IPAddress.Loopback, port);
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = 1 << 20;
        });
        var app = builder.Build();
        app.Use((context, next) => GuardAsync(context, next, token));
        app.MapGet("/health", () => Results.Json(new { status = "ok", version = Pipeline.Domain.ToolInfo.Version }));
        Map(app, new ScanApi(stores.Scans, stores.Artifacts), new FindingApi(stores.Scans, stores.Artifacts));
        return app;
    }

    private static void Map(WebApplication app, ScanApi scans, FindingApi findings)
    {
        app.MapGet("/api/scans", (HttpContext c, string? repository, string? status, int? limit, string? cursor, CancellationToken ct) => SendAsync(c, scans.ListAsync(repository, status, limit, cursor, ct)));
        app.MapGet("/api/scans/{id}", (HttpContext c, string id, CancellationToken ct) => SendAsync(c, scans.GetAsync(id, ct)));
        app.MapGet("/api/scans/{id}/report", (HttpContext c, string id, string? format, CancellationToken ct) => SendAsync(c, scans.ReportAsync(id, format, ct)));
        app.MapGet("/api/scans/{id}/coverage", (HttpContext c, string id, CancellationToken ct) => SendAsync(c, scans.CoverageAsync(id, ct)));
        app.MapGet("/api/findings", (HttpContext c, [AsParameters] FindingFilter filter, CancellationToken ct) => SendAsync(c, findings.ListAsync(filter, ct)));
        app.MapGet("/api/findings/{id}", (HttpContext c, string id, CancellationToken ct) => SendAsync(c, findings.GetAsync(id, ct)));
        app.MapGet("/api/findings/{id}/evidence", (HttpContext c, string id, CancellationToken ct) => SendAsync(c, findings.EvidenceAsync(id, ct)));
        app.MapGet("/api/findings/{id}/patch", (HttpContext c, string id, CancellationToken ct) => SendAsync(c, findings.PatchAsync(id, ct)));
        app.MapPost("/api/findings/{id}/triage", (HttpContext c, string id, TriageBody body, CancellationToken ct) => SendAsync(c, findings.TriageAsync(id, body, Environment.UserName, TimeProvider.System.GetUtcNow(), ct)));
        app.MapFallback((HttpContext c) => SendAsync(c, Task.FromResult(ApiReply.NotFound("there is nothing here"))));
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, string token)
    {
        // A name that leads to loopback from elsewhere (DNS rebinding) is no caller of this machine.
        if (!System.Net.IPAddress.TryParse(context.Request.Host.Host, out _) && context.Request.Host.Host != "localhost")
        {
            await SendAsync(context, Task.FromResult(ApiReply.Problem(400, "Bad request", "unknown host name"))).ConfigureAwait(false);
            return;
        }
        var given = Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString());
        if (context.Request.Path != "/health" && !CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes("Bearer " + token)))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await SendAsync(context, Task.FromResult(ApiReply.Problem(401, "Unauthorized", "a bearer token is needed"))).ConfigureAwait(false);
            return;
        }
        try { await next(context).ConfigureAwait(false); }
        catch (BadHttpRequestException e) { await SendAsync(context, Task.FromResult(ApiReply.Problem(e.StatusCode, "Bad request", e.Message))).ConfigureAwait(false); }
        catch (StoreUnavailableException) { await SendAsync(context, Task.FromResult(ApiReply.Problem(503, "Unavailable", "the store can't be used now"))).ConfigureAwait(false); }
        catch (StoreCorruptException) { await SendAsync(context, Task.FromResult(ApiReply.Problem(500, "Stored content is damaged", "what was stored is absent or altered"))).ConfigureAwait(false); }
    }

    private static async Task SendAsync(HttpContext context, Task<ApiReply> answer)
    {
        var reply = await answer.ConfigureAwait(false);
        var response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        if (reply.ETag.Length > 0)
        {
            response.Headers.ETag = reply.ETag;
            if (context.Request.Headers.IfNoneMatch.ToString() == reply.ETag) { response.StatusCode = StatusCodes.Status304NotModified; return; }
        }
        (response.StatusCode, response.ContentType, response.ContentLength) = (reply.Status, reply.MediaType, reply.Body.Length);
        await response.Body.WriteAsync(reply.Body, context.RequestAborted).ConfigureAwait(false);
    }
}
