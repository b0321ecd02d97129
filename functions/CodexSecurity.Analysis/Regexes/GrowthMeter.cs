namespace CodexSecurity.Analysis.Regexes;

/// <summary>Measures how the simulator's steps grow with the number of pumps.</summary>
internal sealed class GrowthMeter(RegexProgram program, string flags, bool anchored, RegexBudget budget)
{
    internal int Spent { get; private set; }

    internal bool Exhausted => Spent >= budget.TotalMatchSteps;

    /// <summary>The degree (2 or more), 0 for exponential, -1 when the growth is linear.</summary>
    internal int Degree(RegexAttack attack)
    {
        // Below a counter's bound, counted repetition looks like a loop.
        var wanted = Math.Max(10, program.LargestCounter * 5 / 4);
        foreach (var start in new[] { wanted, 5, 2, 1 })
        {
            var (s1, s2, s3) = (Steps(attack, start), Steps(attack, start * 2), Steps(attack, start * 4));
            if (s3 < 0) continue;
            var first = Math.Log2(Math.Max(1.0, s3 - s2) / Math.Max(1, s2 - s1));
            if (first < 1.5) return -1;
            var s4 = Steps(attack, start * 8);
            if (s4 < 0)
            {
                // Exponential growth passes any bound soon; a polynomial's exponent shows in the first three runs.
                if (start <= 2 && first > 2.5) return 0;
                if (start > 2 && first > 3.3) continue;
                return Degree(first);
            }
            var second = Math.Log2((s4 - s3) / Math.Max(1.0, s3 - s2));
            if (second > 3 && second > 1.55 * first) return 0;
            return second < 1.6 ? -1 : Degree(second);
        }
        return Exhausted ? -1 : 0;
    }

    private static int Degree(double exponent) => Math.Max(2, (int)Math.Round(exponent));

    /// <summary>Steps of one search, or -1 when the budget ends it.</summary>
    private int Steps(RegexAttack attack, int pumps)
    {
        if (Exhausted || (long)attack.Pump.Length * pumps > 200_000) return -1;
        var simulator = new RegexSimulator(program, flags, attack.Build(pumps), Math.Min(budget.MatchSteps, budget.TotalMatchSteps - Spent));
        // A pattern that matches at once may be slow further on.
        if (flags.Contains('g') && !flags.Contains('y') && !anchored) simulator.SearchAll();
        else simulator.Search(anchored);
        Spent += simulator.Steps;
        return simulator.Exhausted ? -1 : simulator.Steps;
    }
}
