using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Evidence through a log: read right or refused, never anything between.</summary>
public sealed class LogLinesTests
{
    private const string Run = "0123456789abcdef0123456789abcdef";
    private static readonly byte[] s_key = RandomNumberGenerator.GetBytes(32);
    private static readonly byte[] s_evidence = RandomNumberGenerator.GetBytes(20_000);
    private static readonly string[] s_lines = [.. LogLines.Write(Run, s_key, s_evidence)];

    private static byte[]? Read(IEnumerable<string> lines, out string reason, byte[]? key = null) => LogLines.Read(string.Join('\n', lines), Run, key ?? s_key, out reason);

    [Fact]
    public void Whole_lines_are_read_in_any_order_twice_and_among_others()
    {
        string[] mixed = [.. s_lines.Reverse().SelectMany(line => new[] { "noise", "2026-01-01T00:00:00Z " + line + "\r", line })];
        Assert.Equal(s_evidence, Read(mixed, out _)!);
        Assert.Equal(s_evidence, Read(s_lines, out string reason)!);
        Assert.Equal("", reason);
        Assert.True(LogLines.HasEnd(s_lines[^1], Run));
        Assert.False(LogLines.HasEnd(s_lines[0], Run));
        Assert.Empty(Read(LogLines.Write(Run, s_key, []), out _) ?? [1]);
    }

    [Fact]
    public void A_missing_line_a_changed_letter_and_a_cut_are_seen_wherever_they_are()
    {
        for (int i = 0; i < s_lines.Length; i++)
        {
            Assert.Null(Read(s_lines.Where((_, at) => at != i), out string reason));
            Assert.NotEqual("", reason);
            char[] letters = s_lines[i].ToCharArray();
            int middle = letters.Length / 2;
            letters[middle] = letters[middle] == 'A' ? 'B' : 'A';
            Assert.Null(Read([.. s_lines[..i], new string(letters), .. s_lines[(i + 1)..]], out _));
        }

        string all = string.Join('\n', s_lines);
        for (int cut = 1; cut < all.Length; cut += 97)
        {
            Assert.Null(LogLines.Read(all[cut..], Run, s_key, out _));
            Assert.Null(LogLines.Read(all[..^cut], Run, s_key, out _));
        }
    }

    [Fact]
    public void Lines_under_another_key_or_of_another_run_are_not_evidence()
    {
        byte[] other = RandomNumberGenerator.GetBytes(32);
        Assert.Null(Read(s_lines, out _, other));
        string[] forged = [.. LogLines.Write(Run, other, Encoding.ASCII.GetBytes("forged"))];
        Assert.Equal(s_evidence, Read([.. forged, .. s_lines, .. forged], out _)!);
        Assert.Null(Read(LogLines.Write(new string('f', 32), s_key, s_evidence), out _));
    }

    [Fact]
    public void The_largest_evidence_fits_the_log_of_a_running_container()
    {
        string[] lines = [.. LogLines.Write(Run, s_key, new byte[LogLines.MostBytes])];
        Assert.InRange(lines.Sum(line => line.Length + 1), 0, 4_000_000);
        Assert.InRange(lines.Length, 1, 1000);
        Assert.Throws<ArgumentException>(() => LogLines.Write(Run, s_key, new byte[LogLines.MostBytes + 1]).Count());
    }

    [Fact]
    public void A_run_comes_back_as_it_was()
    {
        var run = new SandboxRun
        {
            Outcome = SandboxOutcome.Killed, Kill = SandboxKill.Cpu, Reason = "r", ExitCode = 137, Signal = 9, Stdout = "out"u8.ToArray(), Stderr = "err"u8.ToArray(), Duration = TimeSpan.FromMilliseconds(1234.5),
            CpuTime = TimeSpan.FromMilliseconds(80), PeakMemory = 12345678901, Outputs = [new SandboxFile("/out/a", "a"u8.ToArray(), 0x1A4), new SandboxFile("/out/b", "bb"u8.ToArray(), 0x1ED)],
            Observations = new SandboxObservations([new ObservedCommand("/bin/x", ["x", "ä\n"], false)], [new ObservedRequest(8080, "GET"u8.ToArray()), new ObservedRequest(8081, default)]),
        };
        var back = EvidenceCodec.Decode(EvidenceCodec.Encode(run, 100_000));
        Assert.Equal((run.Outcome, run.Kill, run.Reason, run.ExitCode, run.Signal, run.Truncated), (back.Outcome, back.Kill, back.Reason, back.ExitCode, back.Signal, back.Truncated));
        Assert.Equal((run.Duration, run.CpuTime, run.PeakMemory), (back.Duration, back.CpuTime, back.PeakMemory));
        Assert.Equal("outerr", Encoding.ASCII.GetString([.. back.Stdout.Span, .. back.Stderr.Span]));
        Assert.Equal(["/out/a=a 420", "/out/b=bb 493"], back.Outputs.Select(o => $"{o.Path}={Encoding.ASCII.GetString(o.Content.Span)} {o.Mode}"));
        Assert.Equal(["/bin/x x|ä\n False"], back.Observations.Commands.Select(c => $"{c.Program} {string.Join('|', c.Arguments)} {c.Succeeded}"));
        Assert.Equal(["8080 GET", "8081 "], back.Observations.Requests.Select(r => $"{r.Port} {Encoding.ASCII.GetString(r.Content.Span)}"));
    }

    [Fact]
    public void What_does_not_fit_is_left_out_and_said_but_observations_are_never_cut()
    {
        var run = new SandboxRun
        {
            Outcome = SandboxOutcome.Exited, Stdout = RandomNumberGenerator.GetBytes(50_000), Outputs = [new SandboxFile("/out/big", RandomNumberGenerator.GetBytes(60_000)), new SandboxFile("/out/small", "s"u8.ToArray())],
            Observations = new SandboxObservations([new ObservedCommand("/bin/x", ["x"], true)], []),
        };
        var back = EvidenceCodec.Decode(EvidenceCodec.Encode(run, 40_000));
        Assert.True(back.Truncated);
        Assert.Equal(["/out/small"], back.Outputs.Select(o => o.Path));
        Assert.InRange(back.Stdout.Length, 10_000, 40_000);
        Assert.Single(back.Observations.Commands);
        var noisy = run with { Observations = new SandboxObservations([.. Enumerable.Range(0, 2000).Select(i => new ObservedCommand("/bin/x", [Convert.ToHexString(RandomNumberGenerator.GetBytes(32))], true))], []) };
        var none = EvidenceCodec.Decode(EvidenceCodec.Encode(noisy, 40_000));
        Assert.Equal((SandboxOutcome.SetUpError, true), (none.Outcome, none.Truncated));
    }

    [Fact]
    public void Damaged_evidence_is_refused()
    {
        byte[] good = EvidenceCodec.Encode(new SandboxRun { Outcome = SandboxOutcome.Exited, Stdout = "x"u8.ToArray() }, 10_000);
        Assert.Throws<InvalidDataException>(() => EvidenceCodec.Decode([]));
        Assert.Throws<InvalidDataException>(() => EvidenceCodec.Decode(good[..^3]));
    }
}
