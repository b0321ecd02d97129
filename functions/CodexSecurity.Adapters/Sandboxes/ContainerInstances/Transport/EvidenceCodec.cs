using System.Buffers.Binary;
using System.Collections.Immutable;
using System.IO.Compression;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;

/// <summary>What came out of a run, without the bytes: these follow in the order stdout, stderr, outputs, requests.</summary>
internal sealed record EvidenceHeader(
    SandboxOutcome Outcome, SandboxKill Kill, string Reason, int ExitCode, int Signal, bool Truncated, double DurationMs, double CpuMs, long PeakMemory,
    int Stdout, int Stderr, ImmutableArray<EvidenceFile> Outputs, ImmutableArray<EvidenceCommand> Commands, ImmutableArray<EvidenceRequest> Requests);

internal sealed record EvidenceFile(string Path, int Length, int Mode);

internal sealed record EvidenceCommand(string Program, ImmutableArray<string> Arguments, bool Succeeded);

internal sealed record EvidenceRequest(int Port, int Length);

/// <summary>A run as compressed bytes and back.</summary>
internal static class EvidenceCodec
{
    private const int MostExpanded = 64 << 20;

    /// <summary>
    /// Encodes a run into at most <paramref name="most"/> bytes. What does not fit is left out, the observations last, and the run then says that it is cut.
    /// </summary>
    public static byte[] Encode(SandboxRun run, int most)
    {
        byte[] bytes = Pack(run);
        while (bytes.Length > most)
        {
            if (Shorten(run) is not { } shorter)
            {
                // Not even an empty run fits: the reason is all that is left.
                return Pack(new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = "the evidence is larger than the log can carry", Truncated = true });
            }

            run = shorter;
            bytes = Pack(run);
        }

        return bytes;
    }

    // An output is a file: whole or not at all. A text may be cut. Null where nothing is left to cut.
    private static SandboxRun? Shorten(SandboxRun run)
    {
        run = run with { Truncated = true };
        var largest = run.Outputs.MaxBy(o => o.Content.Length);
        int text = Math.Max(run.Stdout.Length, run.Stderr.Length);
        if (largest is not null && largest.Content.Length >= text)
        {
            return run with { Outputs = run.Outputs.Remove(largest) };
        }

        if (text > 0)
        {
            return run.Stdout.Length >= run.Stderr.Length ? run with { Stdout = run.Stdout[..(run.Stdout.Length / 2)] } : run with { Stderr = run.Stderr[..(run.Stderr.Length / 2)] };
        }

        // Without all observations an oracle could miss an effect: rather no result.
        return null;
    }

    private static byte[] Pack(SandboxRun run)
    {
        var header = new EvidenceHeader(
            run.Outcome, run.Kill, run.Reason, run.ExitCode, run.Signal, run.Truncated, run.Duration.TotalMilliseconds, run.CpuTime.TotalMilliseconds, run.PeakMemory,
            run.Stdout.Length, run.Stderr.Length, [.. run.Outputs.Select(o => new EvidenceFile(o.Path, o.Content.Length, o.Mode))],
            [.. run.Observations.Commands.Select(c => new EvidenceCommand(c.Program, c.Arguments, c.Succeeded))],
            [.. run.Observations.Requests.Select(r => new EvidenceRequest(r.Port, r.Content.Length))]);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(header, TransportJson.Default.EvidenceHeader);
        using var packed = new MemoryStream();
        using (var zip = new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            Span<byte> length = stackalloc byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
            zip.Write(length);
            zip.Write(json);
            zip.Write(run.Stdout.Span);
            zip.Write(run.Stderr.Span);
            foreach (var output in run.Outputs) zip.Write(output.Content.Span);
            foreach (var request in run.Observations.Requests) zip.Write(request.Content.Span);
        }

        return packed.ToArray();
    }

    /// <summary>Reads what <see cref="Encode"/> made.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static SandboxRun Decode(byte[] bytes)
    {
        byte[] all = Expand(bytes);
        int at = 4;
        int size = all.Length < 4 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(all);
        var header = JsonSerializer.Deserialize(Take(size).Span, TransportJson.Default.EvidenceHeader) ?? throw new InvalidDataException("no header");
        var run = new SandboxRun
        {
            Outcome = header.Outcome, Kill = header.Kill, Reason = header.Reason, ExitCode = header.ExitCode, Signal = header.Signal, Truncated = header.Truncated,
            Duration = TimeSpan.FromMilliseconds(header.DurationMs), CpuTime = TimeSpan.FromMilliseconds(header.CpuMs), PeakMemory = header.PeakMemory,
            Stdout = Take(header.Stdout), Stderr = Take(header.Stderr),
            Outputs = [.. header.Outputs.Select(o => new SandboxFile(o.Path, Take(o.Length), o.Mode))],
            Observations = new SandboxObservations([.. header.Commands.Select(c => new ObservedCommand(c.Program, c.Arguments, c.Succeeded))], [.. header.Requests.Select(r => new ObservedRequest(r.Port, Take(r.Length)))]),
        };
        return at == all.Length ? run : throw new InvalidDataException("more bytes than the header tells");

        ReadOnlyMemory<byte> Take(int length)
        {
            if (length < 0 || length > all.Length - at) throw new InvalidDataException("fewer bytes than the header tells");
            at += length;
            return all.AsMemory(at - length, length);
        }
    }

    private static byte[] Expand(byte[] bytes)
    {
        try
        {
            using var zip = new BrotliStream(new MemoryStream(bytes), CompressionMode.Decompress);
            using var all = new MemoryStream();
            byte[] buffer = new byte[65536];
            int read;
            while ((read = zip.Read(buffer)) > 0)
            {
                all.Write(buffer, 0, read);
                if (all.Length > MostExpanded) throw new InvalidDataException("the evidence is too large");
            }

            return all.ToArray();
        }
        catch (InvalidOperationException error)
        {
            throw new InvalidDataException("the evidence can't be expanded", error);
        }
    }
}
