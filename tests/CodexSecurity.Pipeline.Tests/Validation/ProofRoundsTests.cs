using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>How often a proof's rounds run.</summary>
public sealed class ProofRoundsTests
{
    private static readonly ProjectUnderTest Project = new(new SandboxTree("/", ProjectUnderTest.Folder), new DependencySet.NotNeeded());

    [Theory]
    [InlineData(1, 700)]
    [InlineData(2, 300, 700)]
    [InlineData(3, 300, 300, 700)]
    [InlineData(3, 300, 300, 300, 700)]
    [InlineData(1, 40, 700)]
    public async Task A_measure_that_leaves_the_effect_open_is_taken_again(int rounds, params int[] largest)
    {
        var sandbox = new Clocked(largest);
        var (runs, spent) = await Rounds(sandbox).AttackAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        Assert.Equal((3, 3 * rounds, 3 * rounds), (runs.Count, spent, sandbox.Runs));
        Assert.Equal(100 + largest[rounds - 1], runs[2].CpuMs);
    }

    [Fact]
    public async Task Nothing_runs_beside_what_is_measured()
    {
        var sandbox = new Clocked([700]);
        await Rounds(sandbox).AttackAndControlAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        await Rounds(sandbox).ControlTwiceAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        Assert.Equal(1, sandbox.Together);
    }

    [Fact]
    public async Task An_effect_that_is_not_measured_takes_one_round_beside_its_control()
    {
        var sandbox = new Clocked([0]);
        var (attack, control, spent) = await Rounds(sandbox).AttackAndControlAsync(Proof("none", 1), Project, TestContext.Current.CancellationToken);
        Assert.Equal((1, 1, 2, 2), (attack.Count, control.Count, spent, sandbox.Together));
        Assert.NotEqual(attack[0].Nonces, control[0].Nonces);
    }

    private static ProofRounds Rounds(ISandbox sandbox) => new(new ProofRunner(sandbox), new Judge([new CpuOracle(), new Nothing()]), new Counted());

    private static Proof Proof(string oracle, int jobs)
    {
        IReadOnlyList<ProofJob> Jobs(string name) => [.. Enumerable.Range(0, jobs).Select(i => ProofJob.Of($"{name}-{i + 1}", [], ["node"]))];
        return new Proof("family", "strategy", "", ValidationLevel.Reproduced, OracleSpec.Of(oracle), Jobs("attack"), Jobs("control"), []);
    }

    // Each third run is the largest and takes what is given for its round, longer than start-up.
    private sealed class Clocked(int[] largest) : ISandbox
    {
        private int _now;

        public int Runs { get; private set; }
        public int Together { get; private set; }
        public string Name => "clocked";

        public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new SandboxStatus(true, ""));

        public async Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
        {
            int run;
            lock (largest) { run = Runs++; Together = Math.Max(Together, ++_now); }
            await Task.Delay(20, ct);
            lock (largest) _now--;
            return new SandboxRun { Outcome = SandboxOutcome.Exited, ExitCode = 0, CpuTime = TimeSpan.FromMilliseconds(100 + (run % 3 == 2 ? largest[Math.Min(run / 3, largest.Length - 1)] : 0)) };
        }
    }

    private sealed class Nothing : IOracle
    {
        public string Name => "none";

        public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec) => OracleReading.Nothing("");
    }

    private sealed class Counted : INonceSource
    {
        private int _last;

        public string Next() => "n" + Interlocked.Increment(ref _last).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }
}
