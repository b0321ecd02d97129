using System.Net.Http.Json;
using System.Text.Json;
using Azure.Core;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// Short-lived pull secrets of an Azure container registry, exchanged for the token of an identity of this host. A container group with an identity would hand that
/// identity's tokens to whatever runs inside, over the metadata address, which no network rule closes; so the group has none, and the platform pulls with this.
/// </summary>
internal sealed class RegistryTokens(TokenCredential credential, HttpClient http, TimeProvider time) : IDisposable
{
    private const string User = "00000000-0000-0000-0000-000000000000";
    private static readonly TimeSpan s_life = TimeSpan.FromMinutes(30); // the registry's own is three hours
    private readonly SemaphoreSlim _one = new(1);
    private (PullSecret Secret, long Made)? _last;

    /// <summary>A secret for a registry.</summary>
    /// <exception cref="IOException">The registry or the identity gives none.</exception>
    public async Task<PullSecret> GetAsync(string registry, CancellationToken ct)
    {
        await _one.WaitAsync(ct).ConfigureAwait(false);
        try
        {
            if (_last is { } last && last.Secret.Server == registry && time.GetElapsedTime(last.Made) < s_life)
            {
                return last.Secret;
            }

            var token = await credential.GetTokenAsync(new TokenRequestContext(["https://containerregistry.azure.net/.default"]), ct).ConfigureAwait(false);
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "access_token", ["service"] = registry, ["access_token"] = token.Token });
            using var answer = await http.PostAsync(new Uri($"https://{registry}/oauth2/exchange"), form, ct).ConfigureAwait(false);
            answer.EnsureSuccessStatusCode();
            using var json = await answer.Content.ReadFromJsonAsync<JsonDocument>(ct).ConfigureAwait(false);
            string secret = json?.RootElement.TryGetProperty("refresh_token", out var value) is true ? value.GetString() ?? "" : "";
            _last = (new PullSecret(registry, User, secret.Length > 0 ? secret : throw new IOException("the registry gave no token")), time.GetTimestamp());
            return _last.Value.Secret;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or Azure.Identity.AuthenticationFailedException)
        {
            throw new IOException("no pull secret for the image: " + error.GetType().Name, error);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _one.Dispose();
        http.Dispose();
    }
}
