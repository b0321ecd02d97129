using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

// Operators between two values, and the branches that some of them are.
public sealed partial class JavaScriptLowerer
{
    // var __awaiter = (this && this.__awaiter) || function …: what a compiler writes goes by its name. (Its helpers for imports are run as they are written.)
    private static string? HelperName(string? name) => name is "__awaiter" or "__generator" or "__decorate" or "__param" or "__metadata" ? name : null;

    private int Binary(SyntaxNode n, string? name)
    {
        // The left spine is walked with a list: chains of thousands of operators are ordinary.
        var spine = new List<SyntaxNode>();
        while (n.Kind == "binary_expression") { spine.Add(n); n = n.Field("left"); }
        var left = Expr(n);
        for (var i = spine.Count - 1; i >= 0; i--)
        {
            var b = spine[i];
            var op = b.Field("operator").Kind;
            if (op is "&&" or "||" or "??") { left = ShortCircuit(b, op, left, b.Field("right"), i == 0 ? HelperName(name) : null); continue; }
            var top = i;
            var literal = n.Kind is "string" or "template_string";
            while (op == "+" && top >= 0 && spine[top].Field("operator").Kind == "+") literal |= spine[top--].Field("right").Kind is "string" or "template_string";
            if (op == "+" && literal)
            {
                var parts = new List<int> { left };
                for (; i > top; i--) parts.Add(Expr(spine[i].Field("right")));
                i = top + 1;
                left = Op(Ir.Op.Concat, spine[i], args: parts);
                continue;
            }
            left = Op(Ir.Op.Binary, b, left, Expr(b.Field("right")), (int)BinaryOf(op));
        }
        return left;
    }

    private int ShortCircuit(SyntaxNode n, string op, int left, SyntaxNode right, string? name = null, bool assign = false)
    {
        int result = _f.NewSlot(), more = _f.NewBlock(), end = _f.NewBlock();
        Move(result, left, n);
        var test = op.StartsWith("??", StringComparison.Ordinal) ? Op(Ir.Op.Unary, n, left, -1, (int)UnaryOp.IsNullish) : left;
        if (op.StartsWith("||", StringComparison.Ordinal)) _f.Branch(test, end, more, n); else _f.Branch(test, more, end, n);
        _f.Start(more, right);
        var value = Expr(right, name);
        if (assign) Assign(n.Field("left"), value);
        Move(result, value, n);
        _f.Start(end, n);
        return result;
    }

    /// <summary>Branches on a condition; its short-circuit operators become branches of their own, so that each edge knows which comparison decided.</summary>
    private void Condition(SyntaxNode n, int yes, int no, InstructionFlags flags = 0)
    {
        while (n.Kind == "parenthesized_expression") n = FirstReal(n);
        var op = n.Kind == "binary_expression" ? n.Field("operator").Kind : n.Kind == "unary_expression" ? n.Field("operator").Kind : "";
        if (op is not ("&&" or "||" or "!") || _depth >= MaxDepth)
        {
            _f.Branch(Expr(n), yes, no, n.HasValue ? n : _tree.Root, flags);
            return;
        }
        _depth++;
        if (op == "!") Condition(n.Field("argument"), no, yes, flags);
        else
        {
            var more = _f.NewBlock();
            if (op == "&&") Condition(n.Field("left"), more, no, flags); else Condition(n.Field("left"), yes, more, flags);
            _f.Start(more, n);
            Condition(n.Field("right"), yes, no, flags);
        }
        _depth--;
    }

    /// <summary>An expression whose value nobody reads: <c>a &amp;&amp; b()</c> is an if statement.</summary>
    private void Effect(SyntaxNode n)
    {
        while (n.Kind == "parenthesized_expression") n = FirstReal(n);
        var op = n.Kind == "binary_expression" ? n.Field("operator").Kind : "";
        if (op is not ("&&" or "||") || _depth >= MaxDepth) { Expr(n); return; }
        _depth++;
        int more = _f.NewBlock(), end = _f.NewBlock();
        if (op == "&&") Condition(n.Field("left"), more, end); else Condition(n.Field("left"), end, more);
        _f.Start(more, n);
        Effect(n.Field("right"));
        _f.Start(end, n);
        _depth--;
    }

    private static BinaryOp BinaryOf(string op) => op switch
    {
        "-" => BinaryOp.Subtract, "*" => BinaryOp.Multiply, "/" => BinaryOp.Divide, "%" => BinaryOp.Modulo, "**" => BinaryOp.Power,
        "&" => BinaryOp.BitAnd, "|" => BinaryOp.BitOr, "^" => BinaryOp.BitXor, "<<" => BinaryOp.ShiftLeft, ">>" => BinaryOp.ShiftRight,
        ">>>" => BinaryOp.ShiftRightUnsigned, "==" => BinaryOp.Equal, "!=" => BinaryOp.NotEqual, "===" => BinaryOp.StrictEqual,
        "!==" => BinaryOp.StrictNotEqual, "<" => BinaryOp.Less, "<=" => BinaryOp.LessOrEqual, ">" => BinaryOp.Greater,
        ">=" => BinaryOp.GreaterOrEqual, "in" => BinaryOp.In, "instanceof" => BinaryOp.InstanceOf, _ => BinaryOp.Add,
    };
}
