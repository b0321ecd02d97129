using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

public sealed partial class JavaScriptLowerer
{
    private int Function(SyntaxNode n, string? name, CallableKind kind, string? owner = null, List<SyntaxNode>? fields = null, bool derived = false)
    {
        // A finally body may be lowered more than once; its functions must not be.
        if (_functionOfNode.TryGetValue(n.Index, out var known)) return known;
        var id = _callables.Count;
        _callables.Add(null);
        _functionOfNode[n.Index] = id;
        var own = n.Field("name");
        if (own.Kind is "identifier") name = _scopes.Name(own);
        if (name is null or "" || name.AsSpan().ContainsAny('\r', '\n')) name = null;
        var shown = name ?? Unnamed(n);
        var saved = (_f, _scope, _id, _path, _targets, _self, _exportTarget, _chain, _finally);
        (_f, _id, _targets, _self, _exportTarget, _chain, _finally) = (new FunctionBuilder(), id, [], -1, -1, -1, []);
        _scope = _scopes.Of(n) ?? _scope;
        _path = _path.Length == 0 ? shown : _path.Length > 400 ? _path : _path + "." + shown;
        var parameters = new List<Parameter>();
        var single = n.Field("parameter");
        if (single.HasValue) Formal(single, parameters);
        foreach (var p in n.Field("parameters").NamedChildren) Formal(p, parameters);
        if (derived && fields is not null && n.Kind != "method_definition") Do(Ir.Op.SuperCall, n, args: [~Op(Ir.Op.RestParam, n, 0)], dst: _f.NewSlot());
        if (own.HasValue && own.Kind == "identifier" && n.Kind is "function_expression" or "function" or "generator_function"
            && _scope.Find(_scopes.Name(own))?.Function == n.Index) Store(own, Op(Ir.Op.Function, n, id));
        foreach (var f in fields ?? []) InstanceField(f);
        var body = n.Field("body");
        if (kind == CallableKind.Arrow && body.HasValue && body.Kind != "statement_block") _f.Return(Expr(body), body);
        else if (body.HasValue && body.Kind == "statement_block") Statement(body);
        _callables[id] = Make(id, name ?? "", _path, kind, n, saved._id, parameters, owner);
        (_f, _scope, _id, _path, _targets, _self, _exportTarget, _chain, _finally) = saved;
        return id;
    }

    // A listener or a route by the name that it is registered under, so that another one before it does not change its own: "<socket.on "users">".
    private string Unnamed(SyntaxNode n)
    {
        var callee = n.Parent.Kind == "arguments" && n.Parent.Parent.Kind == "call_expression" ? n.Parent.Parent.Field("function") : default;
        if (callee.Kind == "member_expression" && NameOf(callee) is { } verb && Registering.Contains(verb) && FirstReal(n.Parent) is { Kind: "string" } first
            && JavaScriptLiterals.StringValue(first) is { Length: > 0 and <= LongestHint } text && !text.AsSpan().ContainsAny('\r', '\n'))
        {
            var receiver = callee.Field("object");
            var name = $"{(receiver.Kind == "identifier" ? receiver.Text + "." : "")}{verb} \"{text}\"";
            return _f.CountUnnamed(name) is var number and > 1 ? $"<{name}#{number}>" : $"<{name}>";
        }
        return $"<anonymous#{_f.CountUnnamed("")}>";
    }

    private const int LongestHint = 60;

    // What they are handed first is the name of an event, a route or a service. Other texts may be anything, a password as well.
    private static readonly HashSet<string> Registering = new(StringComparer.Ordinal)
    {
        "on", "once", "addListener", "addEventListener", "get", "post", "put", "delete", "patch", "head", "all", "use", "route", "define", "task", "command", "service", "factory", "controller", "directive",
    };

    private void Formal(SyntaxNode p, List<Parameter> into)
    {
        if (p.Kind is "comment" or "ERROR") return;
        var pattern = p.Kind is "required_parameter" or "optional_parameter" ? p.Field("pattern") : p;
        if (pattern.Kind == "this") return;
        var initial = p.Field("value");
        if (pattern.Kind == "assignment_pattern") (initial, pattern) = (pattern.Field("right"), pattern.Field("left"));
        var rest = pattern.Kind == "rest_pattern";
        if (rest) pattern = pattern.NamedChild(0);
        var index = into.Count;
        var name = pattern.Kind switch { "object_pattern" => "{...}", "array_pattern" => "[...]", _ => pattern.Text };
        var type = p.Field("type");
        into.Add(new Parameter(name, type.HasValue ? type.Text.TrimStart(':').Trim() : null, rest, initial.HasValue));
        var value = Op(rest ? Ir.Op.RestParam : Ir.Op.Param, p, index);
        if (initial.HasValue) value = Default(value, initial);
        Assign(pattern, value);
        // constructor(private readonly name: Type)
        var field = HasToken(p, "readonly");
        foreach (var c in p.NamedChildren) field |= c.Kind is "accessibility_modifier" or "override_modifier";
        if (field && pattern.Kind == "identifier") SetProp(Op(Ir.Op.This, p), pattern.Text, value, p, InstructionFlags.Define);
    }

    /// <summary>value === undefined ? initial : value, in one slot.</summary>
    private int Default(int value, SyntaxNode initial)
    {
        int result = _f.NewSlot(), set = _f.NewBlock(), end = _f.NewBlock();
        Move(result, value, initial);
        var test = Op(Ir.Op.Binary, initial, value, Undefined(initial), (int)BinaryOp.StrictEqual);
        _f.Branch(test, set, end, initial);
        _f.Start(set, initial);
        Move(result, Expr(initial), initial);
        _f.Start(end, initial);
        return result;
    }

    /// <summary>Binds or assigns a pattern (or a member expression) to a value.</summary>
    private void Assign(SyntaxNode p, int value)
    {
        if (_depth > MaxDepth) { Unknown(p); return; }
        _depth++;
        switch (p.Kind)
        {
            case "identifier" or "shorthand_property_identifier_pattern" or "shorthand_property_identifier" or "type_identifier": Store(p, value); break;
            case "member_expression": SetProp(Expr(p.Field("object")), p.Field("property").Text, value, p, 0); break;
            case "subscript_expression":
                var target = Expr(p.Field("object"));
                Do(Ir.Op.SetIndex, p, target, Expr(p.Field("index")), value);
                break;
            case "assignment_pattern" or "object_assignment_pattern" or "assignment_expression":
                Assign(p.Field("left"), Default(value, p.Field("right")));
                break;
            case "parenthesized_expression" or "non_null_expression" or "as_expression" or "satisfies_expression" or "rest_pattern" or "type_assertion":
                Assign(p.NamedChild(0), value);
                break;
            case "array_pattern" or "array": AssignArray(p, value); break;
            case "object_pattern" or "object":
                foreach (var c in p.NamedChildren)
                {
                    if (c.Kind is "pair_pattern" or "pair")
                    {
                        var key = c.Field("key");
                        var item = key.Kind == "computed_property_name" ? Op(Ir.Op.GetIndex, c, value, Expr(key.NamedChild(0))) : GetProp(value, KeyName(key), c);
                        Assign(c.Field("value"), item);
                    }
                    else if (c.Kind is "rest_pattern" or "spread_element")
                    {
                        var copy = Op(Ir.Op.NewObject, c);
                        Do(Ir.Op.CopyProps, c, copy, value);
                        Assign(c.NamedChild(0), copy);
                    }
                    else if (c.Kind == "object_assignment_pattern") Assign(c, GetProp(value, c.Field("left").Text, c));
                    else if (c.Kind != "comment") Assign(c, GetProp(value, c.Text, c));
                }
                break;
            default: Unknown(p); break;
        }
        _depth--;
    }

    private void AssignArray(SyntaxNode p, int value)
    {
        var index = 0;
        foreach (var c in p.Children)
        {
            if (c.Kind == ",") index++;
            if (!c.IsNamed || c.Kind == "comment") continue;
            if (c.Kind is "rest_pattern" or "spread_element")
            {
                var from = Const((double)index, ConstantKind.Number, c);
                Assign(c.NamedChild(0), Op(Ir.Op.CallMethod, c, value, NameId("slice"), args: [from]));
            }
            else Assign(c, Op(Ir.Op.GetIndex, c, value, Const((double)index, ConstantKind.Number, c)));
        }
    }
}
