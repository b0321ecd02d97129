using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

internal enum RegexOp
{
    Character,
    CharacterBack,
    Split,
    Jump,
    Save,
    Mark,
    Progress,
    Assert,
    Look,
    Backreference,
    BackreferenceBack,
    CountStart,
    CountSplit,
    CountNext,
    Accept,
}

/// <summary>One instruction. Split tries A, then B; CountSplit goes on with A (the body) or B (the exit), as Min and Max of its slot allow.</summary>
internal readonly record struct RegexInstruction(RegexOp Op, int A, int B, CharacterSet? Set, Span Span, int Min = 0, int Max = 0, int Slot = 0, bool Lazy = false);

/// <summary>Compiles a pattern to the instructions that a backtracking engine runs.</summary>
internal sealed class RegexProgram
{
    private const int MaxSize = 4000;

    // Counters up to this are written out, larger ones are counted, above MaxCounter they are loops (the subjects that would show it are too long).
    private const int MaxCopies = 30;
    private const int MaxCounter = 300;
    private readonly List<RegexInstruction> _code = [];
    private bool _behind;

    internal RegexInstruction[] Code { get; private set; } = [];

    internal int Slots { get; private set; }

    internal bool TooLarge { get; private set; }

    /// <summary>The largest finite counter that is obeyed; growth shows only on subjects longer than this.</summary>
    internal int LargestCounter { get; private set; }

    /// <summary>Whether a counter was taken as a loop.</summary>
    internal bool Approximate { get; private set; }

    internal static RegexProgram Compile(RegexNode root, int groups)
    {
        var program = new RegexProgram { Slots = (groups + 1) * 2 };
        program.Emit(root);
        program.Add(RegexOp.Accept, root.Span);
        program.Code = [.. program._code];
        return program;
    }

    private int Add(RegexOp op, Span span, int a = 0, int b = 0, CharacterSet? set = null)
    {
        if (_code.Count >= MaxSize) TooLarge = true;
        _code.Add(new RegexInstruction(op, a, b, set, span));
        return _code.Count - 1;
    }

    private void Patch(int at, int a, int b) => _code[at] = _code[at] with { A = a, B = b };

    private void PatchSplit(int at, bool lazy)
    {
        if (lazy) Patch(at, _code.Count, at + 1);
        else Patch(at, at + 1, _code.Count);
    }

    private void Emit(RegexNode node)
    {
        if (TooLarge) return;
        switch (node)
        {
            case SetNode set: Add(_behind ? RegexOp.CharacterBack : RegexOp.Character, set.Span, set: set.Set); break;
            case SequenceNode sequence:
                // A lookbehind is matched from its end to its start.
                for (var i = 0; i < sequence.Items.Count; i++) Emit(sequence.Items[_behind ? sequence.Items.Count - 1 - i : i]);
                break;
            case ChoiceNode choice: EmitChoice(choice); break;
            case RepeatNode repeat: EmitRepeat(repeat); break;
            case GroupNode group:
                var behind = _behind ? 1 : 0;
                Add(RegexOp.Save, group.Span, (group.Index * 2) + behind);
                Emit(group.Item);
                Add(RegexOp.Save, group.Span, (group.Index * 2) + 1 - behind);
                break;
            case LookNode look:
                var (at, outer) = (Add(RegexOp.Look, look.Span, 0, look.Negative ? 1 : 0), _behind);
                _behind = look.Behind;
                Emit(look.Item);
                _behind = outer;
                Add(RegexOp.Accept, look.Span);
                Patch(at, _code.Count, _code[at].B);
                break;
            case AssertNode assert: Add(RegexOp.Assert, assert.Span, assert.Kind); break;
            case BackreferenceNode back: Add(_behind ? RegexOp.BackreferenceBack : RegexOp.Backreference, back.Span, back.Index); break;
        }
    }

    private void EmitChoice(ChoiceNode choice)
    {
        var ends = new List<int>();
        for (var i = 0; i < choice.Items.Count; i++)
        {
            var last = i == choice.Items.Count - 1;
            var split = last ? -1 : Add(RegexOp.Split, choice.Span);
            Emit(choice.Items[i]);
            if (last) break;
            ends.Add(Add(RegexOp.Jump, choice.Span));
            PatchSplit(split, lazy: false);
        }
        foreach (var end in ends) Patch(end, _code.Count, 0);
    }

    private void EmitRepeat(RepeatNode repeat)
    {
        var (min, max, start) = (repeat.Min, repeat.Max, _code.Count);
        if (max > MaxCounter || min > MaxCounter)
        {
            Approximate = true;
            (min, max) = (Math.Min(min, 1), -1);
        }
        if (max == 0) return;
        if (max > 1) LargestCounter = Math.Max(LargestCounter, max);
        if (min > MaxCopies || max > MaxCopies)
        {
            EmitCounted(repeat, min, max);
            return;
        }
        for (var i = 0; i < min && !TooLarge; i++) Emit(repeat.Item);
        // Written-out copies must not use up the program: the rest of a big item is counted instead.
        if (max < 0)
        {
            EmitLoop(repeat);
            return;
        }
        var splits = new List<int>();
        for (var i = min; i < max && !TooLarge; i++)
        {
            if (i > min + 1 && _code.Count - start > 400)
            {
                EmitCounted(repeat, 0, max - i);
                break;
            }
            splits.Add(Add(RegexOp.Split, repeat.Span));
            Emit(repeat.Item);
        }
        foreach (var split in splits) PatchSplit(split, repeat.Lazy);
    }

    private void EmitLoop(RepeatNode repeat)
    {
        var slot = Slots++;
        var split = Add(RegexOp.Split, repeat.Span);
        Add(RegexOp.Mark, repeat.Span, slot);
        Emit(repeat.Item);
        Add(RegexOp.Progress, repeat.Span, slot);
        Add(RegexOp.Jump, repeat.Span, split);
        PatchSplit(split, repeat.Lazy);
    }

    private void EmitCounted(RepeatNode repeat, int min, int max)
    {
        var slot = Slots++;
        Add(RegexOp.CountStart, repeat.Span, slot);
        var split = Add(RegexOp.CountSplit, repeat.Span);
        Emit(repeat.Item);
        Add(RegexOp.CountNext, repeat.Span, split, slot);
        _code[split] = new RegexInstruction(RegexOp.CountSplit, split + 1, _code.Count, null, repeat.Span, min, max, slot, repeat.Lazy);
    }
}
