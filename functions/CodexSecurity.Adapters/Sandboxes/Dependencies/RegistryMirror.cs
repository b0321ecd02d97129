using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// The only way out of the set-up phase: a small server on a Unix socket that answers for the configured registry, from what is kept
/// (npm's own cache, then ours) or from the registry itself. It fetches package descriptions and archives below the registry's address and
/// nothing else, follows no redirect, and carries no credentials. The sandbox never talks to a network.
/// </summary>
internal sealed class RegistryMirror : IAsyncDisposable
{
    /// <summary>Bytes of one answer at most.</summary>
    public const long LargestAnswer = 256L << 20;

    /// <summary>How npm inside the sandbox names this server: a bridge on its own loopback.</summary>
    public const string InsideAddress = "http://127.0.0.1:4873/";

    private const int MaxHeader = 16384;
    private static readonly HttpClient s_http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.All, ConnectTimeout = TimeSpan.FromSeconds(10),
    }) { Timeout = TimeSpan.FromSeconds(60), MaxResponseContentBufferSize = LargestAnswer };

    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly ConcurrentDictionary<string, bool> _absent = new(StringComparer.Ordinal);
    private readonly Uri _registry;
    private readonly NpmCacheReader _npmCache;
    private readonly RegistryStore _store;
    private readonly Task _loop;

    public RegistryMirror(NpmSettings settings, RegistryStore store, string socketPath)
    {
        (_registry, _npmCache, _store) = (settings.Registry, new NpmCacheReader(settings.CacheFolder), store);
        _listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(socketPath, (UnixFileMode)0x1B6); // the run's own uid connects
        }

        _listener.Listen(128);
        _loop = AcceptAsync();
    }

    /// <summary>Ask the registry for descriptions although they are kept: a version may be newer than they are.</summary>
    public bool Fresh { get; set; }

    /// <summary>Names of packages that the registry does not have.</summary>
    public IReadOnlyCollection<string> Absent => [.. _absent.Keys];

    /// <summary>Why the registry could not be asked, or null.</summary>
    public string? Failure { get; private set; }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                _ = ServeAsync(client);
            }
        }
        catch (OperationCanceledException)
        {
            return; // set-up is over
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            using var client = new NetworkStream(socket, ownsSocket: true);
            while (await ReadHeadAsync(client).ConfigureAwait(false) is { } head)
            {
                string[] line = head.Split("\r\n", 2)[0].Split(' ');
                var (status, content) = line.Length == 3 && line[0] is "GET" or "HEAD" ? await AnswerAsync(line[1]).ConfigureAwait(false) : (400, []);
                string type = line.Length > 1 && line[1].EndsWith(".tgz", StringComparison.Ordinal) ? "application/octet-stream" : "application/json";
                string answer = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Answer\r\nContent-Type: {type}\r\nContent-Length: {content.Length}\r\n\r\n");
                await client.WriteAsync(Encoding.ASCII.GetBytes(answer), _stop.Token).ConfigureAwait(false);
                if (line[0] == "GET")
                {
                    await client.WriteAsync(content, _stop.Token).ConfigureAwait(false);
                }
            }
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return; // npm sees a broken connection and says so in its log
        }
    }

    private async Task<(int Status, byte[] Content)> AnswerAsync(string target)
    {
        string? name = PackageName(target);
        bool archive = target.EndsWith(".tgz", StringComparison.Ordinal);
        if (!target.StartsWith('/') || target.Contains("..", StringComparison.Ordinal) || target.AsSpan().ContainsAny("?#\\") || (name is null && !archive)
            || !Uri.TryCreate(_registry, target[1..], out var url) || !url.AbsoluteUri.StartsWith(_registry.AbsoluteUri, StringComparison.Ordinal))
        {
            return (404, []);
        }

        string address = _registry.AbsoluteUri + target[1..];
        byte[]? content = Fresh && !archive ? null : _npmCache.Find(address) ?? _store.Find(address);
        int status = 200;
        if (content is null)
        {
            (status, content) = await FetchAsync(url, archive).ConfigureAwait(false);
            if (status == 200)
            {
                _store.Keep(address, content);
            }
            else if (status == 404 && name is not null)
            {
                _absent[name] = true;
            }
        }

        return (status, archive || status != 200 ? content : Relocate(content));
    }

    private async Task<(int Status, byte[] Content)> FetchAsync(Uri url, bool archive)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            // The short form of a description: all that an installation needs.
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(archive ? "*/*" : "application/vnd.npm.install-v1+json"));
            using var response = await s_http.SendAsync(request, _stop.Token).ConfigureAwait(false);
            byte[] content = await response.Content.ReadAsByteArrayAsync(_stop.Token).ConfigureAwait(false);
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.NotFound))
            {
                Failure = $"the registry answers {(int)response.StatusCode}";
            }

            return ((int)response.StatusCode is var status && status is 200 or 404 ? status : 502, status == 200 ? content : []);
        }
        catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
        {
            Failure = "the registry can't be reached: " + error.Message;
            return (502, []);
        }
    }

    // Addresses of archives point to this server, whatever npm's own setting for that is.
    private byte[] Relocate(byte[] description) =>
        Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(description).Replace(_registry.AbsoluteUri, InsideAddress, StringComparison.Ordinal));

    // "/name" or "/@scope%2fname"
    private static string? PackageName(string target)
    {
        string name = Uri.UnescapeDataString(target.TrimStart('/'));
        return InstallPlan.IsName(name) ? name : null;
    }

    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[MaxHeader];
        int length = 0;
        while (length < MaxHeader)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token).ConfigureAwait(false);
            length += read;
            if (read == 0)
            {
                return null;
            }

            // npm sends no bodies and waits for each answer, so a head is all that comes.
            if (buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
            {
                return Encoding.ASCII.GetString(buffer, 0, length);
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _listener.Dispose();
    }
}
