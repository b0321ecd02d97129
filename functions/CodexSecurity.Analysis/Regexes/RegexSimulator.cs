namespace CodexSecurity.Analysis.Regexes;

/// <summary>A backtracking matcher that counts its steps, with the priorities of JavaScript engines. A lookbehind is taken as true.</summary>
internal sealed class RegexSimulator(RegexProgram program, string flags, string text, int maxSteps)
{
    internal int Steps { get; private set; }

    /// <summary>Searches as RegExp.prototype.test does: every start, unless sticky or anchored. True also for lack of steps: see Exhausted.</summary>
    internal bool Search(bool anchored)
    {
        var last = anchored || flags.Contains('y') ? 0 : text.Length;
        for (var start = 0; start <= last && !Exhausted; start++)
        {
            var slots = new int[program.Slots];
            Array.Fill(slots, -1);
            if (Run(0, start, slots)) return true;
        }
        return false;
    }

    internal bool Exhausted => Steps >= maxSteps;

    private bool Run(int pc, int at, int[] slots)
    {
        // An entry with Slot >= 0 restores a slot, any other resumes at (Pc, At).
        var stack = new Stack<(int Pc, int At, int Slot)>();
        while (true)
        {
            if (++Steps >= maxSteps) return false;
            var i = program.Code[pc];
            var ok = true;
            switch (i.Op)
            {
                case RegexOp.Accept: return true;
                case RegexOp.Character:
                    ok = at < text.Length && i.Set!.Contains(text[at]);
                    if (ok) at++;
                    pc++;
                    break;
                case RegexOp.Split:
                    stack.Push((i.B, at, -1));
                    pc = i.A;
                    break;
                case RegexOp.Jump: pc = i.A; break;
                case RegexOp.Save or RegexOp.Mark:
                    stack.Push((0, slots[i.A], i.A));
                    slots[i.A] = at;
                    pc++;
                    break;
                case RegexOp.Progress:
                    ok = slots[i.A] != at;
                    pc++;
                    break;
                case RegexOp.Assert:
                    ok = Holds((char)i.A, at);
                    pc++;
                    break;
                case RegexOp.Look:
                    ok = (i.B & 2) != 0 || Run(pc + 1, at, (int[])slots.Clone()) != ((i.B & 1) != 0);
                    pc = i.A;
                    break;
                case RegexOp.Backreference:
                    ok = Same(slots, i.A, ref at);
                    pc++;
                    break;
            }
            if (ok) continue;
            while (true)
            {
                if (stack.Count == 0) return false;
                var entry = stack.Pop();
                if (entry.Slot < 0) { (pc, at) = (entry.Pc, entry.At); break; }
                slots[entry.Slot] = entry.At;
            }
        }
    }

    private bool Same(int[] slots, int group, ref int at)
    {
        var (from, to) = (slots[group * 2], slots[(group * 2) + 1]);
        if (from < 0 || to < from) return true;
        if (at + to - from > text.Length || string.CompareOrdinal(text, from, text, at, to - from) != 0) return false;
        Steps += to - from;
        at += to - from;
        return true;
    }

    private bool Holds(char kind, int at)
    {
        var lines = flags.Contains('m');
        if (kind == '^') return at == 0 || (lines && text[at - 1] is '\n' or '\r');
        if (kind == '$') return at == text.Length || (lines && text[at] is '\n' or '\r');
        var before = at > 0 && RegexParser.WordCharacters.Contains(text[at - 1]);
        var after = at < text.Length && RegexParser.WordCharacters.Contains(text[at]);
        return before != after == (kind == 'b');
    }
}
