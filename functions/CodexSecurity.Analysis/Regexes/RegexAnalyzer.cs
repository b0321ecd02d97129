using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>
/// Finds super-linear backtracking: words on which two paths lead from a loop back to itself (exponential) or from one loop to a later one
/// (polynomial), after Weideman et al. 2016 and Wüstholz et al. 2017. Only attacks whose growth shows in a simulated backtracking matcher
/// are returned, so a reported pattern is slow by measurement; a degree is a lower bound where several different pumps would add up.
/// </summary>
public static class RegexAnalyzer
{
    private const int MaxAttacks = 8;

    /// <summary>Analyses one pattern. Never throws on any pattern; deterministic; bounded by the budget.</summary>
    public static RegexVerdict Analyze(string pattern, string flags, RegexBudget? budget = null, RegexAttackConstraints? constraints = null)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(flags);
        budget ??= new RegexBudget();
        var (root, groups, error) = RegexParser.Parse(pattern, flags);
        if (root is null) return Unknown(error ?? "invalid pattern");
        var program = RegexProgram.Compile(root, groups);
        if (program.TooLarge) return Unknown("the pattern is too large");
        var anchored = !flags.Contains('m') && RegexFacts.Anchored(root, '^');
        var graph = new PositionGraph(program, budget.SearchSteps, constraints?.Forbidden);
        var meter = new GrowthMeter(program, flags, anchored, budget);
        var attacks = new List<RegexAttack>();
        var seen = new HashSet<(string, string)>();
        var suffixes = Suffixes(graph.Sets, constraints);
        foreach (var candidate in new AmbiguitySearch(graph, constraints?.NotFirst).Candidates(anchored || flags.Contains('y')))
        {
            // A few exponential attacks are choice enough.
            if (meter.Exhausted || attacks.Count >= MaxAttacks || attacks.Count(a => a.Degree == 0) >= 3) break;
            if (!seen.Add((candidate.Prefix, candidate.Pump))) continue;
            if (Try(candidate)) continue;
            // Another alternative may take the pump at the very start of the text (^\s+|\s+$): put a character before it that nothing reads.
            if (!anchored && suffixes.FirstOrDefault(s => s.Length == 1) is { } strange) Try(candidate with { Prefix = strange + candidate.Prefix });
        }
        bool Try(PumpCandidate candidate)
        {
            foreach (var suffix in suffixes)
            {
                if (Constrain(candidate, suffix, constraints) is not { } attack) continue;
                var degree = meter.Degree(attack);
                if (degree < 0) continue;
                attacks.Add(attack with { Degree = degree, Explanation = Explain(pattern, candidate.Span, degree, program.Approximate) });
                return true;
            }
            return false;
        }

        if (attacks.Count == 0) return graph.Exhausted || meter.Exhausted ? Unknown("the step budget ended") : new RegexVerdict(RegexComplexity.Linear, 1, []);
        var ordered = attacks.OrderBy(a => a.Degree == 0 ? 0 : 1).ThenByDescending(a => a.Degree).ToList();
        return new RegexVerdict(ordered[0].Degree == 0 ? RegexComplexity.Exponential : RegexComplexity.Polynomial, ordered[0].Degree, ordered);
    }

    private static RegexVerdict Unknown(string reason) => new(RegexComplexity.Unknown, 0, [], reason);

    // Ends that may make the match fail: a character that nothing reads, none at all, and for each set of the pattern one outside and one inside.
    private static List<string> Suffixes(IReadOnlyList<CharacterSet> sets, RegexAttackConstraints? constraints)
    {
        var all = sets.Where(s => s != CharacterSet.All).Aggregate(CharacterSet.Empty, (union, s) => union.Union(s)).Complement();
        var characters = new List<int> { all.Intersect(CharacterSet.Of([(33, 126)])).Representative(constraints?.Forbidden), all.Representative(constraints?.Forbidden) };
        var others = sets.Take(5).Select(s => s.Complement().Representative(constraints?.Forbidden))
            .Concat(sets.Take(5).Select(s => s.Representative(constraints?.Forbidden)));
        var result = characters.Concat(others).Where(c => c is >= 0 and <= 0xFFFF).Select(c => ((char)c).ToString()).ToList();
        result.Insert(Math.Min(1, result.Count), "");
        result.Add("\n\u0001");
        return [.. result.Distinct().Take(10)];
    }

    private static RegexAttack? Constrain(PumpCandidate candidate, string suffix, RegexAttackConstraints? constraints)
    {
        var prefix = candidate.Prefix;
        if (constraints?.RequiredFirst is { } first && !(prefix + candidate.Pump).StartsWith(first)) prefix = first + prefix;
        if (constraints?.RequiredLast is { } last && !suffix.EndsWith(last)) suffix += last;
        var attack = new RegexAttack(prefix, candidate.Pump, suffix, 0, candidate.Span, "");
        var text = attack.Build(1);
        return (constraints?.Forbidden is { } forbidden && forbidden.ContainsAny(text)) || (constraints?.NotFirst is { } notFirst && text.Length > 0 && notFirst.Contains(text[0])) ? null : attack;
    }

    private static string Explain(string pattern, Span span, int degree, bool approximate)
    {
        var part = pattern[span.Start..Math.Min(span.End, span.Start + 80)];
        var growth = degree == 0 ? "exponentially" : $"with degree {degree}";
        var doubt = approximate ? " Counters above 300 were taken as unlimited." : "";
        return $"Backtracking in `{part}` grows {growth} with the number of pumps (measured on a simulated matcher).{doubt}";
    }
}
