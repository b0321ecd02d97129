namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Keeps the paths of APIs finite. What code does with an API value in a loop (an element of an element, map of a map) would give
/// a new path each time, and every one of them a value of its own that is joined, called and read.
/// </summary>
internal static class ApiNames
{
    private const int MaxLength = 160, MaxSegments = 10, LongestPeriod = 3;

    /// <summary>
    /// The path, without a repetition at its end (a.map().map() is a.map()), at most ten segments and 160 characters long. A longer
    /// one keeps its beginning, which models are found by, and its last segment, which says what is read or called.
    /// </summary>
    public static string Bounded(string path)
    {
        var starts = Starts(path);
        for (var period = 1; period <= LongestPeriod && starts.Count > 2 * period; period++)
        {
            var last = path.AsSpan(starts[^period]);
            var before = path.AsSpan(starts[^(2 * period)]..starts[^period]);
            if (before.SequenceEqual(last)) return path[..starts[^period]];
        }
        if (starts.Count > MaxSegments) path = path[..starts[MaxSegments - 1]] + path[starts[^1]..];
        return path.Length > MaxLength ? path[..MaxLength] : path;
    }

    // Where segments begin: at the path's own beginning, and at each point outside parentheses.
    private static List<int> Starts(string path)
    {
        var starts = new List<int> { 0 };
        var depth = 0;
        for (var i = 1; i < path.Length; i++)
        {
            if (path[i] == '(') depth++;
            else if (path[i] == ')') depth--;
            else if (path[i] == '.' && depth == 0) starts.Add(i);
        }
        return starts;
    }
}
