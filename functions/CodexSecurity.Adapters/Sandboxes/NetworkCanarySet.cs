using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Listeners of the host process inside the sandbox's network namespace; the payload can't see or stop them.</summary>
internal sealed class NetworkCanarySet : IAsyncDisposable
{
    private readonly ConcurrentQueue<ObservedRequest> _requests = new();
    private readonly List<Socket> _listeners = [];
    private readonly List<Task> _loops = [];

    public ImmutableArray<ObservedRequest> Requests => [.. _requests];

    /// <summary>Listens before the payload starts. Needs root: only then may a thread enter another namespace.</summary>
    public void Start(int child, ImmutableArray<NetworkCanary> canaries)
    {
        if (canaries.IsEmpty)
        {
            return;
        }

        Exception? failure = null;
        // A thread of its own: it stays in the foreign namespace until it ends.
        var thread = new Thread(() =>
        {
            try
            {
                LinuxNative.EnterNetwork(child);
                foreach (var canary in canaries)
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    _listeners.Add(socket);
                    socket.Bind(new IPEndPoint(IPAddress.Any, canary.Port));
                    socket.Listen(64);
                }
            }
            catch (Exception error) when (error is IOException or SocketException)
            {
                failure = error;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            throw new IOException("no network canary: " + failure.Message, failure);
        }

        for (int i = 0; i < canaries.Length; i++)
        {
            _loops.Add(AcceptAsync(_listeners[i], canaries[i]));
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
