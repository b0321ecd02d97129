using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>Growth is told from noise: start-up 120 ms, measures off by 15 % and 30 ms either way.</summary>
public sealed class CpuOracleTests
{
    private static OracleReading Read(double small, double middle, double large, SandboxKill kill = SandboxKill.None, params double[] again)
    {
        ProofRun Run(double ms, SandboxKill k = SandboxKill.None) =>
            new("attack", new Nonces("a", "b"), k == SandboxKill.None ? SandboxOutcome.Exited : SandboxOutcome.Killed, k, "", 0, 0, "", "", false, 0, (long)(120 + ms), 0, [], [], []);
        return new CpuOracle().Read([Run(small), Run(middle), Run(large, kill), .. again.Select(ms => Run(ms))], OracleSpec.Of("cpu"));
    }

    [Theory]
    [InlineData(2000 / 256.0, 2000 / 16.0, 2000)]
    [InlineData(0, (2000 / 16.0 * 1.15) + 30, 2000 * 0.85)]
    [InlineData(30, (2000 / 16.0) - 30, 1000)]
    [InlineData(0, 0, 900)]
    public void Quadratic_and_steeper_growth_is_seen(double small, double middle, double large) => Assert.True(Read(small, middle, large).Seen);

    [Fact]
    public void Growth_that_a_limit_ends_is_seen() => Assert.True(Read(0, 10, 12_000, SandboxKill.Cpu).Seen);

    [Theory]
    [InlineData(8, 125 + 150, 125, 8)]
    [InlineData(8, 125, 125 + 150, 8)]
    [InlineData(8 + 100, 125 + 150, 125, 8)]
    public void One_slow_run_of_a_small_size_does_not_hide_growth(double small, double middle, double middleAgain, double smallAgain) =>
        Assert.True(Read(small, middle, 2000, SandboxKill.None, middleAgain, smallAgain).Seen);

    [Theory]
    [InlineData(2000 / 16.0, 2000 / 4.0, 2000)]
    [InlineData((2000 / 16.0) + 30, 2000 / 4.0 * 0.85, 2000 * 1.15)]
    [InlineData(5, 40, 600)]
    [InlineData(0, 0, 0)]
    public void Linear_growth_and_little_work_is_not_seen(double small, double middle, double large) => Assert.False(Read(small, middle, large).Seen);
}
