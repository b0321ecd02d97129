using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>
/// The position automaton (Glushkov) of a program: one state per reading instruction, plus <see cref="Start"/>, which stands for the search's
/// own loop over start positions and reads anything. Lookarounds are over-approximated as optional side branches.
/// </summary>
internal sealed class PositionGraph
{
    private readonly RegexProgram _program;
    private readonly CharacterSet? _forbidden;
    private readonly int _maxSteps;
    private readonly int[]?[] _follow;
    private readonly int[] _visits;
    private readonly Dictionary<string, int> _setIds = [];
    private readonly Dictionary<long, int> _common = [];
    private readonly List<CharacterSet> _sets = [];
    private readonly int[] _setOf;

    internal PositionGraph(RegexProgram program, int maxSteps, CharacterSet? forbidden)
    {
        (_program, _maxSteps, _forbidden) = (program, maxSteps, forbidden);
        Start = program.Code.Length;
        _follow = new int[Start + 1][];
        _visits = new int[Start];
        _setOf = new int[Start + 1];
        for (var p = 0; p < Start; p++) if (program.Code[p].Set is { } set) _setOf[p] = Intern(set);
        _setOf[Start] = Intern(CharacterSet.All);
    }

    internal int Start { get; }

    internal int Steps { get; private set; }

    internal bool Exhausted => Steps >= _maxSteps;

    internal IReadOnlyList<CharacterSet> Sets => _sets;

    internal Span SpanOf(int position) => _program.Code[position].Span;

    internal bool Spend() => ++Steps < _maxSteps;

    /// <summary>Positions read next; one is listed twice when two ways lead to it.</summary>
    internal int[] Follow(int position) => _follow[position] ??= position == Start ? [Start, .. Closure(0)] : Closure(position + 1);

    /// <summary>A character that all three positions read, or -1.</summary>
    internal int Common(int a, int b, int c)
    {
        var key = (((long)_setOf[a] * 5000) + _setOf[b]) * 5000 + _setOf[c];
        if (_common.TryGetValue(key, out var character)) return character;
        var set = _sets[_setOf[a]].Intersect(_sets[_setOf[b]]).Intersect(_sets[_setOf[c]]);
        return _common[key] = set.Representative(_forbidden);
    }

    /// <summary>A character that a position reads and that is not one of these, or -1.</summary>
    internal int Character(int position, CharacterSet excluded) => _sets[_setOf[position]].Intersect(excluded.Complement()).Representative(_forbidden);

    private int Intern(CharacterSet set)
    {
        var key = string.Join(',', set.Ranges);
        if (_setIds.TryGetValue(key, out var id)) return id;
        _sets.Add(set);
        return _setIds[key] = _sets.Count - 1;
    }

    private int[] Closure(int pc)
    {
        var result = new List<int>();
        var touched = new List<int>();
        var stack = new Stack<int>();
        stack.Push(pc);
        while (stack.TryPop(out var at) && Spend())
        {
            if (_visits[at] == 2) continue;
            _visits[at]++;
            touched.Add(at);
            var i = _program.Code[at];
            switch (i.Op)
            {
                case RegexOp.Character or RegexOp.CharacterBack: result.Add(at); break;
                case RegexOp.Accept: break;
                case RegexOp.Split or RegexOp.CountSplit:
                    stack.Push(i.B);
                    stack.Push(i.A);
                    break;
                case RegexOp.Jump or RegexOp.CountNext: stack.Push(i.A); break;
                case RegexOp.Look:
                    stack.Push(i.A);
                    stack.Push(at + 1);
                    break;
                default: stack.Push(at + 1); break;
            }
        }
        foreach (var at in touched) _visits[at] = 0;
        return [.. result];
    }

    /// <summary>The strongly connected component of every reachable position (Tarjan, without recursion); -1 where unreachable or on no cycle.</summary>
    internal int[] Components()
    {
        var (index, low, component) = (new int[Start + 1], new int[Start + 1], new int[Start + 1]);
        Array.Fill(component, -1);
        var (onStack, stack, calls) = (new bool[Start + 1], new Stack<int>(), new Stack<(int Node, int Next)>());
        var (counter, components) = (0, 0);
        calls.Push((Start, 0));
        while (calls.TryPop(out var call))
        {
            var (node, next) = call;
            if (next == 0)
            {
                index[node] = low[node] = ++counter;
                stack.Push(node);
                onStack[node] = true;
            }
            else low[node] = Math.Min(low[node], low[Follow(node)[next - 1]]);
            var follow = Follow(node);
            var descended = false;
            for (; next < follow.Length && Spend(); next++)
            {
                var to = follow[next];
                if (index[to] == 0)
                {
                    calls.Push((node, next + 1));
                    calls.Push((to, 0));
                    descended = true;
                    break;
                }
                if (onStack[to]) low[node] = Math.Min(low[node], index[to]);
            }
            if (descended || low[node] != index[node]) continue;
            var members = new List<int>();
            int member;
            do
            {
                member = stack.Pop();
                onStack[member] = false;
                members.Add(member);
            }
            while (member != node);
            if (members.Count == 1 && !follow.Contains(node)) continue;
            foreach (var m in members) component[m] = components;
            components++;
        }
        return component;
    }
}
