using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Judging;

/// <summary>Decides from runs alone whether the effect of an attack occurred, bound to the nonce of the round.</summary>
public interface IOracle
{
    /// <summary>Name used in <see cref="OracleSpec.Name"/>.</summary>
    string Name { get; }

    /// <summary>Whether it measures: its runs are then carried out one after the other.</summary>
    bool Measures => false;

    /// <summary>Whether a reading leaves the effect open, so that the same runs may show it when they are measured again.</summary>
    bool IsOpen(OracleReading reading) => false;

    /// <summary>
    /// Of a round of so many jobs, the positions of those that may rule the effect out before the others have run; they are carried out first,
    /// in this order. None where every job is needed.
    /// </summary>
    IReadOnlyList<int> First(int jobs) => [];

    /// <summary>Whether what the jobs of <see cref="First"/> gave rules the effect out, whatever the others would show.</summary>
    bool RulesOut(IReadOnlyList<ProofRun> first) => false;

    /// <summary>Reads the runs of one round (all jobs of the attack, or all of the control; or those of <see cref="First"/> that ruled the effect out).</summary>
    OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec);

    /// <summary>Whether the control is silent beside a seen attack.</summary>
    bool IsSilent(OracleReading control, OracleReading attack) => !control.Seen;
}

/// <summary>What an oracle saw.</summary>
/// <param name="Seen">The effect occurred.</param>
/// <param name="Detail">One sentence without times and nonces, so that reports repeat.</param>
/// <param name="Tags">Payloads that fired, where one process tried several.</param>
/// <param name="Measure">A number for oracles that measure (milliseconds of CPU); 0 otherwise.</param>
public sealed record OracleReading(bool Seen, string Detail, IReadOnlyList<string> Tags, double Measure = 0)
{
    /// <summary>A limit ended what has to be measured: neither a repetition nor more of the same would tell.</summary>
    public bool IsBeyondLimits { get; init; }

    /// <summary>Nothing was seen.</summary>
    public static OracleReading Nothing(string detail = "no effect was seen", double measure = 0) => new(false, detail, [], measure);

    /// <summary>The effect was seen.</summary>
    public static OracleReading Effect(string detail, IReadOnlyList<string>? tags = null, double measure = 0) => new(true, detail, tags ?? [], measure);
}
