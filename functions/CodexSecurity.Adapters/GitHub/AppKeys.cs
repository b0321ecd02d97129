using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Azure.Core;
using Azure.Core.Pipeline;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Signs as an app, RS256.</summary>
public interface IAppKey
{
    /// <summary>Signature over the data.</summary>
    /// <exception cref="SourceUnavailableException">The key can't be used now.</exception>
    Task<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken ct);
}

/// <summary>A private key of this machine.</summary>
public sealed class PemAppKey : IAppKey, IDisposable
{
    private readonly RSA _key = RSA.Create();

    /// <summary>Reads a key.</summary>
    /// <param name="textOrPath">PEM text, or the path of a file that holds it.</param>
    /// <exception cref="ArgumentException">There is no private RSA key; the text quotes nothing of it.</exception>
    public PemAppKey(string textOrPath)
    {
        ArgumentNullException.ThrowIfNull(textOrPath);
        try
        {
            // A setting of one line has its line breaks written out.
            _key.ImportFromPem(textOrPath.Contains("-----BEGIN", StringComparison.Ordinal) ? textOrPath.Replace("\\n", "\n", StringComparison.Ordinal) : File.ReadAllText(textOrPath));
        }
        catch (Exception problem) when (problem is ArgumentException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            _key.Dispose();
            throw new ArgumentException("The GitHub app's key can't be read: it is neither a private RSA key (PEM) nor a file that holds one.");
        }
    }

    /// <inheritdoc/>
    public Task<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken ct) => Task.FromResult(_key.SignData(data.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}

/// <summary>A key that never leaves its vault: only the digest goes there. By the vault's sign operation, as its typed client can't be had everywhere.</summary>
public sealed class VaultAppKey : IAppKey
{
    private const string Version = "7.4";
    private readonly Uri _sign;
    private readonly HttpPipeline _pipeline;

    /// <summary>A key of a vault.</summary>
    /// <param name="key">Identifier, https://VAULT/keys/NAME, with or without a version.</param>
    /// <param name="credential">May sign with it.</param>
    /// <param name="transport">For tests.</param>
    public VaultAppKey(Uri key, TokenCredential credential, HttpPipelineTransport? transport = null)
    {
        ArgumentNullException.ThrowIfNull(key);
        _sign = new Uri($"{key.GetLeftPart(UriPartial.Path).TrimEnd('/')}/sign?api-version={Version}");
        var options = new VaultOptions();
        if (transport is not null) options.Transport = transport;
        // The audience is the vault's domain, "https://vault.azure.net" for "https://NAME.vault.azure.net".
        _pipeline = HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, $"https://{key.Host[(key.Host.IndexOf('.') + 1)..]}/.default"));
    }

    private sealed class VaultOptions : ClientOptions;

    /// <inheritdoc/>
    public async Task<byte[]> SignAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        using var message = _pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Post;
        message.Request.Uri.Reset(_sign);
        message.Request.Headers.Add("Content-Type", "application/json");
        message.Request.Content = RequestContent.Create(BinaryData.FromObjectAsJson(new { alg = "RS256", value = Base64Url.EncodeToString(SHA256.HashData(data.Span)) }));
        try { await _pipeline.SendAsync(message, ct).ConfigureAwait(false); }
        catch (Exception problem) when (problem is Azure.RequestFailedException or Azure.Identity.AuthenticationFailedException or AggregateException)
        {
            throw new SourceUnavailableException("the vault that holds the GitHub app's key is not reached");
        }
        if (message.Response.Status != 200) throw new SourceUnavailableException($"the vault does not sign for the GitHub app (status {message.Response.Status})");
        try
        {
            using var answer = JsonDocument.Parse(message.Response.Content);
            return Base64Url.DecodeFromChars(answer.RootElement.GetProperty("value").GetString());
        }
        catch (Exception problem) when (problem is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new SourceUnavailableException("the vault's answer is no signature");
        }
    }
}
