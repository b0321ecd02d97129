namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>What one size took while growth was explored.</summary>
/// <param name="Size">Number of pumps.</param>
/// <param name="Cpu">Milliseconds of CPU time.</param>
/// <param name="Cut">It was stopped.</param>
internal sealed record GrowthMeasure(int Size, double Cpu, bool Cut);

/// <summary>How long a text has to be for a proof, told from what an exploring run measured.</summary>
internal static class GrowthSizes
{
    /// <summary>Milliseconds of CPU time at which an exploration has seen enough of a series.</summary>
    public const int Slow = 300;

    /// <summary>Milliseconds of CPU time that a proof aims at.</summary>
    public const double Wanted = 1200;

    private const double Near = 1500;

    /// <summary>What harmless texts are made of. Any of them may be slow itself for some expression.</summary>
    public static readonly string[] BenignPumps = ["a", "benign ", "1", "Ab3-", "/a.b", "a=b; ", "<a b=\"c\">"];

    /// <summary>Number of pumps at which the subject takes about as long as wanted.</summary>
    /// <param name="subject">The subject.</param>
    /// <param name="series">Its measures, sizes ascending, at least one.</param>
    public static int Of(Subject subject, IReadOnlyList<GrowthMeasure> series)
    {
        var slow = series[^1];
        if (!slow.Cut && slow.Cpu is >= 800 and <= Near) return slow.Size;
        var before = series.Count > 1 ? series[^2] : null;
        if (before is null || before.Cpu < 10) return slow.Size;
        var earlier = series.Count > 2 ? series[^3] : null;
        // From two sizes that can be trusted, the further apart the better: the rate for exponential growth, the exponent for a power.
        bool isMeasured = earlier is { Cpu: > 5 };
        var (a, b) = slow.Cut ? (isMeasured ? earlier : null, before) : (isMeasured ? earlier! : before, slow);
        double size;
        if (subject.Degree == 0)
        {
            double rate = a is null ? Math.Log(2) : Math.Log(b.Cpu / a.Cpu) / (b.Size - a.Size);
            // One more multiplies the time: the nearest, not the next.
            size = Math.Round(b.Size + Math.Log(Wanted / b.Cpu) / Math.Max(rate, 0.05));
        }
        else
        {
            double exponent = a is null ? subject.Degree : Math.Log(b.Cpu / a.Cpu) / Math.Log((double)b.Size / a.Size);
            size = b.Size * Math.Pow(Wanted / b.Cpu, 1 / Math.Max(exponent, 1.2));
        }

        // The measures come from the sandbox: whatever they say, a size comes of it.
        double most = slow.Cut ? slow.Size : slow.Size * 2.0;
        return double.IsNaN(size) ? slow.Size : (int)Math.Clamp(Math.Ceiling(size), Math.Min(before.Size / 2 + 4, most), Math.Min(most, int.MaxValue));
    }
}
