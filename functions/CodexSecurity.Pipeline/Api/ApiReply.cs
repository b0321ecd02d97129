using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodexSecurity.Pipeline.Api;

/// <summary>An answer of the API, for any host.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="MediaType">Type of the body.</param>
/// <param name="Body">The body.</param>
/// <param name="ETag">Tag of the body, quoted; "" for none.</param>
public sealed record ApiReply(int Status, string MediaType, ReadOnlyMemory<byte> Body, string ETag)
{
    /// <summary>How bodies are written and read.</summary>
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>Further headers.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>200 with a record as JSON.</summary>
    public static ApiReply Of<T>(T value) => Of("application/json", JsonSerializer.SerializeToUtf8Bytes(value, Json));

    /// <summary>200 with bytes.</summary>
    public static ApiReply Of(string mediaType, ReadOnlyMemory<byte> body) => new(200, mediaType, body, "\"" + Convert.ToHexStringLower(SHA256.HashData(body.Span))[..32] + "\"");

    /// <summary>Problem details (RFC 9457).</summary>
    public static ApiReply Problem(int status, string title, string detail) =>
        new(status, "application/problem+json", Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new { type = "about:blank", title, status, detail }, Json)), "");

    /// <summary>404.</summary>
    public static ApiReply NotFound(string detail) => Problem(404, "Not found", detail);
}
