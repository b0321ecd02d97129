using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Core.Pipeline;
using CodexSecurity.Adapters.GitHub;
using CodexSecurity.Pipeline.Ingest;
using Moq;

namespace CodexSecurity.EndToEnd.Tests.GitHub;

/// <summary>Signing by a key that stays in its vault; the vault is stood in for at the transport.</summary>
public sealed class VaultKeyTests
{
    private sealed class Vault(RSA key, HttpStatusCode status, string? answer = null) : HttpMessageHandler
    {
        public List<string> Asked { get; } = [];

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Assert.Equal("Bearer a-token", request.Headers.Authorization!.ToString());
            Asked.Add($"{request.Method} {request.RequestUri}");
            var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(ct))!;
            Assert.Equal("RS256", body["alg"]!.GetValue<string>());
            var signature = key.SignHash(System.Buffers.Text.Base64Url.DecodeFromChars(body["value"]!.GetValue<string>()), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            return new HttpResponseMessage(status) { Content = answer is null ? JsonContent.Create(new { kid = "k", value = System.Buffers.Text.Base64Url.EncodeToString(signature) }) : new StringContent(answer) };
        }
    }

    private static VaultAppKey Key(Vault vault)
    {
        var credential = new Mock<TokenCredential>();
        credential.Setup(c => c.GetTokenAsync(It.Is<TokenRequestContext>(r => r.Scopes.Single() == "https://vault.azure.net/.default"), It.IsAny<CancellationToken>())).ReturnsAsync(new AccessToken("a-token", DateTimeOffset.UtcNow.AddHours(1)));
        return new VaultAppKey(new Uri("https://keys.vault.azure.net/keys/github-app"), credential.Object, new HttpClientTransport(new HttpClient(vault)));
    }

    [Fact]
    public async Task The_vault_signs_the_digest()
    {
        using var key = RSA.Create(2048);
        var vault = new Vault(key, HttpStatusCode.OK);
        var signature = await Key(vault).SignAsync("what is signed"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.True(key.VerifyData("what is signed"u8, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        Assert.Equal(["POST https://keys.vault.azure.net/keys/github-app/sign?api-version=7.4"], vault.Asked);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, null)]
    [InlineData(HttpStatusCode.OK, "{}")]
    [InlineData(HttpStatusCode.OK, "no JSON")]
    public async Task What_is_no_signature_is_an_error(HttpStatusCode status, string? answer)
    {
        using var key = RSA.Create(2048);
        await Assert.ThrowsAsync<SourceUnavailableException>(() => Key(new Vault(key, status, answer)).SignAsync(new byte[] { 1 }, TestContext.Current.CancellationToken));
    }
}
