using System.Net.Sockets;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// The only way out of the set-up phase: a proxy on a Unix socket that connects to the configured registry's host and port
/// and to nothing else. It carries no credentials.
/// </summary>
internal sealed class RegistryProxy : IAsyncDisposable
{
    private const int MaxHeader = 16384;
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Uri _registry;
    private readonly Task _loop;

    public RegistryProxy(Uri registry, string socketPath)
    {
        _registry = registry;
        _listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(socketPath, (UnixFileMode)0x1B6); // the run's own uid connects
        }

        _listener.Listen(64);
        _loop = AcceptAsync();
    }

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
            byte[] head = await ReadHeadAsync(client).ConfigureAwait(false);
            string[] line = Encoding.ASCII.GetString(head).Split("\r\n", 2)[0].Split(' ');
            bool tunnel = line[0] == "CONNECT";
            if (line.Length != 3 || !IsAllowed(line[1], tunnel))
            {
                await client.WriteAsync("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), _stop.Token).ConfigureAwait(false);
                return;
            }

            using var server = new TcpClient();
            await server.ConnectAsync(_registry.Host, _registry.Port, _stop.Token).ConfigureAwait(false);
            var remote = server.GetStream();
            if (tunnel)
            {
                await client.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray(), _stop.Token).ConfigureAwait(false);
            }
            else
            {
                await remote.WriteAsync(head, _stop.Token).ConfigureAwait(false);
            }

            var up = client.CopyToAsync(remote, _stop.Token);
            var down = remote.CopyToAsync(client, _stop.Token);
            await Task.WhenAny(up, down).ConfigureAwait(false);
            server.Close();
            socket.Close();
            await Task.WhenAll(up, down).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return; // npm sees a broken connection and says so in its log
        }
    }

    private bool IsAllowed(string target, bool tunnel) => tunnel
        ? string.Equals(target, $"{_registry.Host}:{_registry.Port}", StringComparison.OrdinalIgnoreCase)
        : _registry.Scheme == Uri.UriSchemeHttp && Uri.TryCreate(target, UriKind.Absolute, out var uri)
            && uri.Scheme == _registry.Scheme && uri.Port == _registry.Port && string.Equals(uri.Host, _registry.Host, StringComparison.OrdinalIgnoreCase);

    private async Task<byte[]> ReadHeadAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[MaxHeader];
        int length = 0;
        while (length < MaxHeader)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), _stop.Token).ConfigureAwait(false);
            length += read;
            if (read == 0 || buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                break;
            }
        }

        return buffer[..length];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        _listener.Dispose();
    }
}
