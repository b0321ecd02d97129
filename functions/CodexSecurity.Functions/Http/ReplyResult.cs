using CodexSecurity.Pipeline.Api;
using Microsoft.AspNetCore.Http;

namespace CodexSecurity.Functions.Http;

/// <summary>Writes an answer of the API as HTTP.</summary>
public sealed class ReplyResult(ApiReply reply) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "private, no-cache";
        foreach (var (name, value) in reply.Headers) response.Headers[name] = value;
        if (reply.Status == StatusCodes.Status401Unauthorized) response.Headers.WWWAuthenticate = "Bearer";
        if (reply.ETag.Length > 0)
        {
            response.Headers.ETag = reply.ETag;
            if (HttpMethods.IsGet(httpContext.Request.Method) && httpContext.Request.Headers.IfNoneMatch.ToString() == reply.ETag) { response.StatusCode = StatusCodes.Status304NotModified; return; }
        }
        if (reply.Status == StatusCodes.Status204NoContent) { response.StatusCode = reply.Status; return; }
        (response.StatusCode, response.ContentType, response.ContentLength) = (reply.Status, reply.MediaType, reply.Body.Length);
        if (!HttpMethods.IsHead(httpContext.Request.Method)) await response.Body.WriteAsync(reply.Body, httpContext.RequestAborted).ConfigureAwait(false);
    }
}
