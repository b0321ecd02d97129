using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.Local.Hosting;

/// <summary>The API on Kestrel, bound to loopback. Nothing but <c>/health</c> and a signed delivery answers without the token.</summary>
public static class ApiServer
{
    /// <summary>Largest body of a delivery and of any other request, bytes.</summary>
    public const int LargestDelivery = 25 * 1024 * 1024, LargestBody = 1024 * 1024;

    /// <summary>Makes the server; it is not started.</summary>
    /// <param name="router">What answers.</param>
    /// <param name="port">Port on 127.0.0.1; 0 for a free one.</param>
    /// <param name="token">Bearer token.</param>
    public static WebApplication Create(ApiRouter router, int port, string token)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(System.Net.IPAddress.Loopback, port);
            k.AddServerHeader = false;
            k.Limits.MaxRequestBodySize = LargestDelivery;
        });
        var app = builder.Build();
        app.Use((context, next) => GuardAsync(context, next, token));
        app.Run(context => AnswerAsync(context, router));
        return app;
    }

    private static async Task AnswerAsync(HttpContext context, ApiRouter router)
    {
        var request = context.Request;
        if (request.Path == "/health")
        {
            await SendAsync(context, ApiReply.Of(new { status = "ok", version = Pipeline.Domain.ToolInfo.Version }) with { ETag = "" }).ConfigureAwait(false);
            return;
        }
        if (await ReadAsync(request, IsDelivery(request) ? LargestDelivery : LargestBody, context.RequestAborted).ConfigureAwait(false) is not { } body)
        {
            await SendAsync(context, ApiReply.Problem(413, "Content too large", "the body is larger than this path takes")).ConfigureAwait(false);
            return;
        }
        var query = request.Query.ToDictionary(q => q.Key, q => q.Value.FirstOrDefault() ?? "", StringComparer.Ordinal);
        var headers = request.Headers.Where(h => !string.Equals(h.Key, "Authorization", StringComparison.OrdinalIgnoreCase)).ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var asked = new ApiRequest(request.Method, request.Path.Value ?? "/", query, headers, body, IsDelivery(request) ? "" : Environment.UserName, TimeProvider.System.GetUtcNow());
        await SendAsync(context, await router.HandleAsync(asked, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static bool IsDelivery(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Path == ApiRouter.Webhook;

    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, int largest, CancellationToken ct)
    {
        if (request.ContentLength > largest) return null;
        using var body = new MemoryStream();
        var buffer = new byte[65536];
        int read;
        while ((read = await request.Body.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > largest) return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, string token)
    {
        var request = context.Request;
        // A name that leads to loopback from elsewhere (DNS rebinding) is no caller of this machine. A delivery comes through a tunnel under any name, and is signed.
        if (!IsDelivery(request) && !System.Net.IPAddress.TryParse(request.Host.Host, out _) && request.Host.Host != "localhost")
        {
            await SendAsync(context, ApiReply.Problem(400, "Bad request", "unknown host name")).ConfigureAwait(false);
            return;
        }
        var given = Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString());
        if (request.Path != "/health" && !IsDelivery(request) && !CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes("Bearer " + token)))
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await SendAsync(context, ApiReply.Problem(401, "Unauthorized", "a bearer token is needed")).ConfigureAwait(false);
            return;
        }
        try { await next(context).ConfigureAwait(false); }
        catch (BadHttpRequestException e) { await SendAsync(context, ApiReply.Problem(e.StatusCode, e.StatusCode == 413 ? "Content too large" : "Bad request", e.Message)).ConfigureAwait(false); }
        catch (StoreUnavailableException) { await SendAsync(context, ApiReply.Problem(503, "Unavailable", "the store can't be used now")).ConfigureAwait(false); }
        catch (StoreCorruptException) { await SendAsync(context, ApiReply.Problem(500, "Stored content is damaged", "what was stored is absent or altered")).ConfigureAwait(false); }
    }

    private static async Task SendAsync(HttpContext context, ApiReply reply)
    {
        var response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        foreach (var (name, value) in reply.Headers) response.Headers[name] = value;
        if (reply.ETag.Length > 0)
        {
            response.Headers.ETag = reply.ETag;
            if (HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.IfNoneMatch.ToString() == reply.ETag) { response.StatusCode = StatusCodes.Status304NotModified; return; }
        }
        response.StatusCode = reply.Status;
        if (reply.Status == StatusCodes.Status204NoContent) return;
        (response.ContentType, response.ContentLength) = (reply.MediaType, reply.Body.Length);
        if (!HttpMethods.IsHead(context.Request.Method)) await response.Body.WriteAsync(reply.Body, context.RequestAborted).ConfigureAwait(false);
    }
}
