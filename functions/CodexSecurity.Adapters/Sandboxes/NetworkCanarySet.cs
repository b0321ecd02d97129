using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Listeners in the sandbox's network that belong to the host process; the payload can't see or stop them.</summary>
internal sealed class NetworkCanarySet : IAsyncDisposable
{
    private readonly ConcurrentQueue<ObservedRequest> _requests = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _loops = [];

    public ImmutableArray<ObservedRequest> Requests => [.. _requests];

    /// <summary>Takes over the listeners that the start program opens before the payload begins.</summary>
    public async Task StartAsync(SafeFileHandle? socket, ImmutableArray<NetworkCanary> canaries)
    {
        foreach (var canary in canaries)
        {
            int descriptor = await Task.Run(() => LinuxNative.ReceiveDescriptor(socket!)).ConfigureAwait(false);
            if (descriptor < 0)
            {
                return; // the start program says on the state stream what failed, and nothing untrusted begins
            }

            var listener = new Socket(new SafeSocketHandle(descriptor, true));
            _listeners.Add(listener);
            _loops.Add(AcceptAsync(listener, canary));
        }
    }

    /// <summary>Opens the listeners in this process's own network.</summary>
    /// <exception cref="SocketException">A port is taken.</exception>
    public void Listen(ImmutableArray<NetworkCanary> canaries)
    {
        foreach (var canary in canaries)
        {
            var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listeners.Add(listener);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, canary.Port));
            listener.Listen(64);
            _loops.Add(AcceptAsync(listener, canary));
        }
    }

    private async Task AcceptAsync(Socket listener, NetworkCanary canary)
    {
        try
        {
            while (_requests.Count < 1000)
            {
                using var client = await listener.AcceptAsync().ConfigureAwait(false);
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                byte[] buffer = new byte[8192];
                int length = 0;
                try
                {
                    length = await client.ReceiveAsync(buffer.AsMemory(), limit.Token).ConfigureAwait(false);
                    _requests.Enqueue(new ObservedRequest(canary.Port, buffer.AsMemory(0, length)));
                    string answer = $"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {Encoding.UTF8.GetByteCount(canary.Body)}\r\nConnection: close\r\n\r\n{canary.Body}";
                    await client.SendAsync(Encoding.UTF8.GetBytes(answer), limit.Token).ConfigureAwait(false);
                }
                catch (Exception error) when (error is OperationCanceledException or SocketException && length == 0)
                {
                    _requests.Enqueue(new ObservedRequest(canary.Port, ReadOnlyMemory<byte>.Empty)); // a bare connection is a request too
                }
                catch (Exception error) when (error is OperationCanceledException or SocketException)
                {
                    continue; // it was recorded; the answer was not wanted
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return; // the run is over
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listeners.ForEach(listener => listener.Dispose());
        await Task.WhenAll(_loops).ConfigureAwait(false);
    }
}
