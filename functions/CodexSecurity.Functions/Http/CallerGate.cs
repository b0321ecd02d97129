using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Functions.Hosting;
using CodexSecurity.Pipeline.Api;
using Microsoft.AspNetCore.Http;

namespace CodexSecurity.Functions.Http;

/// <summary>Who calls: by bearer token, or as the platform's sign-in says. Where nothing is configured nobody gets in.</summary>
public sealed class CallerGate(HostSettings settings)
{
    /// <summary>The one path that is authenticated by its signature, over its raw body.</summary>
    public const string Webhook = "/api/github/webhook";

    /// <summary>Name of the caller, or the answer that turns it away.</summary>
    public (string Caller, ApiReply? Refusal) Check(HttpRequest request)
    {
        if (IsWebhook(request)) return ("", null);
        var (token, given) = (settings.Token, request.Headers.Authorization.ToString());
        // Both sides are hashed, so that neither content nor length shows in the time it takes.
        if (token.Length > 0 && given.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) && CryptographicOperations.FixedTimeEquals(Digest(given[7..].Trim()), Digest(token))) return ("token", null);
        if (!settings.EasyAuth || Principal(request) is not { Length: > 0 } principal)
        {
            var detail = token.Length > 0 || settings.EasyAuth ? "a bearer token is needed" : "no authentication is configured on this host: nobody is let in";
            return ("", ApiReply.Problem(401, "Unauthorized", detail));
        }
        // Sign-in rides on a cookie, which a browser sends for any page: a change has to come from our own.
        return IsChange(request) && !IsOwnPage(request) ? ("", ApiReply.Problem(403, "Forbidden", "a change comes from a page of this host, or with a bearer token")) : (principal, null);
    }

    /// <summary>Whether this is a webhook delivery.</summary>
    public static bool IsWebhook(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Path.Equals(Webhook, StringComparison.Ordinal);

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));

    private static string Principal(HttpRequest request) =>
        request.Headers["X-MS-CLIENT-PRINCIPAL-NAME"].ToString() is { Length: > 0 } name ? name : request.Headers["X-MS-CLIENT-PRINCIPAL-ID"].ToString();

    private static bool IsChange(HttpRequest request) => !HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method);

    private static bool IsOwnPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() == "same-origin" || (Uri.TryCreate(request.Headers.Origin.ToString(), UriKind.Absolute, out var origin) && origin.Authority == request.Host.Value);
}
