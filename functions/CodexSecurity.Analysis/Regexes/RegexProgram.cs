using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

internal enum RegexOp { Character, Split, Jump, Save, Assert, Look, Backreference, Mark, Progress, Accept }

/// <summary>One instruction of the backtracking machine. Split tries A, then B.</summary>
internal sealed record RegexInstruction(RegexOp Op, int A, int B, CharacterSet? Set, Span Span);

/// <summary>Compiles a pattern to the instructions that a backtracking engine runs.</summary>
internal sealed class RegexProgram
{
    private const int MaxSize = 4000;

    internal List<RegexInstruction> Code { get; } = [];

    internal int Slots { get; private set; }

    internal bool TooLarge { get; private set; }

    internal static RegexProgram Compile(RegexNode root, int groups)
    {
        var program = new RegexProgram { Slots = (groups + 1) * 2 };
        program.Emit(root);
        program.Add(RegexOp.Accept, root.Span);
        return program;
    }

    private int Add(RegexOp op, Span span, int a = 0, int b = 0, CharacterSet? set = null)
    {
        if (Code.Count >= MaxSize) TooLarge = true;
        Code.Add(new RegexInstruction(op, a, b, set, span));
        return Code.Count - 1;
    }

    private void Patch(int at, int a, int b) => Code[at] = Code[at] with { A = a, B = b };

    private void Emit(RegexNode node)
    {
        if (TooLarge) return;
        switch (node)
        {
            case SetNode set: Add(RegexOp.Character, set.Span, set: set.Set); break;
            case SequenceNode sequence: foreach (var item in sequence.Items) Emit(item); break;
            case ChoiceNode choice: EmitChoice(choice); break;
            case RepeatNode repeat: EmitRepeat(repeat); break;
            case GroupNode group:
                Add(RegexOp.Save, group.Span, group.Index * 2);
                Emit(group.Item);
                Add(RegexOp.Save, group.Span, (group.Index * 2) + 1);
                break;
            case LookNode look:
                var at = Add(RegexOp.Look, look.Span, 0, (look.Behind ? 2 : 0) | (look.Negative ? 1 : 0));
                Emit(look.Item);
                Add(RegexOp.Accept, look.Span);
                Patch(at, Code.Count, Code[at].B);
                break;
            case AssertNode assert: Add(RegexOp.Assert, assert.Span, assert.Kind); break;
            case BackreferenceNode back: Add(RegexOp.Backreference, back.Span, back.Index); break;
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
            Patch(split, split + 1, Code.Count);
        }
        foreach (var end in ends) Patch(end, Code.Count, 0);
    }

    // Counters above 12 are treated as loops: over-approximation of the growth, removed again by nothing; callers see it in the explanation.
    private void EmitRepeat(RepeatNode repeat)
    {
        var loop = repeat.Max < 0 || repeat.Max > 30;
        var min = Math.Min(repeat.Min, 12);
        for (var i = 0; i < min; i++) Emit(repeat.Item);
        if (loop)
        {
            var slot = Slots++;
            var split = Add(RegexOp.Split, repeat.Span);
            Add(RegexOp.Mark, repeat.Span, slot);
            Emit(repeat.Item);
            Add(RegexOp.Progress, repeat.Span, slot);
            Add(RegexOp.Jump, repeat.Span, split);
            Patch(split, repeat.Lazy ? Code.Count : split + 1, repeat.Lazy ? split + 1 : Code.Count);
            return;
        }
        var splits = new List<int>();
        for (var i = min; i < repeat.Max && !TooLarge; i++)
        {
            splits.Add(Add(RegexOp.Split, repeat.Span));
            Emit(repeat.Item);
        }
        foreach (var split in splits) Patch(split, repeat.Lazy ? Code.Count : split + 1, repeat.Lazy ? split + 1 : Code.Count);
    }
}
