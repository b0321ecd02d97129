namespace CodexSecurity.Analysis.Regexes;

/// <summary>An immutable set of code points kept as sorted, disjoint, inclusive ranges.</summary>
public sealed class CharacterSet
{
    private const int Top = 0x10FFFF;
    private readonly (int Low, int High)[] _ranges;

    private readonly UInt128 _ascii;

    private CharacterSet((int Low, int High)[] ranges)
    {
        _ranges = ranges;
        foreach (var (low, high) in ranges)
        {
            if (low > 127) break;
            var count = Math.Min(high, 127) - low + 1;
            _ascii |= (count == 128 ? UInt128.MaxValue : (UInt128.One << count) - 1) << low;
        }
    }

    /// <summary>No character.</summary>
    public static CharacterSet Empty { get; } = new([]);

    /// <summary>Every code point.</summary>
    public static CharacterSet All { get; } = new([(0, Top)]);

    /// <summary>The ranges, ascending and disjoint, both ends inclusive.</summary>
    public IReadOnlyList<(int Low, int High)> Ranges => _ranges;

    /// <summary>Whether it holds nothing.</summary>
    public bool IsEmpty => _ranges.Length == 0;

    /// <summary>Makes a set of ranges in any order.</summary>
    public static CharacterSet Of(IEnumerable<(int Low, int High)> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var merged = new List<(int Low, int High)>();
        foreach (var (low, high) in ranges.Where(r => r.Low <= r.High).OrderBy(r => r.Low))
        {
            if (merged.Count > 0 && low <= merged[^1].High + 1)
                merged[^1] = (merged[^1].Low, Math.Max(merged[^1].High, high));
            else merged.Add((low, high));
        }
        return new CharacterSet([.. merged]);
    }

    /// <summary>The set of one code point.</summary>
    public static CharacterSet Of(int character) => new([(character, character)]);

    /// <summary>Whether the code point is in the set.</summary>
    public bool Contains(int character)
    {
        if ((uint)character < 128) return (_ascii >> character & 1) != 0;
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (character < _ranges[middle].Low) high = middle - 1;
            else if (character > _ranges[middle].High) low = middle + 1;
            else return true;
        }
        return false;
    }

    /// <summary>Whether any UTF-16 unit of the text is in the set.</summary>
    public bool ContainsAny(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Any(c => Contains(c));
    }

    /// <summary>Everything in either set.</summary>
    public CharacterSet Union(CharacterSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Of(_ranges.Concat(other._ranges));
    }

    /// <summary>Everything that is not in the set.</summary>
    public CharacterSet Complement()
    {
        var result = new List<(int, int)>();
        var next = 0;
        foreach (var (low, high) in _ranges)
        {
            if (low > next) result.Add((next, low - 1));
            next = high + 1;
        }
        if (next <= Top) result.Add((next, Top));
        return new CharacterSet([.. result]);
    }

    /// <summary>Everything in both sets.</summary>
    public CharacterSet Intersect(CharacterSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        var result = new List<(int, int)>();
        for (int i = 0, j = 0; i < _ranges.Length && j < other._ranges.Length;)
        {
            var low = Math.Max(_ranges[i].Low, other._ranges[j].Low);
            var high = Math.Min(_ranges[i].High, other._ranges[j].High);
            if (low <= high) result.Add((low, high));
            if (_ranges[i].High < other._ranges[j].High) i++; else j++;
        }
        return new CharacterSet([.. result]);
    }

    /// <summary>Whether all of this set is in the other.</summary>
    public bool IsSubsetOf(CharacterSet other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Intersect(other.Complement()).IsEmpty;
    }

    /// <summary>A readable member that attacks can use: letters, digits, visible characters, then anything; -1 when there is none.</summary>
    public int Representative(CharacterSet? forbidden = null)
    {
        var usable = forbidden is null ? this : Intersect(forbidden.Complement());
        const string liked = "a0A- .,/\t\n";
        foreach (var c in liked) if (usable.Contains(c)) return c;
        for (var c = 33; c < 127; c++) if (usable.Contains(c)) return c;
        return usable.IsEmpty ? -1 : usable._ranges[0].Low;
    }
}
