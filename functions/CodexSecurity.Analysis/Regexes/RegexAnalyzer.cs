using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>
/// Finds super-linear backtracking: words on which two paths lead from a loop back to itself (exponential) or from one loop to a later one
/// (polynomial), after Weideman et al. 2016 and Wüstholz et al. 2017. Only attacks whose growth shows in the simulator are returned.
/// </summary>
public static class RegexAnalyzer
{
    /// <summary>Analyses one pattern. Never throws on any pattern; deterministic; bounded by the budget.</summary>
    public static RegexVerdict Analyze(string pattern, string flags, RegexBudget? budget = null, RegexAttackConstraints? constraints = null)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(flags);
        budget ??= new RegexBudget();
        var (root, groups, error) = RegexParser.Parse(pattern, flags);
        if (root is null) return new RegexVerdict(RegexComplexity.Unknown, 0, [], error);
        var program = RegexProgram.Compile(root, groups);
        if (program.TooLarge) return new RegexVerdict(RegexComplexity.Unknown, 0, [], "the pattern is too large");
        var anchored = !flags.Contains('m') && RegexFacts.Anchored(root, '^');
        var search = new AmbiguitySearch(program, budget.SearchSteps, constraints?.Forbidden);
        var attacks = new List<RegexAttack>();
        var spent = 0;
        foreach (var (prefix, pump, span) in search.Candidates(anchored || flags.Contains('y')))
        {
            // Three exponential attacks are choice enough.
            if (spent > budget.TotalMatchSteps || attacks.Count(a => a.Degree == 0) >= 3) break;
            foreach (var suffix in Suffixes)
            {
                var attack = new RegexAttack(prefix, pump, suffix, 0, span, "");
                if (!Allowed(attack, constraints)) continue;
                var degree = Growth(program, flags, anchored, attack, budget.MatchSteps, ref spent);
                if (degree < 0) continue;
                attacks.Add(attack with { Degree = degree, Explanation = Explain(pattern, span, degree) });
                break;
            }
        }
        var ordered = attacks.OrderBy(a => a.Degree == 0 ? 0 : 1).ThenByDescending(a => a.Degree).Take(8).ToList();
        if (ordered.Count == 0)
            return search.Exhausted || spent > budget.TotalMatchSteps ? new RegexVerdict(RegexComplexity.Unknown, 0, [], "the step budget ended") : new RegexVerdict(RegexComplexity.Linear, 1, []);
        return new RegexVerdict(ordered[0].Degree == 0 ? RegexComplexity.Exponential : RegexComplexity.Polynomial, ordered[0].Degree, ordered);
    }

    private static readonly string[] Suffixes = ["\u0001", "!", "", "\n\u0001", "x", "\n", "@!"];

    private static bool Allowed(RegexAttack attack, RegexAttackConstraints? constraints)
    {
        if (constraints is null) return true;
        var text = attack.Build(2);
        return (constraints.Forbidden is null || !constraints.Forbidden.ContainsAny(text))
            && (constraints.RequiredFirst is null || text.StartsWith(constraints.RequiredFirst.Value))
            && (constraints.RequiredLast is null || text.EndsWith(constraints.RequiredLast.Value));
    }

    private static string Explain(string pattern, Span span, int degree) =>
        $"`{pattern[span.Start..Math.Min(span.End, span.Start + 60)]}` backtracks in {(degree == 0 ? "exponential time" : $"time of degree {degree}")}; measured on a simulated matcher (lookbehind taken as true, counters above 30 as loops).";

    // Degree, 0 for exponential, -1 when the growth is not super-linear.
    private static int Growth(RegexProgram program, string flags, bool anchored, RegexAttack attack, int cap, ref int spent)
    {
        var small = Steps(program, flags, anchored, attack.Build(8), cap, ref spent);
        var middle = Steps(program, flags, anchored, attack.Build(12), cap, ref spent);
        var large = Steps(program, flags, anchored, attack.Build(16), cap, ref spent);
        if (large - middle > 3.2 * (middle - small) && large > 1000) return 0;
        var a = Steps(program, flags, anchored, attack.Build(20), cap, ref spent);
        var b = Steps(program, flags, anchored, attack.Build(40), cap, ref spent);
        var c = Steps(program, flags, anchored, attack.Build(80), cap, ref spent);
        if (a >= cap || b >= cap) return a >= cap ? 0 : -1;
        // With a capped last run the step from 20 to 40 pumps decides alone.
        var ratio = c >= cap ? (double)b / a : (double)(c - b) / Math.Max(1, b - a);
        var exponent = Math.Log2(ratio);
        return exponent < 1.6 ? -1 : Math.Max(2, (int)Math.Round(exponent));
    }

    private static int Steps(RegexProgram program, string flags, bool anchored, string text, int cap, ref int spent)
    {
        var simulator = new RegexSimulator(program, flags, text, cap);
        simulator.Search(anchored);
        spent += simulator.Steps;
        return simulator.Steps;
    }
}
