using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Rewrites of a slow regular expression. Those of <see cref="Exact"/> match the same texts by construction and are kept only where the analysis finds them
/// faster; the others of <see cref="Bounded"/> put a limit on repetitions.
/// </summary>
internal static class RegexRewrites
{
    private const int Wide = 1000, Narrow = 256;

    /// <summary>Equivalent patterns, best first.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="testOnly">Only whether it matches is used, neither where nor what its groups hold.</param>
    public static IEnumerable<string> Exact(string pattern, string flags, bool testOnly)
    {
        if (RegexSketch.Read(pattern) is not { } branches) yield break;
        var before = RegexAnalyzer.Analyze(pattern, flags);
        var unnested = Map(branches, i => Unnest(i, testOnly));
        var parted = Sequences(branches, Part);
        var steps = new List<IReadOnlyList<IReadOnlyList<RegexItem>>> { unnested, parted, Sequences(unnested, Part) };
        if (testOnly)
        {
            steps.Add([.. branches.Select(Absorb)]);
            steps.Add([.. unnested.Select(Absorb)]);
        }
        steps.AddRange(steps.Prepend(branches).ToList().Select(b => AtRunStart(b, flags)).OfType<IReadOnlyList<IReadOnlyList<RegexItem>>>());
        foreach (var text in steps.Where(s => KeepsReferences(branches, s)).Select(RegexSketch.Write).Where(t => t != pattern).Distinct().ToList())
        {
            var after = RegexAnalyzer.Analyze(text, flags);
            if (after.Complexity == RegexComplexity.Linear || (after.Complexity == RegexComplexity.Polynomial && before.Complexity == RegexComplexity.Exponential)) yield return text;
        }
    }

    /// <summary>
    /// The pattern with every unlimited repetition that is not nested in another one limited: by the widest limit first, then by one that helps where texts
    /// are short themselves (a header of 14,000 characters takes a limit of 1,000 only 14 times over). Nothing where no limit helps.
    /// </summary>
    public static IEnumerable<(string Pattern, int Limit)> Bounded(string pattern, int degree)
    {
        if (degree == 0 || RegexSketch.Read(pattern) is not { } branches) yield break;
        foreach (int limit in degree > 2 ? [Narrow] : (int[])[Wide, Narrow])
        {
            var text = RegexSketch.Write(Map(branches, i => i is { IsUnbounded: true } && i.Min < limit ? [i with { Max = limit }] : [i]));
            if (text != pattern) yield return (text, limit);
        }
    }

    private static IReadOnlyList<IReadOnlyList<RegexItem>> Map(IReadOnlyList<IReadOnlyList<RegexItem>> branches, Func<RegexItem, IReadOnlyList<RegexItem>> change) =>
        [.. branches.Select(b => (IReadOnlyList<RegexItem>)[.. b.SelectMany(i => change(i.Branches is null ? i : i with { Branches = Map(i.Branches, change) }))])];

    private static IReadOnlyList<IReadOnlyList<RegexItem>> Sequences(IReadOnlyList<IReadOnlyList<RegexItem>> branches, Func<IReadOnlyList<RegexItem>, IReadOnlyList<RegexItem>> change) =>
        [.. branches.Select(b => change([.. b.Select(i => i.Branches is null ? i : i with { Branches = Sequences(i.Branches, change) })]))];

    // What is referred to by number has to have its number, and to hold what it held.
    private static bool KeepsReferences(IReadOnlyList<IReadOnlyList<RegexItem>> before, IReadOnlyList<IReadOnlyList<RegexItem>> after)
    {
        var references = RegexSketch.All(before).Where(i => i.IsReference).Select(i => int.Parse(i.Text.AsSpan(1), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        if (references.Count == 0) return true;
        var (old, now) = (Groups(before), Groups(after));
        return old.Count == now.Count && references.All(n => n <= old.Count && old[n - 1] == now[n - 1]);

        static List<string> Groups(IReadOnlyList<IReadOnlyList<RegexItem>> b) => [.. RegexSketch.All(b).Where(i => i.Captures).Select(i => i.ToString())];
    }

    /// <summary>A number with a point, as it is often written: x*.?x+ is x+(.x+)?|.x+, and x+.?x* is x+(.x*)?.</summary>
    private static IReadOnlyList<RegexItem> Part(IReadOnlyList<RegexItem> items)
    {
        var result = items.ToList();
        for (var i = 0; i + 2 < result.Count; i++)
        {
            var (first, point, second) = (result[i], result[i + 1], result[i + 2]);
            if (!IsRun(first) || !IsRun(second) || first.Text != second.Text || first.Min + second.Min > 1 || point is not { Min: 0, Max: 1 or -1, Lazy: false, Literal: { Length: 1 } stop } || Matches(first.Text, stop) != false) continue;
            var then = point.Times(1, point.Max);
            IReadOnlyList<RegexItem> now = second.Min == 0 ? [first, Optional(then, second)]
                : [new RegexItem("(?:", [[second, Optional(then, second)], [then, second]])];
            result.RemoveRange(i, 3);
            result.InsertRange(i, now);
            i += now.Count - 1;
        }
        return result;

        static bool IsRun(RegexItem i) => i is { IsSimple: true, IsUnbounded: true, Min: <= 1, Lazy: false };
        static RegexItem Optional(params RegexItem[] items) => new("(?:", [items], 0, 1);
    }

    // x+, or a group around nothing else.
    private static RegexItem? Core(RegexItem i) => i is { IsSimple: true, IsUnbounded: true, Min: <= 1 } ? i : i is { IsGroup: true, IsLookaround: false, Min: 1, Max: 1, Branches: [[var only]] } ? Core(only) : null;

    /// <summary>A repeated group whose alternatives are repeated themselves: (a*|b)* is (a|b)*; (a+b?)* is (a+(ba+)*b?)?; (a+b*)* is (ab*)*.</summary>
    private static IReadOnlyList<RegexItem> Unnest(RegexItem group, bool testOnly)
    {
        if (group.Branches is not { } inner || !group.IsUnbounded || group.Min > 1 || group.IsLookaround) return [group];
        // A lazy group stops after a round, and rounds get shorter.
        if (group.Lazy && !testOnly) return [group];
        if (inner.Any(b => b.Count == 1 && b[0] is { IsSimple: true, IsUnbounded: true, Min: <= 1 }))
        {
            var empty = inner.Any(b => b.Count == 1 && b[0] is { IsSimple: true, IsUnbounded: true, Min: 0 });
            var flat = inner.Select(b => b.Count == 1 && b[0] is { IsSimple: true, IsUnbounded: true, Min: <= 1 } only ? (IReadOnlyList<RegexItem>)[only.Times(1, 1) with { Lazy = false }] : b).ToList();
            var min = empty ? 0 : group.Min;
            // A repeated group holds its last round only: less of it than before, which hardly anything reads.
            return flat is [[{ } one]] && !group.Captures ? [one.Times(min, -1) with { Lazy = group.Lazy }] : [group with { Branches = flat, Min = min }];
        }
        // (\r\n|\n|\r)+ is [\n\r]+: whatever the longer alternatives take, the single characters take as well. What a capturing group holds last differs.
        if (!group.Captures && !group.Lazy && Letters(inner) is { } set) return [new RegexItem(set).Times(group.Min, -1)];
        if (group.Captures && !testOnly) return [group];
        if (inner is [[{ IsSimple: true, IsUnbounded: true, Min: 1 } a, { IsSimple: true, Min: 0, Max: 1 } b]])
            return Joined([a, Loop(b.Times(1, 1), a), b]);
        if (inner is [[{ IsSimple: true, Min: 0, Max: 1 } c, { IsSimple: true, IsUnbounded: true, Min: 1 } d]])
            return Joined([c, d, Loop(c.Times(1, 1), d)]);
        // One round takes one d, where the rest of a round may be nothing: (c*d+)+ is (c*d)+, and (d+c*)+ is (dc*)+.
        if (inner is [{ Count: > 1 } round])
        {
            if (IsRun(round[^1]) && round.SkipLast(1).All(i => i.Min == 0)) return [group with { Branches = [[.. round.SkipLast(1), round[^1].Times(1, 1)]] }];
            if (IsRun(round[0]) && round.Skip(1).All(i => i.Min == 0)) return [group with { Branches = [[round[0].Times(1, 1), .. round.Skip(1)]] }];
        }
        return [group];

        IReadOnlyList<RegexItem> Joined(IReadOnlyList<RegexItem> items) => group.Min == 0 ? [new RegexItem("(?:", [items], 0, 1)] : group.Captures ? [new RegexItem(group.Text, [items])] : items;

        static bool IsRun(RegexItem i) => i is { IsSimple: true, IsUnbounded: true, Min: 1, Lazy: false };
        static RegexItem Loop(params RegexItem[] items) => new("(?:", [items], 0, -1);
    }

    // The set of the characters of alternatives that are plain texts, each of which is an alternative by itself; null for others.
    private static string? Letters(IReadOnlyList<IReadOnlyList<RegexItem>> branches)
    {
        if (branches.Count < 2 || branches.Any(b => b.Count == 0 || b.Any(i => i is not { Min: 1, Max: 1 } || !IsLetter(i)))) return null;
        var single = branches.Where(b => b.Count == 1).Select(b => b[0].Text).Distinct().ToList();
        if (branches.Any(b => b.Any(i => !single.Contains(i.Text)))) return null;
        return "[" + string.Concat(single.Select(t => t is "]" or "^" or "-" ? "\\" + t : t)) + "]";

        static bool IsLetter(RegexItem i) => i.Literal.Length == 1 || i.Text is "\\n" or "\\r" or "\\t" or "\\f" or "\\v";
    }

    /// <summary>x+ c x+ reads the same texts where the first x stops at the first c: what it leaves, the second x takes.</summary>
    private static IReadOnlyList<RegexItem> Absorb(IReadOnlyList<RegexItem> items)
    {
        var result = items.ToList();
        for (var i = 0; i + 2 < result.Count; i++)
        {
            var (first, second) = (Core(result[i]), Core(result[i + 2]));
            if (first is null || second is null || first.Text != second.Text || result[i + 1] is not { Min: 1, Max: 1, Literal: { Length: 1 } stop } || Without(first.Text, stop[0]) is not { } rest) continue;
            var tail = new RegexItem(rest).Times(0, -1);
            IReadOnlyList<RegexItem> now = first.Min == 0 ? [tail] : [first.Times(1, 1) with { Lazy = false }, tail];
            result[i] = result[i].IsGroup ? result[i] with { Branches = [now] } : new RegexItem("(?:", [now]);
            if (!items[i].IsGroup) { result.RemoveAt(i); result.InsertRange(i, now); i += now.Count - 1; }
        }
        return result;
    }

    // The set without one character, as source text; null for sets that are not understood.
    private static string? Without(string set, char c)
    {
        var plain = c is ']' or '\\' or '^' or '-' ? "\\" + c : c.ToString();
        return set switch
        {
            "." => $"[^{plain}\\n\\r\\u2028\\u2029]",
            "[\\s\\S]" or "[\\S\\s]" or "[^]" => $"[^{plain}]",
            "\\S" => $"[^{plain}\\s]",
            _ when set.StartsWith("[^", StringComparison.Ordinal) => set.Contains(plain, StringComparison.Ordinal) ? set : set[..^1] + plain + "]",
            _ => null,
        };
    }

    /// <summary>A pattern that begins with x+ never has its first match inside a run of x: looking only at the start of a run gives the same match.</summary>
    private static List<IReadOnlyList<RegexItem>>? AtRunStart(IReadOnlyList<IReadOnlyList<RegexItem>> branches, string flags)
    {
        if (flags.Contains('y')) return null;
        var changed = false;
        var result = branches.Select(b =>
        {
            if (b.Count < 2 || (b[0] is { IsSimple: true, IsUnbounded: true } run ? run : Core(b[0])) is not { } first || (flags.Contains('g') && !EndsApart(b, first))) return b;
            // With other alternatives before it a match may begin earlier by another way; the guard is about this branch alone, which starts no later.
            changed = true;
            return (IReadOnlyList<RegexItem>)[new RegexItem("(?<!", [[first.Times(1, 1) with { Lazy = false }]]), .. b];
        }).ToList();
        return changed ? result : null;

        // In a global search the next match may begin right behind one that ended inside the run; not where it ends with something else.
        static bool EndsApart(IReadOnlyList<RegexItem> b, RegexItem first) => b[^1].Text == "$"
            || (b[^1] is { Min: 1, Max: 1, Literal: { Length: 1 } last } && Matches(first.Text, last) == false);
    }

    private static bool? Matches(string set, string c)
    {
        try
        {
            return System.Text.RegularExpressions.Regex.IsMatch(c, "^" + (set == "[^]" ? "[\\s\\S]" : set) + "$", System.Text.RegularExpressions.RegexOptions.ECMAScript);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
