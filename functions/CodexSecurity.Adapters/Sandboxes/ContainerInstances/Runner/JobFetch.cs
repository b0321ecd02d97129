using System.Net;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// What the init container does: brings a large job from the storage's private endpoint and checks it. The address with its signature is known to this container only,
/// which has ended before anything untrusted starts.
/// </summary>
[SupportedOSPlatform("linux")]
public static class JobFetch
{
    internal const string FileName = "job";
    private const string Prefix = "CODEX_SECURITY_RUNNER_";
    private const int Attempts = 5;

    /// <summary>Exit status: 0 where the job is there and is the right one.</summary>
    public static async Task<int> RunAsync(TextWriter problems, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(problems);
        if (Environment.GetEnvironmentVariable(SandboxRunner.Variable) != "container" || !Uri.TryCreate(Environment.GetEnvironmentVariable(Prefix + "ADDRESS"), UriKind.Absolute, out var address)
            || !IPAddress.TryParse(Environment.GetEnvironmentVariable(Prefix + "ENDPOINT"), out var endpoint) || Environment.GetEnvironmentVariable(Prefix + "DIGEST") is not { Length: 64 } digest
            || EndpointHttp.For(address, endpoint) is not { } http)
        {
            await problems.WriteLineAsync("sandbox-runner --fetch: no address, endpoint or digest").ConfigureAwait(false);
            return 2;
        }

        using var client = http;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await FetchAsync(client, address, digest, ct).ConfigureAwait(false);
                return 0;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or TaskCanceledException && !ct.IsCancellationRequested)
            {
                // Never the address: it is a secret.
                await problems.WriteLineAsync($"sandbox-runner --fetch: {error.GetType().Name} {(error as HttpRequestException)?.StatusCode}").ConfigureAwait(false);
                if (attempt == Attempts)
                {
                    return 2;
                }

                await Task.Delay(TimeSpan.FromSeconds(attempt), ct).ConfigureAwait(false);
            }
        }
    }

    private static async Task FetchAsync(HttpClient http, Uri address, string digest, CancellationToken ct)
    {
        string part = $"{PlanTranslator.FetchedFolder}/{FileName}.part";
        using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        answer.EnsureSuccessStatusCode();
        using (var file = new FileStream(part, FileMode.Create, FileAccess.ReadWrite))
        {
            await answer.Content.CopyToAsync(file, ct).ConfigureAwait(false);
            file.Position = 0;
            if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct).ConfigureAwait(false)) != digest)
            {
                throw new IOException("not the job that was sent");
            }
        }

        File.Move(part, $"{PlanTranslator.FetchedFolder}/{FileName}", overwrite: true);
    }
}
