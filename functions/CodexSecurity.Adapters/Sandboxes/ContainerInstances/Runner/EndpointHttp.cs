using System.Net;
using System.Net.Sockets;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// HTTP to the storage's private endpoint. No name is resolved: the connection goes to the endpoint, the certificate is checked against the address's name. Plain HTTP
/// goes to loopback only.
/// </summary>
internal static class EndpointHttp
{
    /// <summary>A client for an address, or null where address and endpoint don't go together.</summary>
    public static HttpClient? For(Uri address, IPAddress endpoint)
    {
        if (address.Scheme != Uri.UriSchemeHttps && !IPAddress.IsLoopback(endpoint))
        {
            return null;
        }

        return new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectCallback = ConnectAsync }) { Timeout = TimeSpan.FromMinutes(4) };

        async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken ct)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(endpoint, context.DnsEndPoint.Port), ct).ConfigureAwait(false);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }
}
