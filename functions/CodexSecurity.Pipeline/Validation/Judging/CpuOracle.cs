using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Judging;

/// <summary>
/// "cpu": runs with inputs of n/16, n/4, n and, for an attack, n/4 and n/16 once more. CPU time, measured from outside, passes a floor at n and
/// grows faster than the input: (t3 - t1) / (t2 - t1) is 5 for linear growth, 17 for quadratic, more for steeper; start-up cancels out. Steps
/// of four, not of two: two runs of the same program differ by 15 % on a shared machine, which a ratio of 3 against 5 does not bear. A run now
/// and then costs 100 ms more than its like, so of two measures of a small size the lower one counts.
/// </summary>
public sealed class CpuOracle : IOracle
{
    /// <summary>Milliseconds that the largest input takes more than the smallest.</summary>
    public const double Floor = 700;

    /// <summary>Lowest ratio that counts as super-linear: the geometric mean of linear and quadratic, beyond the noise of either.</summary>
    public const double Ratio = 9;

    // The clock ticks in steps of 10 ms and start-up varies by a few of them.
    private const double Noise = 60;
    private const int Largest = 2;

    /// <inheritdoc />
    public string Name => "cpu";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        if (runs.Count is not (3 or 5)) return OracleReading.Nothing("growth was explored, no size was measured from outside");
        double least = Least(0), rise = runs[Largest].CpuMs - least, middle = Least(1) - least;
        // Once the middle size ended by a limit too, nothing is known of the growth.
        bool known = runs.Where((_, i) => i != Largest).All(r => r.Kill == Ports.Sandbox.SandboxKill.None);
        bool steep = known && rise >= Floor && (middle <= Noise || rise / middle >= Ratio);
        return steep ? OracleReading.Effect("CPU time grows faster than the input and passes 0.7 s", measure: rise)
            : OracleReading.Nothing(rise >= Floor ? "CPU time grows no faster than the input" : "CPU time stays low", rise);

        double Least(int step) => runs.Where((_, i) => i == step || i == (2 * Largest) - step).Min(r => r.CpuMs);
    }

    /// <inheritdoc />
    public bool IsSilent(OracleReading control, OracleReading attack) => !control.Seen && control.Measure < attack.Measure * 0.1;
}
