using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Judging;

/// <summary>
/// "cpu": runs with inputs of n/36, n/6, n and, for an attack, n/6 and n/36 once more. CPU time, measured from outside, passes a floor at n and
/// grows faster than the input: (t3 - t1) / (t2 - t1) is 7 for linear growth, 37 for quadratic, more for steeper; start-up cancels out. The steps
/// are wide because the same program was seen to take from 0.5 s to 2.4 s within a minute on a shared machine; for the same reason the lower of
/// two measures of a small size counts, and the floor is far below what a proof aims at.
/// Where n stays below the floor, start-up included, and takes hardly longer than n/36, nothing can be seen and the other sizes are not run.
/// </summary>
public sealed class CpuOracle : IOracle
{
    /// <summary>Milliseconds that the largest input takes more than the smallest.</summary>
    public const double Floor = 400;

    /// <summary>Lowest ratio that counts as super-linear: the geometric mean of linear and quadratic, less a little: start-up adds noise to the small sizes only.</summary>
    public const double Ratio = 14;

    // The clock ticks in steps of 10 ms and start-up varies by a few of them; linear growth to the floor takes 57 ms at the middle size.
    private const double Noise = 30;
    // The same program was seen to take from 0.5 s to 2.4 s: what is a quarter of the floor or more may be a slow program on a fast moment.
    private const double Open = Floor / 4;
    // A harmless text of the same length may cost this much of what the attack costs: start-up noise is within it.
    private const double Silent = 0.2;
    private const int Largest = 2, Sizes = 3, Whole = 5;
    // Another measure of the small size would have to be this much quicker than the first for the effect to be as much as open, five ticks of the clock.
    private const double Flat = Open / 2;
    private static readonly int[] s_first = [0, Largest];

    /// <inheritdoc />
    public string Name => "cpu";

    /// <inheritdoc />
    public bool Measures => true;

    /// <inheritdoc />
    public bool IsOpen(OracleReading reading) => reading is { Seen: false, Measure: >= Open, IsBeyondLimits: false };

    /// <inheritdoc />
    public IReadOnlyList<int> First(int jobs) => jobs is Sizes or Whole ? s_first : [];

    /// <inheritdoc />
    public bool RulesOut(IReadOnlyList<ProofRun> first) => first.Count == s_first.Length && first[1].CpuMs < Floor && first[1].CpuMs - first[0].CpuMs < Flat;

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        if (runs.Count == s_first.Length && RulesOut(runs)) return OracleReading.Nothing("CPU time stays low", Math.Max(0, runs[1].CpuMs - runs[0].CpuMs));
        if (runs.Count is not (Sizes or Whole)) return OracleReading.Nothing("growth was explored, no size was measured from outside");
        double least = Least(0), rise = runs[Largest].CpuMs - least, middle = Least(1) - least;
        // Once the middle size ended by a limit too, nothing is known of the growth.
        bool known = runs.Where((_, i) => i != Largest).All(r => r.Kill == Ports.Sandbox.SandboxKill.None);
        bool steep = known && rise >= Floor && (middle <= Noise || rise / middle >= Ratio);
        return steep ? OracleReading.Effect("CPU time grows faster than the input and passes 0.4 s", measure: rise)
            : OracleReading.Nothing(!known ? "a limit ended more than the largest text, so nothing is known of the growth" : rise >= Floor ? "CPU time grows no faster than the input" : "CPU time stays low", rise) with { IsBeyondLimits = !known };

        double Least(int step) => runs.Where((_, i) => i == step || i == (2 * Largest) - step).Min(r => r.CpuMs);
    }

    /// <inheritdoc />
    public bool IsSilent(OracleReading control, OracleReading attack) => !control.Seen && control.Measure < attack.Measure * Silent;
}
