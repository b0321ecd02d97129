using System.Net;
using System.Net.Sockets;

namespace CodexSecurity.EndToEnd.Tests;

/// <summary>
/// An HTTP listener on a port of the loopback that nobody has. <see cref="HttpListener"/> can't be told to take any free
/// port, and whoever runs beside may take the one that was just found free: then the next is tried.
/// </summary>
internal static class LoopbackListener
{
    private const int Tries = 50;

    /// <summary>Starts a listener; its address ends in a slash.</summary>
    /// <exception cref="HttpListenerException">Each of the tried ports was taken meanwhile.</exception>
    public static (HttpListener Listener, string Address) Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = $"http://127.0.0.1:{FreePort()}/";
            var listener = new HttpListener();
            listener.Prefixes.Add(address);
            try
            {
                listener.Start();
                return (listener, address);
            }
            catch (HttpListenerException) when (attempt < Tries)
            {
                listener.Close();
            }
        }
    }

    private static int FreePort()
    {
        using var free = new TcpListener(IPAddress.Loopback, 0);
        free.Start();
        return ((IPEndPoint)free.LocalEndpoint).Port;
    }
}
