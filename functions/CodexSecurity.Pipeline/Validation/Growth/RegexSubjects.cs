using CodexSecurity.Analysis.Regexes;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>A family of subjects: prefix, pump as often as wanted, suffix.</summary>
/// <param name="Degree">0 for exponential growth.</param>
public sealed record Subject(string Name, string Prefix, string Pump, string Suffix, int Degree)
{
    private static readonly int[] Lengths = [500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 200_000];

    /// <summary>The text is an expression: few repetitions in it may be too many.</summary>
    public bool IsExpression { get; init; }

    /// <summary>Pump counts to explore, ascending.</summary>
    public IReadOnlyList<int> Sizes => Degree == 0
        ? [.. IsExpression ? Enumerable.Range(2, 10) : [], .. Enumerable.Range(6, 15).Select(i => i * 2), 48, 64, 96]
        : [.. Lengths.Select(n => Math.Max(4, n / Pump.Length)).Distinct()];
}

/// <summary>Attack strings for the regular expression of a candidate, shaped so that they survive what happens to the text on its way.</summary>
public static class RegexSubjects
{
    private const int MaxAttacks = 3;
    private static readonly CharacterSet s_blanks = CharacterSet.Of([(9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);

    private static readonly string[] s_signs = ["[", "(", "{", "<", "#", ":", "`", "*", "_", "!", "@", "&", "\"", "'", "\\"];

    /// <summary>Subjects, the likeliest first. <paramref name="benign"/>: text that a legal call holds at this place.</summary>
    public static IReadOnlyList<Subject> Of(Candidate candidate, string? benign, bool wide)
    {
        if (!candidate.Properties.TryGetValue(CandidateProperties.RegexPattern, out string? pattern)) return Patterns(wide);
        string flags = candidate.Properties.GetValueOrDefault(CandidateProperties.RegexFlags, "");
        var transformations = candidate.Inputs.Count > 0 ? candidate.Inputs[0].Transformations : [];
        var attacks = Attacks(pattern, flags, null).ToList();
        var subjects = new List<Subject>();
        bool trimmed = transformations.Any(t => t.StartsWith("trim", StringComparison.Ordinal));
        // Another beginning than blanks, where the expression has one: one that is anchored takes no letter before it.
        if (trimmed && attacks.Any(a => s_blanks.Contains((a.Prefix + a.Pump)[0])))
        {
            foreach (var attack in Attacks(pattern, flags, new RegexAttackConstraints(NotFirst: s_blanks))) Add("not blank at first", attack.Prefix, attack, s_blanks.Contains((attack.Pump + attack.Suffix)[^1]) ? attack.Suffix + "x" : attack.Suffix);
        }

        foreach (var attack in attacks)
        {
            // Only what would be cut off needs a letter before or behind it: where the text has to begin or end as it does, another would not do.
            if (trimmed) Add("safe from trimming", char.IsWhiteSpace((attack.Prefix + attack.Pump)[0]) ? "x" + attack.Prefix : attack.Prefix, attack, char.IsWhiteSpace((attack.Pump + attack.Suffix)[^1]) ? attack.Suffix + "x" : attack.Suffix);
            if (trimmed) Add("between letters", "x" + attack.Prefix, attack, attack.Suffix + "x");
            Add("as it is", attack.Prefix, attack, attack.Suffix);
            if (!trimmed) Add("between letters", "x" + attack.Prefix, attack, attack.Suffix + "x");
        }

        if (benign is { Length: > 0 and < 200 })
        {
            foreach (var attack in attacks) Add("after a legal text", benign + attack.Prefix, attack, attack.Suffix);
        }

        if (!wide) return subjects;
        foreach (var (name, forbidden) in Forbidden())
        {
            foreach (var attack in Attacks(pattern, flags, new RegexAttackConstraints(forbidden))) Add(name, attack.Prefix, attack, attack.Suffix);
        }

        foreach (var attack in attacks)
        {
            Add("on a line of its own", "\n" + attack.Prefix, attack, attack.Suffix + "\n");
            Add("in quotes", "\"" + attack.Prefix, attack, attack.Suffix + "\"");
            Add("in a tag", "<a " + attack.Prefix, attack, attack.Suffix + ">");
            Add("after a tag", "<a>" + attack.Prefix, attack, attack.Suffix + "</a>");
            Add("in an address", "http://a.b/" + attack.Prefix, attack, attack.Suffix);
            Add("without an end", attack.Prefix, attack, "");
            foreach (var (open, close) in new[] { ("{", "}"), ("[", "]"), ("(", ")") }) Add("in " + open + close, open + attack.Prefix, attack, attack.Suffix + close);
            Add("after a word", "benign " + attack.Prefix, attack, attack.Suffix + " benign");
            Add("before another line", "x" + attack.Prefix, attack, attack.Suffix + "  \nx");
        }

        // What a parser goes into the expression by.
        foreach (var attack in attacks.Take(1))
        {
            foreach (string sign in s_signs) Add("behind " + sign, sign + attack.Prefix, attack, attack.Suffix);
        }

        return subjects;

        void Add(string name, string prefix, RegexAttack attack, string suffix)
        {
            var subject = new Subject(name, prefix, attack.Pump, suffix, attack.Degree);
            if (!subjects.Any(s => s.Prefix == prefix && s.Pump == attack.Pump && s.Suffix == suffix)) subjects.Add(subject);
        }
    }

    // Where the text is the expression itself: many times anything or nothing, and an end that nothing matches. Each time doubles the ways in which a text is
    // tried that is long enough; a shorter one of n characters takes about m^n ways for m times. What a pattern of another language (of topics, of file names)
    // makes of its signs is tried too.
    private static IReadOnlyList<Subject> Patterns(bool wide) =>
        [.. (wide ? s_repetitions : s_repetitions.Take(2)).SelectMany(r => s_ends.Select(end => new Subject(end.Length > 0 ? $"of {r} and no end" : $"of {r}", "", r, end, 0) { IsExpression = true }))];

    private static readonly string[] s_ends = ["\u0001", ""];
    private static readonly string[] s_repetitions = [".?", "#", "*", ".*", "(.+)+", "[^\u0001]*"];

    private static IEnumerable<RegexAttack> Attacks(string pattern, string flags, RegexAttackConstraints? constraints) =>
        RegexAnalyzer.Analyze(pattern, flags, null, constraints).Attacks.Take(MaxAttacks);

    // What a text is often split at or folded by before it is matched.
    private static IEnumerable<(string Name, CharacterSet Forbidden)> Forbidden()
    {
        yield return ("on one line", CharacterSet.Of([(10, 10), (13, 13)]));
        yield return ("without separators", CharacterSet.Of([(9, 13), (32, 32), (44, 44), (59, 59), (124, 124)]));
        yield return ("in lower case", CharacterSet.Of([(65, 90)]));
        yield return ("without slashes and dots", CharacterSet.Of([(46, 47), (92, 92)]));
    }
}
