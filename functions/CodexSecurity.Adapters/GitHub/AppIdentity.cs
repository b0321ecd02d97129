using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Signs in as an app: a token of ten minutes at the most, as GitHub's documentation of app authentication asks for.</summary>
internal sealed class AppIdentity(string id, IAppKey key, TimeProvider time)
{
    // A minute back for a clock that is behind, nine ahead for one that is before.
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(60), Ahead = TimeSpan.FromMinutes(9);
    private static readonly string s_header = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { alg = "RS256", typ = "JWT" }));

    public async Task<string> TokenAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var claims = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { iat = (now - Back).ToUnixTimeSeconds(), exp = (now + Ahead).ToUnixTimeSeconds(), iss = id }));
        var signed = $"{s_header}.{claims}";
        return $"{signed}.{Base64Url.EncodeToString(await key.SignAsync(Encoding.ASCII.GetBytes(signed), ct).ConfigureAwait(false))}";
    }
}
