using System.Globalization;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

public sealed partial class JavaScriptLowerer
{
    /// <summary>Block for "the chain ended at null"; -1: no ?. met yet in the chain being lowered.</summary>
    private int _chain = -1;

    private int Expr(SyntaxNode n, string? name = null)
    {
        if (!n.HasValue || _depth > MaxDepth) return Unknown(n);
        _depth++;
        var result = Core(n, name);
        _depth--;
        return result;
    }

    private int Core(SyntaxNode n, string? name)
    {
        switch (n.Kind)
        {
            case "identifier" or "shorthand_property_identifier": return Load(n);
            case "undefined": return Undefined(n);
            case "null": return Const(null, ConstantKind.Null, n);
            case "true" or "false": return Const(n.Kind == "true", ConstantKind.Boolean, n);
            case "number": return Number(n);
            case "string": return Str(JavaScriptLiterals.StringValue(n), n);
            case "this": return _self >= 0 ? _self : Op(Ir.Op.This, n);
            case "super": return GetProp(Op(Ir.Op.This, n), "__proto__", n);
            case "parenthesized_expression" or "non_null_expression" or "as_expression" or "satisfies_expression" or "instantiation_expression":
                return Expr(FirstReal(n), name);
            case "type_assertion": return Expr(n.NamedChild(n.NamedChildCount - 1), name);
            case "sequence_expression":
                var last = -1;
                foreach (var c in n.NamedChildren) if (c.Kind != "comment") last = Expr(c);
                return last < 0 ? Unknown(n) : last;
            case "template_string": return Op(Ir.Op.Concat, n, args: TemplateParts(n));
            case "regex":
                var flags = n.Field("flags");
                return Op(Ir.Op.Regex, n, _f.Constant(new Constant(n.Field("pattern").Text, ConstantKind.String)), _f.Constant(new Constant(flags.Text, ConstantKind.String)));
            case "function_expression" or "function" or "generator_function": return Op(Ir.Op.Function, n, Function(n, name, CallableKind.Function));
            case "arrow_function": return Op(Ir.Op.Function, n, Function(n, name, CallableKind.Arrow));
            case "class": return ClassValue(n, name);
            case "object": return ObjectLiteral(n);
            case "array": return Op(Ir.Op.NewArray, n, args: Arguments(n));
            case "member_expression" or "subscript_expression" or "call_expression": return Chain(n);
            case "new_expression":
                var made = Expr(n.Field("constructor"));
                return Op(Ir.Op.New, n, made, args: Arguments(n.Field("arguments")));
            case "binary_expression": return Binary(n, name);
            case "unary_expression": return Unary(n);
            case "update_expression": return Update(n);
            case "assignment_expression":
                var value = Expr(n.Field("right"), NameOf(n.Field("left")));
                Assign(n.Field("left"), value);
                return value;
            case "augmented_assignment_expression": return Augmented(n);
            case "ternary_expression": return Ternary(n);
            case "await_expression": return Op(Ir.Op.Await, n, Expr(FirstReal(n)));
            case "yield_expression":
                var given = FirstReal(n);
                return Op(Ir.Op.Yield, n, given.HasValue ? Expr(given) : -1, flags: HasToken(n, "*") ? InstructionFlags.Delegate : 0);
            case "spread_element": return Expr(FirstReal(n));
            case "meta_property": return Op(Ir.Op.LoadGlobal, n, NameId(n.Text));
            case "jsx_element" or "jsx_self_closing_element" or "jsx_fragment": return JsxElement(n);
            case "jsx_expression": return FirstReal(n) is { HasValue: true } inner ? Expr(inner) : Undefined(n);
            default: return Unknown(n);
        }
    }

    private static SyntaxNode FirstReal(SyntaxNode n)
    {
        foreach (var c in n.NamedChildren) if (c.Kind is not "comment") return c;
        return default;
    }

    private static string? NameOf(SyntaxNode n) => n.Kind switch
    {
        "identifier" => n.Text, "member_expression" => n.Field("property").Text, _ => null,
    };

    private int Number(SyntaxNode n)
    {
        var text = n.Text.Replace("_", "", StringComparison.Ordinal);
        if (text.EndsWith('n')) return Const(text[..^1], ConstantKind.BigInt, n);
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var d)) return Const(d, ConstantKind.Number, n);
        var radix = text.Length < 2 ? 10 : (text[1] | 32) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 };
        foreach (var c in text.AsSpan(Math.Min(2, text.Length))) d = (d * radix) + (char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : 0);
        return Const(d, ConstantKind.Number, n);
    }

    private List<int> TemplateParts(SyntaxNode n)
    {
        var parts = new List<int>();
        foreach (var c in n.NamedChildren)
        {
            if (c.Kind == "template_substitution") parts.Add(Expr(FirstReal(c)));
            else parts.Add(Str(c.Kind == "escape_sequence" ? JavaScriptLiterals.Unescape(c.TextSpan) : c.Text, c));
        }
        return parts;
    }

    private List<int> Arguments(SyntaxNode n)
    {
        var list = new List<int>();
        if (!n.HasValue) return list;
        var hole = n.Kind == "array";
        var expects = true;
        foreach (var c in n.Children)
        {
            if (c.Kind == "," && hole) { if (expects) list.Add(Undefined(c)); expects = true; }
            if (!c.IsNamed || c.Kind == "comment") continue;
            expects = false;
            var slot = Expr(c);
            list.Add(c.Kind == "spread_element" ? ~slot : slot);
        }
        return list;
    }

    private int ObjectLiteral(SyntaxNode n)
    {
        var o = Op(Ir.Op.NewObject, n);
        foreach (var c in n.NamedChildren)
        {
            if (c.Kind is "pair")
            {
                var key = c.Field("key");
                if (key.Kind == "computed_property_name")
                {
                    var k = Expr(FirstReal(key));
                    Do(Ir.Op.SetIndex, c, o, k, Expr(c.Field("value")), InstructionFlags.Define);
                }
                else SetProp(o, KeyName(key), Expr(c.Field("value"), KeyName(key)), c, InstructionFlags.Define);
            }
            else if (c.Kind == "spread_element") Do(Ir.Op.CopyProps, c, o, Expr(FirstReal(c)));
            else if (c.Kind == "method_definition") Method(c, o, null);
            else if (c.Kind == "shorthand_property_identifier") SetProp(o, c.Text, Load(c), c, InstructionFlags.Define);
            else if (c.Kind != "comment") Unknown(c);
        }
        return o;
    }

    private static string KeyName(SyntaxNode key) => key.Kind == "string" ? JavaScriptLiterals.StringValue(key) : key.Text;

    /// <summary>A member, index or call; the outermost of a chain ends the short circuit of its ?. parts.</summary>
    private int Chain(SyntaxNode n)
    {
        var outer = _chain;
        _chain = -1;
        var value = Link(n, out _);
        var nothing = _chain;
        _chain = outer;
        if (nothing < 0) return value;
        int result = _f.NewSlot(), end = _f.NewBlock();
        Move(result, value, n);
        _f.Jump(end, n);
        _f.Start(nothing, n);
        Move(result, Undefined(n), n);
        _f.Start(end, n);
        return result;
    }

    private int Link(SyntaxNode n, out int self)
    {
        self = -1;
        if (_depth > MaxDepth) return Unknown(n);
        if (n.Kind is not ("member_expression" or "subscript_expression" or "call_expression")) return Expr(n);
        _depth++;
        var result = n.Kind == "call_expression" ? CallLink(n) : MemberLink(n, out self);
        _depth--;
        return result;
    }

    private int MemberLink(SyntaxNode n, out int self)
    {
        var target = n.Field("object");
        if (target.Kind == "super" && n.Kind == "member_expression")
        {
            self = Op(Ir.Op.This, n);
            return Op(Ir.Op.SuperProp, n, -1, NameId(n.Field("property").Text));
        }
        self = Link(target, out _);
        var flags = Optional(n, self);
        return n.Kind == "member_expression" ? GetProp(self, n.Field("property").Text, n, flags)
            : Op(Ir.Op.GetIndex, n, self, Expr(n.Field("index")), -1, flags);
    }

    private InstructionFlags Optional(SyntaxNode n, int value)
    {
        var has = false;
        foreach (var c in n.Children) has |= c.Kind is "optional_chain" or "?.";
        if (!has) return 0;
        if (_chain < 0) _chain = _f.NewBlock();
        var go = _f.NewBlock();
        _f.Branch(Op(Ir.Op.Unary, n, value, -1, (int)UnaryOp.IsNullish), _chain, go, n, InstructionFlags.Optional);
        _f.Start(go, n);
        return InstructionFlags.Optional;
    }

    private int CallLink(SyntaxNode n)
    {
        SyntaxNode callee = n.Field("function"), arguments = n.Field("arguments");
        while (callee.Kind is "non_null_expression" or "parenthesized_expression" && FirstReal(callee).Kind is "member_expression" or "non_null_expression") callee = FirstReal(callee);
        if (callee.Kind == "super") return Op(Ir.Op.SuperCall, n, args: Arguments(arguments));
        if (callee.Kind == "import")
        {
            var given = FirstReal(arguments);
            return given.Kind == "string" ? Op(Ir.Op.Import, n, _f.Constant(new Constant(JavaScriptLiterals.StringValue(given), ConstantKind.String)))
                : Op(Ir.Op.Import, n, -1, Expr(given), -1, InstructionFlags.Dynamic);
        }
        int self;
        if (arguments.Kind == "template_string")
        {
            var function = Link(callee, out self);
            var strings = new List<int>();
            var values = new List<int> { -1 };
            foreach (var c in arguments.NamedChildren)
            {
                if (c.Kind == "template_substitution") values.Add(Expr(FirstReal(c))); else strings.Add(Str(c.Text, c));
            }
            values[0] = Op(Ir.Op.NewArray, arguments, args: strings);
            return Op(Ir.Op.TaggedTemplate, n, function, self, args: values);
        }
        var own = false;
        foreach (var c in n.Children) own |= c.Kind is "optional_chain" or "?.";
        if (!own && callee.Kind is "member_expression" or "subscript_expression" && callee.Field("object").Kind != "super")
        {
            var target = Link(callee.Field("object"), out _);
            var flags = Optional(callee, target);
            if (callee.Kind == "member_expression") return Op(Ir.Op.CallMethod, n, target, NameId(callee.Field("property").Text), -1, flags, Arguments(arguments));
            var index = Expr(callee.Field("index"));
            return Op(Ir.Op.CallIndex, n, target, index, -1, flags, Arguments(arguments));
        }
        var f = Link(callee, out self);
        var optional = Optional(n, f);
        return Op(Ir.Op.Call, n, f, self, -1, optional, Arguments(arguments));
    }

    private int Unary(SyntaxNode n)
    {
        var op = n.Field("operator").Kind;
        var target = n.Field("argument");
        if (op == "delete")
        {
            while (target.Kind is "parenthesized_expression" or "non_null_expression") target = FirstReal(target);
            if (target.Kind == "member_expression") Do(Ir.Op.DeleteProp, n, Expr(target.Field("object")), NameId(target.Field("property").Text));
            else if (target.Kind == "subscript_expression")
            {
                var from = Expr(target.Field("object"));
                Do(Ir.Op.DeleteIndex, n, from, Expr(target.Field("index")));
            }
            return Const(true, ConstantKind.Boolean, n);
        }
        return Op(Ir.Op.Unary, n, Expr(target), -1, (int)(op switch
        {
            "!" => UnaryOp.Not, "-" => UnaryOp.Negate, "+" => UnaryOp.Plus, "~" => UnaryOp.BitNot, "typeof" => UnaryOp.TypeOf, _ => UnaryOp.Void,
        }));
    }

    private int Update(SyntaxNode n)
    {
        var target = n.Field("argument");
        var old = _f.NewSlot();
        Move(old, Expr(target), n);
        var changed = Op(Ir.Op.Binary, n, old, Const(1.0, ConstantKind.Number, n), (int)(n.Field("operator").Kind == "--" ? BinaryOp.Subtract : BinaryOp.Add));
        Assign(target, changed);
        return n.FirstChild.IsNamed ? old : changed;
    }

    private int Augmented(SyntaxNode n)
    {
        var op = n.Field("operator").Kind;
        var left = Expr(n.Field("left"));
        if (op is "&&=" or "||=" or "??=") return ShortCircuit(n, op, left, n.Field("right"), assign: true);
        var right = n.Field("right");
        var value = Expr(right);
        value = op == "+=" && right.Kind is "string" or "template_string" ? Op(Ir.Op.Concat, n, args: [left, value])
            : Op(Ir.Op.Binary, n, left, value, (int)BinaryOf(op.TrimEnd('=')));
        Assign(n.Field("left"), value);
        return value;
    }

    private int Ternary(SyntaxNode n)
    {
        int result = _f.NewSlot(), yes = _f.NewBlock(), no = _f.NewBlock(), end = _f.NewBlock();
        Condition(n.Field("condition"), yes, no);
        _f.Start(yes, n);
        Move(result, Expr(n.Field("consequence")), n);
        _f.Jump(end, n);
        _f.Start(no, n);
        Move(result, Expr(n.Field("alternative")), n);
        _f.Start(end, n);
        return result;
    }

    private int JsxElement(SyntaxNode n)
    {
        var open = n.Field("open_tag");
        if (!open.HasValue) open = n;
        var name = open.Field("name");
        var tag = !name.HasValue ? Str("", n) : name.Kind == "identifier" && char.IsAsciiLetterLower(name.TextSpan[0]) || name.Kind == "jsx_namespace_name" ? Str(name.Text, name) : Expr(name);
        var props = Op(Ir.Op.NewObject, open);
        var children = new List<int>();
        foreach (var c in open.NamedChildren)
        {
            if (c.Kind == "jsx_attribute")
            {
                var value = c.NamedChildCount > 1 ? Expr(c.NamedChild(1), c.NamedChild(0).Text) : Const(true, ConstantKind.Boolean, c);
                SetProp(props, c.NamedChild(0).Text, value, c, InstructionFlags.Define);
            }
            else if (c.Kind == "jsx_expression" && FirstReal(c).Kind == "spread_element") Do(Ir.Op.CopyProps, c, props, Expr(FirstReal(c)));
        }
        if (n.Kind != "jsx_self_closing_element")
        {
            foreach (var c in n.NamedChildren)
            {
                if (c.Kind == "jsx_text") children.Add(Str(c.Text, c));
                else if (c.Kind is "jsx_expression" or "jsx_element" or "jsx_self_closing_element") children.Add(Expr(c));
            }
        }
        return Op(Ir.Op.Jsx, n, tag, props, args: children);
    }
}
