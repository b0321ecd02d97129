using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>Growth is told from noise: start-up 120 ms, measures off by a quarter and by 20 ms either way.</summary>
public sealed class CpuOracleTests
{
    private static OracleReading Read(double small, double middle, double large, SandboxKill kill = SandboxKill.None, params double[] again)
    {
        ProofRun Run(double ms, SandboxKill k = SandboxKill.None) =>
            new("attack", new Nonces("a", "b"), k == SandboxKill.None ? SandboxOutcome.Exited : SandboxOutcome.Killed, k, "", 0, 0, "", "", false, 0, (long)(120 + ms), 0, [], [], []);
        return new CpuOracle().Read([Run(small), Run(middle), Run(large, kill), .. again.Select(ms => Run(ms))], OracleSpec.Of("cpu"));
    }

    [Theory]
    [InlineData(2000 / 1296.0, 2000 / 36.0, 2000)]
    [InlineData(0, (2000 / 36.0 * 1.25) + 20, 2000 * 0.75)]
    [InlineData(0, 2000 / 36.0 * 0.5, 430)]
    [InlineData(30, (2000 / 36.0) - 30, 1000)]
    [InlineData(0, 0, 900)]
    public void Quadratic_and_steeper_growth_is_seen(double small, double middle, double large) => Assert.True(Read(small, middle, large).Seen);

    [Fact]
    public void Growth_that_a_limit_ends_is_seen() => Assert.True(Read(0, 10, 12_000, SandboxKill.Cpu).Seen);

    // To measure it again would take as long and tell as little.
    [Fact]
    public void Growth_of_which_a_limit_ended_more_than_the_largest_text_is_not_measured_again()
    {
        ProofRun Run(int ms, SandboxKill kill) => new("attack", new Nonces("a", "b"), SandboxOutcome.Exited, kill, "", 0, 0, "", "", false, 0, ms, 0, [], [], []);
        var reading = new CpuOracle().Read([Run(120, SandboxKill.None), Run(6_000, SandboxKill.Cpu), Run(6_000, SandboxKill.Cpu)], OracleSpec.Of("cpu"));
        Assert.Equal((false, true, false), (reading.Seen, reading.IsBeyondLimits, new CpuOracle().IsOpen(reading)));
        Assert.True(new CpuOracle().IsOpen(Read(0, 10, 200)));
    }

    [Theory]
    [InlineData(2, 55 + 150, 55, 2)]
    [InlineData(2, 55, 55 + 150, 2)]
    [InlineData(2 + 100, 55 + 150, 55, 2)]
    public void One_slow_run_of_a_small_size_does_not_hide_growth(double small, double middle, double middleAgain, double smallAgain) =>
        Assert.True(Read(small, middle, 2000, SandboxKill.None, middleAgain, smallAgain).Seen);

    [Theory]
    [InlineData(2000 / 36.0, 2000 / 6.0, 2000)]
    [InlineData((2000 / 36.0) + 20, 2000 / 6.0 * 0.75, 2000 * 1.25)]
    [InlineData(5, 10, 380)]
    [InlineData(10, 70, 420)]
    [InlineData(0, 0, 0)]
    public void Linear_growth_and_little_work_is_not_seen(double small, double middle, double large) => Assert.False(Read(small, middle, large).Seen);
}
