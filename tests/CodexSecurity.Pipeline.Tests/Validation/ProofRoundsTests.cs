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
    [InlineData(1, 60, 700)]
    public async Task A_measure_that_leaves_the_effect_open_is_taken_again(int rounds, params int[] largest)
    {
        var sandbox = new Clocked(largest);
        var (runs, spent, _) = await Rounds(sandbox).AttackAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        Assert.Equal((3, 3 * rounds, 3 * rounds), (runs.Count, spent, sandbox.Runs));
        Assert.Equal(100 + largest[rounds - 1], runs[2].CpuMs);
    }

    [Fact]
    public async Task Nothing_runs_beside_what_is_measured()
    {
        var sandbox = new Clocked([700]);
        await Rounds(sandbox).AttackAndControlAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        Assert.Equal(1, sandbox.Together);
    }

    [Fact]
    public async Task Controls_that_are_compared_run_beside_each_other()
    {
        var sandbox = new Clocked([700]);
        await Rounds(sandbox).ControlTwiceAsync(Proof("cpu", 3), Project, TestContext.Current.CancellationToken);
        Assert.Equal(2, sandbox.Together);
    }

    [Theory]
    [InlineData(2, false, 100, 100, 100, 100, 100)]
    [InlineData(2, false, 100, 900, 140, 900, 100)]
    [InlineData(5, false, 100, 130, 160, 130, 100)]
    [InlineData(5, true, 100, 120, 900, 120, 100)]
    [InlineData(5, true, 700, 120, 720, 120, 100)]
    public async Task A_largest_size_that_takes_no_longer_ends_the_round(int runs, bool seen, params int[] ms)
    {
        var sandbox = new Listed(ms);
        var round = await Rounds(sandbox).UntilRuledOutAsync(OracleSpec.Of("cpu"), Proof("cpu", 5).Attack, Project, TestContext.Current.CancellationToken);
        Assert.Equal((runs, runs, true), (round.Runs.Count, sandbox.Names.Count, round.IsWhole));
        Assert.Equal(["attack-1", "attack-3"], sandbox.Names.Take(2));
        Assert.Equal(round.Runs.Select(r => r.Job).Order(StringComparer.Ordinal), round.Runs.Select(r => r.Job));
        Assert.Equal(seen, new Judge([new CpuOracle()]).Read(OracleSpec.Of("cpu"), round.Runs).Seen);
    }

    [Fact]
    public async Task A_control_is_compared_by_the_jobs_that_every_round_of_it_carries_out()
    {
        var proof = Proof("cpu", 5) with { Control = [.. Proof("cpu", 3).Control] };
        var quick = new Listed([100, 700, 110, 700, 100]);
        var (_, control, _) = await Rounds(quick).AttackAndControlAsync(proof, Project, TestContext.Current.CancellationToken);
        Assert.Equal((2, true), (control.Runs.Count, control.IsWhole));
        var slow = new Listed([100, 700, 1100, 700, 100]);
        (_, control, _) = await Rounds(slow).AttackAndControlAsync(proof, Project, TestContext.Current.CancellationToken);
        Assert.Equal(["control-1", "control-3"], Rounds(slow).ComparedOf(proof, control.Runs).Select(r => r.Job));
        Assert.Equal(3, control.Runs.Count);
        var (first, second) = await Rounds(slow).ControlTwiceAsync(proof, Project, TestContext.Current.CancellationToken);
        Assert.All([first, second], round => Assert.Equal(["control-1", "control-3"], round.Select(r => r.Job)));
    }

    [Fact]
    public async Task A_largest_size_that_a_limit_ended_rules_nothing_out()
    {
        var sandbox = new Listed([100, 100, 100, 100, 100]) { Killed = "attack-3" };
        var round = await Rounds(sandbox).UntilRuledOutAsync(OracleSpec.Of("cpu"), Proof("cpu", 5).Attack, Project, TestContext.Current.CancellationToken);
        Assert.Equal(5, round.Runs.Count);
    }

    [Fact]
    public async Task A_round_without_a_sandbox_is_not_whole()
    {
        var round = await Rounds(new Listed([100, 100, 100, 100, 100]) { Lost = "attack-3" }).UntilRuledOutAsync(OracleSpec.Of("cpu"), Proof("cpu", 5).Attack, Project, TestContext.Current.CancellationToken);
        Assert.False(round.IsWhole);
    }

    [Fact]
    public async Task An_effect_that_is_not_measured_takes_one_round_beside_its_control()
    {
        var sandbox = new Clocked([0]);
        var (attack, control, spent) = await Rounds(sandbox).AttackAndControlAsync(Proof("none", 1), Project, TestContext.Current.CancellationToken);
        Assert.Equal((1, 1, 2, 2), (attack.Runs.Count, control.Runs.Count, spent, sandbox.Together));
        Assert.NotEqual(attack.Runs[0].Nonces, control.Runs[0].Nonces);
    }

    private static ProofRounds Rounds(ISandbox sandbox) => new(new ProofRunner(sandbox), new Judge([new CpuOracle(), new Nothing()]), new Counted());

    private static Proof Proof(string oracle, int jobs)
    {
        IReadOnlyList<ProofJob> Jobs(string name) => [.. Enumerable.Range(0, jobs).Select(i => ProofJob.Of($"{name}-{i + 1}", [], ["node", $"{name}-{i + 1}"]))];
        return new Proof("family", "strategy", "", ValidationLevel.Reproduced, OracleSpec.Of(oracle), Jobs("attack"), Jobs("control"), []);
    }

    // The third job is the largest and takes what is given for its round, longer than start-up.
    private sealed class Clocked(int[] largest) : ISandbox
    {
        private int _now, _largest;

        public int Runs { get; private set; }
        public int Together { get; private set; }
        public string Name => "clocked";

        public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new SandboxStatus(true, ""));

        public async Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
        {
            int more;
            lock (largest)
            {
                (Runs, Together) = (Runs + 1, Math.Max(Together, ++_now));
                more = spec.Command[1].EndsWith("-3", StringComparison.Ordinal) ? largest[Math.Min(_largest++, largest.Length - 1)] : 0;
            }
            await Task.Delay(20, ct);
            lock (largest) _now--;
            return new SandboxRun { Outcome = SandboxOutcome.Exited, ExitCode = 0, CpuTime = TimeSpan.FromMilliseconds(100 + more) };
        }
    }

    // Each job takes what is given for it.
    private sealed class Listed(int[] ms) : ISandbox
    {
        public List<string> Names { get; } = [];
        public string Killed { get; init; } = "";
        public string Lost { get; init; } = "";
        public string Name => "listed";

        public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => Task.FromResult(new SandboxStatus(true, ""));

        public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
        {
            var name = spec.Command[1];
            Names.Add(name);
            return Task.FromResult(name == Lost ? new SandboxRun { Outcome = SandboxOutcome.Unavailable, Reason = "gone" } : new SandboxRun
            {
                Outcome = name == Killed ? SandboxOutcome.Killed : SandboxOutcome.Exited, Kill = name == Killed ? SandboxKill.Wall : SandboxKill.None,
                CpuTime = TimeSpan.FromMilliseconds(ms[name[^1] - '1']),
            });
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
