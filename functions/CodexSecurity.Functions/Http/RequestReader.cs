using CodexSecurity.Pipeline.Api;
using Microsoft.AspNetCore.Http;

namespace CodexSecurity.Functions.Http;

/// <summary>Reads HTTP into the API's own request.</summary>
public static class RequestReader
{
    /// <summary>Largest body of a webhook delivery, bytes: what GitHub sends at the most.</summary>
    public const int LargestWebhook = 25 * 1024 * 1024;

    /// <summary>Largest body of any other request, bytes.</summary>
    public const int LargestBody = 1024 * 1024;

    // What lets a caller in stays at the gate.
    private static readonly HashSet<string> Kept = new(["Authorization", "Cookie", "X-Functions-Key", "X-MS-TOKEN-AAD-ACCESS-TOKEN", "X-MS-TOKEN-AAD-ID-TOKEN", "X-MS-TOKEN-AAD-REFRESH-TOKEN"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a request; null where its body is too large.</summary>
    public static async Task<ApiRequest?> ReadAsync(HttpRequest request, string caller, DateTimeOffset at, CancellationToken ct)
    {
        var largest = CallerGate.IsWebhook(request) ? LargestWebhook : LargestBody;
        if (request.ContentLength > largest || await BodyAsync(request.Body, largest, ct).ConfigureAwait(false) is not { } body) return null;
        var query = request.Query.ToDictionary(q => q.Key, q => q.Value.FirstOrDefault() ?? "", StringComparer.Ordinal);
        var headers = request.Headers.Where(h => !Kept.Contains(h.Key)).ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        return new ApiRequest(request.Method, request.Path.Value ?? "/", query, headers, body, caller, at);
    }

    private static async Task<ReadOnlyMemory<byte>?> BodyAsync(Stream from, int largest, CancellationToken ct)
    {
        using var body = new MemoryStream();
        var buffer = new byte[81920];
        int read;
        while ((read = await from.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > largest) return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }
}
