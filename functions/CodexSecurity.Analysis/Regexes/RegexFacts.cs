namespace CodexSecurity.Analysis.Regexes;

/// <summary>What a test against a pattern says about the characters of the subject.</summary>
public static class RegexFacts
{
    /// <summary>Whether every match must span the whole subject (^ and $ in every alternative, no m flag).</summary>
    public static bool IsAnchoredBothEnds(string pattern, string flags)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(flags);
        var root = RegexParser.Parse(pattern, flags).Root;
        return root is not null && !flags.Contains('m') && Anchored(root, '^') && Anchored(root, '$');
    }

    /// <summary>The characters a fully anchored pattern can ever accept; null when it is not anchored at both ends.</summary>
    public static CharacterSet? AcceptedCharacters(string pattern, string flags)
    {
        if (!IsAnchoredBothEnds(pattern, flags)) return null;
        return Consumed(RegexParser.Parse(pattern, flags).Root!);
    }

    /// <summary>The characters whose presence anywhere makes the pattern match; null when there is none or it is unknown.</summary>
    public static CharacterSet? RejectedSingleCharacters(string pattern, string flags)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(flags);
        var root = RegexParser.Parse(pattern, flags).Root;
        var set = root is null || flags.Contains('y') ? null : Single(root);
        return set is null || set.IsEmpty ? null : set;
    }

    /// <summary>Whether the pattern matches somewhere in a short text; false where it is invalid or the steps end.</summary>
    public static bool Matches(string pattern, string flags, string text)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        ArgumentNullException.ThrowIfNull(flags);
        var (root, groups, _) = RegexParser.Parse(pattern, flags);
        if (root is null) return false;
        var program = RegexProgram.Compile(root, groups);
        return !program.TooLarge && new RegexSimulator(program, flags, text, 20_000).Search(false);
    }

    internal static bool Anchored(RegexNode node, char kind) => node switch
    {
        AssertNode assert => assert.Kind == kind,
        GroupNode group => Anchored(group.Item, kind),
        ChoiceNode choice => choice.Items.All(i => Anchored(i, kind)),
        SequenceNode { Items.Count: > 0 } sequence => Anchored(kind == '^' ? sequence.Items[0] : sequence.Items[^1], kind),
        RepeatNode { Min: > 0 } repeat => Anchored(repeat.Item, kind),
        _ => false,
    };

    private static CharacterSet Consumed(RegexNode node) => node switch
    {
        SetNode set => set.Set,
        GroupNode group => Consumed(group.Item),
        RepeatNode repeat => repeat.Max == 0 ? CharacterSet.Empty : Consumed(repeat.Item),
        ChoiceNode choice => choice.Items.Aggregate(CharacterSet.Empty, (all, i) => all.Union(Consumed(i))),
        SequenceNode sequence => sequence.Items.Aggregate(CharacterSet.Empty, (all, i) => all.Union(Consumed(i))),
        _ => CharacterSet.Empty,
    };

    // Null: needs its context (assertions, lookaround, references), so nothing is guaranteed.
    private static CharacterSet? Single(RegexNode node)
    {
        switch (node)
        {
            case SetNode set: return set.Set;
            case GroupNode group: return Single(group.Item);
            case RepeatNode { Min: 0 }: return CharacterSet.All;
            case RepeatNode { Min: 1 } repeat: return Single(repeat.Item);
            case ChoiceNode choice:
                return choice.Items.Select(Single).OfType<CharacterSet>().Aggregate(CharacterSet.Empty, (all, s) => all.Union(s));
            case SequenceNode sequence:
                var needed = sequence.Items.Where(i => i is not RepeatNode { Min: 0 }).ToList();
                return needed.Count == 0 ? CharacterSet.All : needed.Count == 1 ? Single(needed[0]) : null;
            default: return null;
        }
    }
}
