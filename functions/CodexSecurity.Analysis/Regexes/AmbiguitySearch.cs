using System.Text;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>Searches the position automaton for words that a backtracking matcher can read in more than one way.</summary>
internal sealed class AmbiguitySearch(RegexProgram program, int maxSteps, CharacterSet? forbidden)
{
    private readonly Dictionary<int, List<int>> _follow = [];
    private int _steps;

    internal bool Exhausted => _steps >= maxSteps;

    /// <summary>Prefix, pump and place, in the order of the pattern.</summary>
    internal IEnumerable<(string Prefix, string Pump, Span Span)> Candidates(bool anchored)
    {
        var seen = new HashSet<(string, string)>();
        var prefixes = Prefixes();
        var loops = prefixes.Keys.Order().ToList();
        foreach (var q in loops)
        {
            foreach (var word in new[] { Cycle(q, true), Cycle(q, false) }.OfType<string>())
            {
                if (seen.Add((prefixes[q], word))) yield return (prefixes[q], word, program.Code[q].Span);
                // The search itself is a loop in front of an unanchored pattern, so no prefix is needed.
                if (!anchored && seen.Add(("", prefixes[q] + word))) yield return ("", prefixes[q] + word, program.Code[q].Span);
            }
        }
        // Two loops, one after the other: a word that leads from the first to the second and that both may read (the simulator decides).
        var cyclic = loops.Where(q => Cycle(q, false) is not null).Take(16).ToList();
        foreach (var q in cyclic)
        {
            foreach (var r in cyclic)
            {
                if (q != r && Path(q, r) is { } word && seen.Add((prefixes[q], word))) yield return (prefixes[q], word, program.Code[r].Span);
            }
        }
    }

    // The shortest word that leads from having read q to having read r.
    private string? Path(int q, int r)
    {
        var words = new Dictionary<int, string> { [q] = "" };
        var queue = new Queue<int>();
        queue.Enqueue(q);
        while (queue.TryDequeue(out var p))
        {
            foreach (var next in Follow(p))
            {
                if (++_steps >= maxSteps) return null;
                var c = program.Code[next].Set!.Representative(forbidden);
                if (c is < 0 or > 0xFFFF || !words.TryAdd(next, words[p] + (char)c)) continue;
                if (next == r) return words[next];
                queue.Enqueue(next);
            }
        }
        return null;
    }

    // Shortest words from the start that end by reading each position.
    private Dictionary<int, string> Prefixes()
    {
        var words = new Dictionary<int, string>();
        var before = new Dictionary<int, string>();
        var queue = new Queue<int>();
        foreach (var p in Closure(0)) if (before.TryAdd(p, "")) queue.Enqueue(p);
        while (queue.TryDequeue(out var p) && ++_steps < maxSteps)
        {
            var c = program.Code[p].Set!.Representative(forbidden);
            if (c is < 0 or > 0xFFFF) continue;
            words[p] = before[p] + (char)c;
            foreach (var next in Follow(p)) if (before.TryAdd(next, words[p])) queue.Enqueue(next);
        }
        return words;
    }

    // A word from q back to q: with two different paths when asked for, otherwise the shortest.
    private string? Cycle(int q, bool ambiguous)
    {
        var start = (q, q, false);
        var from = new Dictionary<(int, int, bool), ((int, int, bool) Previous, char Read)>();
        var queue = new Queue<(int, int, bool)>();
        queue.Enqueue(start);
        while (queue.TryDequeue(out var state))
        {
            var (left, right, split) = state;
            var a = Follow(left);
            var b = Follow(right);
            for (var i = 0; i < a.Count; i++)
            {
                for (var j = 0; j < b.Count; j++)
                {
                    if (++_steps >= maxSteps) return null;
                    if (!ambiguous && (a[i] != b[j])) continue;
                    var both = program.Code[a[i]].Set!.Intersect(program.Code[b[j]].Set!);
                    var c = both.Representative(forbidden);
                    if (c is < 0 or > 0xFFFF) continue;
                    // Two entries of one list are two paths, also when they end in the same position.
                    var next = (a[i], b[j], split || (left == right && i != j) || a[i] != b[j]);
                    if (from.ContainsKey(next)) continue;
                    from[next] = (state, (char)c);
                    if (a[i] == q && b[j] == q && (!ambiguous || next.Item3)) return Read(from, next, start);
                    queue.Enqueue(next);
                }
            }
        }
        return null;
    }

    private static string Read(Dictionary<(int, int, bool), ((int, int, bool) Previous, char Read)> from, (int, int, bool) end, (int, int, bool) start)
    {
        var word = new StringBuilder();
        var state = end;
        do
        {
            var (previous, c) = from[state];
            word.Insert(0, c);
            state = previous;
        }
        while (state != start && from.ContainsKey(state));
        return word.ToString();
    }

    private List<int> Follow(int position)
    {
        if (!_follow.TryGetValue(position, out var list)) _follow[position] = list = Closure(position + 1);
        return list;
    }

    // Character positions reachable without reading; a position is listed twice when two ways lead to it.
    private List<int> Closure(int pc)
    {
        var result = new List<int>();
        var visits = new Dictionary<int, int>();
        var stack = new Stack<int>();
        stack.Push(pc);
        while (stack.TryPop(out var at) && ++_steps < maxSteps)
        {
            visits[at] = visits.GetValueOrDefault(at) + 1;
            if (visits[at] > 2) continue;
            var i = program.Code[at];
            switch (i.Op)
            {
                case RegexOp.Character: result.Add(at); break;
                case RegexOp.Accept: break;
                case RegexOp.Split: stack.Push(i.B); stack.Push(i.A); break;
                case RegexOp.Jump: stack.Push(i.A); break;
                case RegexOp.Look: stack.Push(i.A); stack.Push(at + 1); break;
                default: stack.Push(at + 1); break;
            }
        }
        return result;
    }
}
