using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

public sealed partial class JavaScriptLowerer
{
    /// <summary>Copies of finally bodies that one callable may have: nested ones would double each time.</summary>
    private const int MaxFinallyCopies = 64;

    private sealed record Target(string? Label, int Break, int Continue, int Finally);

    private List<(SyntaxNode Body, int Handler)> _finally = [];
    private string? _label;

    private void Body(SyntaxNode block)
    {
        foreach (var c in block.NamedChildren)
        {
            var d = c.Kind == "export_statement" ? c.Field("declaration") : c;
            if (d.Kind is "function_declaration" or "generator_function_declaration") Store(d.Field("name"), Op(Ir.Op.Function, d, Function(d, null, CallableKind.Function)));
            if (c.Kind == "import_statement") Import(c);
        }
        foreach (var c in block.NamedChildren) Statement(c);
    }

    private void Statement(SyntaxNode n)
    {
        if (!n.HasValue) return;
        if (_depth > MaxDepth) { Unknown(n); return; }
        _depth++;
        var scope = _scope;
        _scope = _scopes.Of(n) is { } own && !Scopes.IsFunction(n.Kind) ? own : scope;
        StatementCore(n);
        _scope = scope;
        _depth--;
    }

    private void StatementCore(SyntaxNode n)
    {
        switch (n.Kind)
        {
            case "expression_statement":
                var e = FirstReal(n);
                if (e.Kind is "internal_module" or "module") Namespace(e); else if (e.HasValue) Effect(e);
                break;
            case "lexical_declaration" or "variable_declaration": Variables(n, false); break;
            case "statement_block": Body(n); break;
            case "if_statement": If(n); break;
            case "return_statement":
                var value = FirstReal(n) is { HasValue: true } r ? Expr(r) : -1;
                Unwind(0);
                _f.Return(value, n);
                break;
            case "throw_statement": _f.Throw(Expr(FirstReal(n)), n); break;
            case "for_statement" or "while_statement" or "do_statement": Loop(n); break;
            case "for_in_statement": ForIn(n); break;
            case "switch_statement": Switch(n); break;
            case "try_statement": Try(n); break;
            case "break_statement" or "continue_statement": Leave(n); break;
            case "labeled_statement": Labeled(n); break;
            case "class_declaration" or "abstract_class_declaration": Store(n.Field("name"), ClassValue(n, null)); break;
            case "export_statement": Export(n); break;
            case "enum_declaration": Enum(n); break;
            case "internal_module" or "module": Namespace(n); break;
            case "import_alias":
                if (n.NamedChildCount > 1) Store(n.NamedChild(0), Expr(n.NamedChild(1)));
                break;
            case "with_statement": Expr(n.Field("object")); Statement(n.Field("body")); break;
            case "else_clause": Statement(FirstReal(n)); break;
            case "function_declaration" or "generator_function_declaration":
                if (!_functionOfNode.ContainsKey(n.Index)) Store(n.Field("name"), Op(Ir.Op.Function, n, Function(n, null, CallableKind.Function)));
                break;
            case "comment" or "html_comment" or "hash_bang_line" or "empty_statement" or "debugger_statement" or "import_statement" or "interface_declaration"
                or "type_alias_declaration" or "ambient_declaration" or "function_signature" or "decorator": break;
            case "ERROR": Unknown(n); break;
            default: Expr(n); break;
        }
    }

    private void Variables(SyntaxNode n, bool exported)
    {
        foreach (var d in n.NamedChildren)
        {
            if (d.Kind != "variable_declarator") continue;
            SyntaxNode name = d.Field("name"), value = d.Field("value");
            if (value.HasValue) Assign(name, Expr(value, NameOf(name)));
            else if (n.Kind == "lexical_declaration") Assign(name, Undefined(d));
            if (!exported) continue;
            for (var i = name.Index; i < name.Index + name.SubtreeSize; i++)
            {
                var c = _tree[i];
                if (c.Kind is "identifier" or "shorthand_property_identifier_pattern" && c.FieldName != "right") SetProp(Exports(c), c.Text, Load(c), c, 0);
            }
        }
    }

    private void If(SyntaxNode n)
    {
        var end = _f.NewBlock();
        while (true)
        {
            int yes = _f.NewBlock(), no = _f.NewBlock();
            var next = n.Field("alternative");
            if (!next.HasValue && SettingChecks.CheckOf(n) is { } check)
            {
                Effect(check.Setting);
                Condition(check.Check, yes, no, InstructionFlags.BothWays);
            }
            else Condition(n.Field("condition"), yes, no);
            _f.Start(yes, n);
            Statement(n.Field("consequence"));
            _f.Jump(end, n);
            _f.Start(no, n);
            if (!next.HasValue) break;
            var other = next.Kind == "else_clause" ? FirstReal(next) : next;
            if (other.Kind != "if_statement") { Statement(other); break; }
            n = other;
        }
        _f.Start(end, n);
    }

    private void Loop(SyntaxNode n)
    {
        int head = _f.NewBlock(), body = _f.NewBlock(), step = _f.NewBlock(), end = _f.NewBlock();
        var first = n.Field("initializer");
        if (first.Kind is "lexical_declaration" or "variable_declaration" or "expression_statement") Statement(first);
        else if (first.IsNamedReal() && first.Kind != "empty_statement") Expr(first);
        var test = n.Field("condition");
        if (test.Kind == "expression_statement") test = FirstReal(test);
        var always = !test.IsNamedReal() || test.Kind == "empty_statement";
        if (n.Kind == "do_statement") _f.Jump(body, n);
        else
        {
            _f.Start(head, n);
            Test(test, always, body, end);
        }
        _f.Start(body, n);
        InLoop(n, end, step);
        _f.Start(step, n);
        if (n.Field("increment").HasValue) Expr(n.Field("increment"));
        if (n.Kind == "do_statement") Test(test, always, body, end); else _f.Jump(head, n);
        _f.Start(end, n);
    }

    private void Test(SyntaxNode test, bool always, int body, int end)
    {
        if (always) _f.Jump(body, test.HasValue ? test : _tree.Root);
        else Condition(test, body, end);
    }

    private void InLoop(SyntaxNode n, int end, int again)
    {
        _targets.Add(new Target(_label, end, again, _finally.Count));
        _label = null;
        Statement(n.Field("body"));
        _targets.RemoveAt(_targets.Count - 1);
    }

    private void ForIn(SyntaxNode n)
    {
        int head = _f.NewBlock(), body = _f.NewBlock(), end = _f.NewBlock();
        var keys = n.Field("operator").Kind == "in";
        var iterator = Op(keys ? Ir.Op.KeysOf : Ir.Op.ValuesOf, n.Field("right"), Expr(n.Field("right")));
        _f.Start(head, n);
        _f.Choose(body, end, n);
        _f.Start(body, n);
        var item = Op(Ir.Op.IterNext, n.Field("left"), iterator, flags: keys ? InstructionFlags.Key : 0);
        if (HasToken(n, "await")) item = Op(Ir.Op.Await, n.Field("left"), item);
        Assign(n.Field("left"), item);
        InLoop(n, end, head);
        _f.Jump(head, n);
        _f.Start(end, n);
    }

    private void Switch(SyntaxNode n)
    {
        var value = Expr(n.Field("value"));
        var body = n.Field("body");
        var scope = _scope;
        _scope = _scopes.Of(body) ?? scope;
        var end = _f.NewBlock();
        var cases = new List<(SyntaxNode Node, int Block)>();
        var fallback = end;
        foreach (var c in body.NamedChildren)
        {
            if (c.Kind is not ("switch_case" or "switch_default")) continue;
            var block = _f.NewBlock();
            cases.Add((c, block));
            if (c.Kind == "switch_default") { fallback = block; continue; }
            var next = _f.NewBlock();
            var test = c.Field("value");
            _f.Branch(Op(Ir.Op.Binary, test, value, Expr(test), (int)BinaryOp.StrictEqual), block, next, test);
            _f.Start(next, test);
        }
        _f.Jump(fallback, n);
        _targets.Add(new Target(_label, end, -1, _finally.Count));
        _label = null;
        foreach (var (c, block) in cases)
        {
            _f.Start(block, c);
            foreach (var s in c.NamedChildren) if (s.FieldName != "value") Statement(s);
        }
        _targets.RemoveAt(_targets.Count - 1);
        _f.Start(end, n);
        _scope = scope;
    }

    private void Labeled(SyntaxNode n)
    {
        _label = n.Field("label").Text;
        var body = n.Field("body");
        if (body.Kind is "for_statement" or "for_in_statement" or "while_statement" or "do_statement" or "switch_statement") { Statement(body); return; }
        var end = _f.NewBlock();
        _targets.Add(new Target(_label, end, -1, _finally.Count));
        _label = null;
        Statement(body);
        _targets.RemoveAt(_targets.Count - 1);
        _f.Start(end, n);
    }

    private void Leave(SyntaxNode n)
    {
        var label = n.Field("label");
        var again = n.Kind == "continue_statement";
        for (var i = _targets.Count - 1; i >= 0; i--)
        {
            var t = _targets[i];
            if (label.HasValue ? t.Label != label.Text : again ? t.Continue < 0 : t.Continue < 0 && t.Label is not null && t.Break < 0) continue;
            if (again && t.Continue < 0) continue;
            Unwind(t.Finally);
            _f.Jump(again ? t.Continue : t.Break, n);
            return;
        }
        Unknown(n);
    }

    /// <summary>Runs the finally bodies that a jump or return leaves, innermost first.</summary>
    private void Unwind(int depth)
    {
        var (saved, handler) = (_finally, _f.Handler);
        for (var i = saved.Count - 1; i >= depth && !_f.Dead && _f.FinallyCopies < MaxFinallyCopies; i--)
        {
            _f.FinallyCopies++;
            _finally = saved[..i];
            Under(saved[i].Handler, saved[i].Body);
            Statement(saved[i].Body);
        }
        _finally = saved;
        _f.Handler = handler;
    }

    /// <summary>Goes on in a new block with another handler.</summary>
    private void Under(int handler, SyntaxNode at)
    {
        _f.Handler = handler;
        _f.Start(_f.NewBlock(), at);
    }

    private void Try(SyntaxNode n)
    {
        var outer = _f.Handler;
        SyntaxNode caught = n.Field("handler"), last = n.Field("finalizer");
        var lastBody = last.HasValue ? last.Field("body") : default;
        int end = _f.NewBlock(), rethrow = lastBody.HasValue ? _f.NewBlock() : outer, handler = caught.HasValue ? _f.NewBlock() : rethrow;
        if (lastBody.HasValue) _finally = [.. _finally, (lastBody, outer)];
        Under(handler, n);
        Statement(n.Field("body"));
        _f.Jump(end, n);
        _f.Handler = rethrow;
        if (caught.HasValue)
        {
            _f.Start(handler, caught);
            var e = Op(Ir.Op.Catch, caught);
            var scope = _scope;
            _scope = _scopes.Of(caught) ?? scope;
            if (caught.Field("parameter").HasValue) Assign(caught.Field("parameter"), e);
            Statement(caught.Field("body"));
            _scope = scope;
            _f.Jump(end, n);
        }
        _f.Handler = outer;
        if (lastBody.HasValue)
        {
            _finally = _finally[..^1];
            _f.Start(rethrow, last);
            var e = Op(Ir.Op.Catch, last);
            Statement(lastBody);
            _f.Throw(e, last);
        }
        _f.Start(end, n);
        if (lastBody.HasValue) Statement(lastBody);
    }
}
