using System.Buffers.Binary;
using System.Collections.Immutable;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Launching;

/// <summary>
/// Opens the listeners of network canaries inside the sandbox and hands them to the host over a socket, before the payload starts.
/// So no process needs the right to enter the sandbox's network: it works for an ordinary user as for root.
/// </summary>
internal static class ListenerProgram
{
    /// <summary>Descriptors that the program starts with: its own file and the socket to the host.</summary>
    public const int Self = 10, Socket = 11;

    /// <summary>The calls; leaves nothing open.</summary>
    public static void Append(SyscallProgram program, SyscallNumbers n, ImmutableArray<NetworkCanary> canaries)
    {
        // One message a listener: a control part of level SOL_SOCKET, kind SCM_RIGHTS, that carries one descriptor.
        const int ListenAt = 200;
        long payload = program.Words(1), vector = program.Words(payload, 1);
        long control = program.Words(20, 1L | (1L << 32), ListenAt);
        long message = program.Words(0, 0, vector, 1, control, 24, 0);
        foreach (var canary in canaries)
        {
            byte[] address = new byte[16];
            address[0] = 2; // AF_INET, any address
            BinaryPrimitives.WriteUInt16BigEndian(address.AsSpan(2), (ushort)canary.Port);
            // The lowest free descriptor is not known; dup3 puts the socket at a number that the message can name.
            program.Keep("canary socket", n.Socket, 2, 1, 0);
            program.Call("canary socket", n.Dup3, SyscallProgram.Last, ListenAt, 0);
            program.Call("canary socket", n.Close, SyscallProgram.Last);
            program.Call($"canary port {canary.Port}", n.Bind, ListenAt, program.Bytes(address), address.Length);
            program.Call("canary listen", n.Listen, ListenAt, 64);
            program.Call("canary hand over", n.Sendmsg, Socket, message, 0);
        }

        // From the program's own file up.
        program.Call("canary close", SyscallNumbers.CloseRange, Self, uint.MaxValue, 0);
    }

    /// <summary>A program of its own that goes on with the command in its arguments.</summary>
    public static byte[] Build(SyscallNumbers n, ImmutableArray<NetworkCanary> canaries, IReadOnlyList<string> command, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var program = new SyscallProgram(n, Frame.Status);
        Append(program, n, canaries);
        program.Call("start", n.Execve, program.Text(command[0]), program.Vector(command), program.Vector(environment.Select(p => $"{p.Key}={p.Value}")));
        return program.Build();
    }
}
