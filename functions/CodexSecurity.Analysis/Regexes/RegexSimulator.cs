namespace CodexSecurity.Analysis.Regexes;

/// <summary>A backtracking matcher that counts its steps, with the priorities of JavaScript engines.</summary>
internal sealed class RegexSimulator(RegexProgram program, string flags, string text, int maxSteps)
{
    private readonly RegexInstruction[] _code = program.Code;
    private readonly bool _lines = flags.Contains('m');
    private readonly bool _pairs = flags.Contains('u') || flags.Contains('v');
    private readonly StringComparison _comparison = flags.Contains('i') ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    private readonly int[] _slots = new int[program.Slots];

    // One backtrack stack for all runs. Slot >= 0: restore that slot to At; otherwise go on at (Pc, At).
    private (int Pc, int At, int Slot)[] _stack = new (int, int, int)[64];
    private int _top, _end;

    internal int Steps { get; private set; }

    /// <summary>Whether the steps ended before the answer was known.</summary>
    internal bool Exhausted => Steps >= maxSteps;

    /// <summary>Searches as RegExp.prototype.test does: from every start, unless sticky or anchored. False when the steps end.</summary>
    internal bool Search(bool anchored) => Search(0, anchored || flags.Contains('y') ? 0 : text.Length);

    /// <summary>Searches as replace and split do with the flag "g": on and on behind each match.</summary>
    internal void SearchAll()
    {
        for (var from = 0; from <= text.Length && Search(from, text.Length); from = Math.Max(_end, from + 1))
        {
        }
    }

    private bool Search(int first, int last)
    {
        for (var start = first; start <= last && !Exhausted; start++)
        {
            Array.Fill(_slots, -1);
            _top = 0;
            if (Run(0, start)) return true;
        }
        return false;
    }

    // Recursion only at lookarounds, whose nesting the parser limits.
    private bool Run(int pc, int at)
    {
        var bottom = _top;
        while (true)
        {
            if (++Steps >= maxSteps) return false;
            ref readonly var i = ref _code[pc++];
            var ok = true;
            switch (i.Op)
            {
                case RegexOp.Accept:
                    _end = at;
                    return true;
                case RegexOp.Character: ok = Forward(i.Set!, ref at); break;
                case RegexOp.CharacterBack: ok = Backward(i.Set!, ref at); break;
                case RegexOp.Split:
                    Push(i.B, at, -1);
                    pc = i.A;
                    break;
                case RegexOp.Jump: pc = i.A; break;
                case RegexOp.Save or RegexOp.Mark: Set(i.A, at); break;
                case RegexOp.Progress: ok = _slots[i.A] != at; break;
                case RegexOp.Assert: ok = Holds((char)i.A, at); break;
                case RegexOp.Look: ok = Look(pc, at, i.B != 0); pc = i.A; break;
                case RegexOp.Backreference: ok = Same(i.A, ref at, 1); break;
                case RegexOp.BackreferenceBack: ok = Same(i.A, ref at, -1); break;
                case RegexOp.CountStart: Set(i.A, 0); break;
                case RegexOp.CountNext:
                    Set(i.B, _slots[i.B] + 1);
                    pc = i.A;
                    break;
                case RegexOp.CountSplit:
                    var count = _slots[i.Slot];
                    var (body, exit) = (count < i.Max || i.Max < 0, count >= i.Min);
                    if (body && exit) Push(i.Lazy ? i.A : i.B, at, -1);
                    pc = body && (!exit || !i.Lazy) ? i.A : i.B;
                    break;
            }
            if (!ok && !Back(bottom, ref pc, ref at)) return false;
        }
    }

    private bool Back(int bottom, ref int pc, ref int at)
    {
        while (_top > bottom)
        {
            var entry = _stack[--_top];
            if (entry.Slot < 0)
            {
                (pc, at) = (entry.Pc, entry.At);
                return true;
            }
            _slots[entry.Slot] = entry.At;
        }
        return false;
    }

    // A lookaround is atomic: its choices are forgotten, what it captured stays (and is undone on the way back) when it is positive.
    private bool Look(int pc, int at, bool negative)
    {
        var bottom = _top;
        var found = Run(pc, at);
        if (!found) return negative && !Exhausted;
        var kept = bottom;
        for (var e = bottom; e < _top; e++) if (_stack[e].Slot >= 0) _stack[kept++] = _stack[e];
        _top = kept;
        if (!negative) return true;
        while (_top > bottom)
        {
            _top--;
            _slots[_stack[_top].Slot] = _stack[_top].At;
        }
        return false;
    }

    private void Set(int slot, int value)
    {
        Push(0, _slots[slot], slot);
        _slots[slot] = value;
    }

    private void Push(int pc, int at, int slot)
    {
        if (_top == _stack.Length) Array.Resize(ref _stack, _top * 2);
        _stack[_top++] = (pc, at, slot);
    }

    private bool Forward(CharacterSet set, ref int at)
    {
        if (at >= text.Length) return false;
        var pair = _pairs && at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]);
        if (!set.Contains(pair ? char.ConvertToUtf32(text[at], text[at + 1]) : text[at])) return false;
        at += pair ? 2 : 1;
        return true;
    }

    private bool Backward(CharacterSet set, ref int at)
    {
        if (at == 0) return false;
        var pair = _pairs && at > 1 && char.IsSurrogatePair(text[at - 2], text[at - 1]);
        if (!set.Contains(pair ? char.ConvertToUtf32(text[at - 2], text[at - 1]) : text[at - 1])) return false;
        at -= pair ? 2 : 1;
        return true;
    }

    private bool Same(int group, ref int at, int direction)
    {
        if ((group * 2) + 1 >= _slots.Length) return true;
        var (from, to) = (_slots[group * 2], _slots[(group * 2) + 1]);
        if (from < 0 || to < from) return true;
        var length = to - from;
        var start = direction > 0 ? at : at - length;
        if (start < 0 || start + length > text.Length) return false;
        Steps = Math.Min(maxSteps, Steps + length);
        if (!text.AsSpan(from, length).Equals(text.AsSpan(start, length), _comparison)) return false;
        at += direction * length;
        return true;
    }

    private bool Holds(char kind, int at)
    {
        if (kind == '^') return at == 0 || (_lines && text[at - 1] is '\n' or '\r' or '\u2028' or '\u2029');
        if (kind == '$') return at == text.Length || (_lines && text[at] is '\n' or '\r' or '\u2028' or '\u2029');
        var before = at > 0 && RegexParser.WordCharacters.Contains(text[at - 1]);
        var after = at < text.Length && RegexParser.WordCharacters.Contains(text[at]);
        return before != after == (kind == 'b');
    }
}
