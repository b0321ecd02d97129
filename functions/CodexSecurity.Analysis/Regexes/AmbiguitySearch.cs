using System.Text;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>A word that a backtracking matcher may read in more than one way, found in the position automaton.</summary>
internal sealed record PumpCandidate(string Prefix, string Pump, Span Span);

/// <summary>
/// Searches the position automaton for exponential (two paths from a position back to itself on one word) and polynomial ambiguity
/// (a word that stays in one loop, leads to a later loop, and stays there). The search's start loop counts as the first loop.
/// </summary>
internal sealed class AmbiguitySearch
{
    private const int MaxPairSteps = 6000;
    private const int MaxWord = 200;
    private readonly PositionGraph _graph;
    private readonly int[] _component;
    private readonly List<List<int>> _loops = [];
    private readonly Dictionary<int, string> _prefixes = [];

    private readonly CharacterSet? _notFirst;

    /// <param name="graph">The positions.</param>
    /// <param name="notFirst">Characters that no prefix begins with.</param>
    internal AmbiguitySearch(PositionGraph graph, CharacterSet? notFirst)
    {
        (_graph, _notFirst) = (graph, notFirst);
        _component = graph.Components();
        FindPrefixes();
        var groups = Enumerable.Range(0, _component.Length).Where(p => _component[p] >= 0 && p != graph.Start && _prefixes.ContainsKey(p));
        foreach (var group in groups.GroupBy(p => _component[p]).OrderBy(g => g.First())) _loops.Add([.. group]);
    }

    /// <summary>Exponential candidates in the order of the pattern, then polynomial ones.</summary>
    internal IEnumerable<PumpCandidate> Candidates(bool anchored)
    {
        foreach (var loop in _loops)
        {
            // If one position of a component has two paths back to itself, all have: two are tried for the sake of different words.
            foreach (var q in loop.Take(2))
            {
                if (Ambiguous(q) is { } word) yield return new PumpCandidate(_prefixes[q], word, SpanOf(loop));
            }
        }
        foreach (var loop in _loops)
        {
            foreach (var earlier in _loops)
            {
                if (earlier != loop && Between(earlier, loop) is { } found) yield return found;
            }
        }
        if (anchored) yield break;
        foreach (var loop in _loops)
        {
            foreach (var r in loop.Take(6))
            {
                if (Chain(_graph.Start, r) is not { } word) continue;
                yield return new PumpCandidate("", word, SpanOf(loop));
                break;
            }
        }
    }

    private PumpCandidate? Between(List<int> earlier, List<int> later)
    {
        foreach (var q in earlier.Take(4))
        {
            foreach (var r in later.Take(4))
            {
                if (Chain(q, r) is { } word)
                    return new PumpCandidate(_prefixes[q], word, new Span(Math.Min(SpanOf(earlier).Start, SpanOf(later).Start), Math.Max(SpanOf(earlier).End, SpanOf(later).End)));
            }
        }
        return null;
    }

    private Span SpanOf(List<int> loop) => new(loop.Min(p => _graph.SpanOf(p).Start), loop.Max(p => _graph.SpanOf(p).End));

    // Shortest words from the start of a match up to and including each position.
    private void FindPrefixes()
    {
        var queue = new Queue<int>();
        Reach(_graph.Start, "", queue);
        while (queue.TryDequeue(out var p)) Reach(p, _prefixes[p], queue);
    }

    private void Reach(int from, string word, Queue<int> queue)
    {
        if (word.Length > MaxWord) return;
        foreach (var next in _graph.Follow(from))
        {
            if (!_graph.Spend()) return;
            if (next == _graph.Start || _prefixes.ContainsKey(next)) continue;
            var c = word.Length == 0 && _notFirst is not null ? _graph.Character(next, _notFirst) : _graph.Common(next, next, next);
            if (c < 0) continue;
            _prefixes[next] = word + Text(c);
            queue.Enqueue(next);
        }
    }

    // A word on which two different paths lead from q back to q, all inside q's component.
    private string? Ambiguous(int q)
    {
        var home = _component[q];
        return Search((q, q, 0), (from, add) =>
        {
            var (a, b) = (_graph.Follow(from.Item1), _graph.Follow(from.Item2));
            for (var i = 0; i < a.Length; i++)
            {
                if (_component[a[i]] != home) continue;
                for (var j = 0; j < b.Length; j++)
                {
                    if (_component[b[j]] != home) continue;
                    // Two entries of one list are two paths, also when they end in the same position.
                    var split = from.Item3 == 1 || a[i] != b[j] || (from.Item1 == from.Item2 && i != j);
                    if (!add((a[i], b[j], split ? 1 : 0), _graph.Common(a[i], b[j], b[j]))) return;
                }
            }
        }, state => state == (q, q, 1), int.MaxValue);
    }

    // A word that leads from q to q, from q to r and from r to r.
    private string? Chain(int q, int r)
    {
        var (first, last) = (_component[q], _component[r]);
        return Search((q, q, r), (from, add) =>
        {
            foreach (var a in _graph.Follow(from.Item1).Distinct())
            {
                if (_component[a] != first) continue;
                foreach (var b in _graph.Follow(from.Item2).Distinct())
                {
                    foreach (var c in _graph.Follow(from.Item3).Distinct())
                    {
                        if (_component[c] == last && !add((a, b, c), _graph.Common(a, b, c))) return;
                    }
                }
            }
        }, state => state == (q, r, r), MaxPairSteps);
    }

    private delegate bool Add((int, int, int) state, int character);

    // Breadth first, so the word is a shortest one.
    private string? Search((int, int, int) start, Action<(int, int, int), Add> expand, Func<(int, int, int), bool> found, int maxSteps)
    {
        var from = new Dictionary<(int, int, int), ((int, int, int) Previous, int Read)>();
        var queue = new Queue<(int, int, int)>();
        var (steps, current, end) = (0, start, ((int, int, int)?)null);
        queue.Enqueue(start);
        bool Visit((int, int, int) state, int character)
        {
            if (!_graph.Spend() || ++steps > maxSteps || end is not null) return false;
            if (character < 0 || !from.TryAdd(state, (current, character))) return true;
            if (found(state)) end = state;
            queue.Enqueue(state);
            return end is null;
        }
        while (end is null && steps <= maxSteps && !_graph.Exhausted && queue.TryDequeue(out current)) expand(current, Visit);
        if (end is null) return null;
        var word = new StringBuilder();
        var at = end.Value;
        do
        {
            var (previous, read) = from[at];
            word.Insert(0, Text(read));
            at = previous;
        }
        while (at != start && word.Length <= MaxWord);
        return word.Length > MaxWord ? null : word.ToString();
    }

    private static string Text(int character) => character > 0xFFFF ? char.ConvertFromUtf32(character) : ((char)character).ToString();
}
