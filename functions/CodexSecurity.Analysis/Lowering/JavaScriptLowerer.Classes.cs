using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

public sealed partial class JavaScriptLowerer
{
    private int ClassValue(SyntaxNode n, string? name)
    {
        var own = n.Field("name");
        name = own.HasValue ? own.Text : name ?? "<class>";
        var (scope, path) = (_scope, _path);
        _scope = _scopes.Of(n) ?? scope;
        if (path.Length < 400) _path = path.Length == 0 ? name : path + "." + name;
        var parent = -1;
        foreach (var c in n.NamedChildren)
        {
            if (c.Kind != "class_heritage") continue;
            var e = FirstReal(c);
            if (e.Kind == "implements_clause") continue;
            parent = Expr(e.Kind == "extends_clause" ? e.Field("value") : e);
        }
        var body = n.Field("body");
        var fields = new List<SyntaxNode>();
        SyntaxNode constructor = default;
        foreach (var m in body.NamedChildren)
        {
            if (m.Kind is "field_definition" or "public_field_definition" && !HasToken(m, "static")) fields.Add(m);
            if (m.Kind == "method_definition" && m.Field("name").TextSpan is "constructor" && !HasToken(m, "static")) constructor = m;
        }
        var id = constructor.HasValue ? Function(constructor, "constructor", CallableKind.Constructor, name, fields)
            : fields.Count > 0 ? Function(body, "constructor", CallableKind.Constructor, name, fields, parent >= 0) : -1;
        var cls = Op(Ir.Op.Class, n, id, parent);
        if (own.HasValue && n.Kind == "class") Store(own, cls);
        var prototype = -1;
        var decorators = new List<SyntaxNode>();
        foreach (var m in body.NamedChildren)
        {
            if (m.Kind == "decorator") { decorators.Add(m); continue; }
            if (m == constructor) continue;
            var isStatic = HasToken(m, "static");
            if (m.Kind == "method_definition")
            {
                if (!isStatic && prototype < 0) prototype = GetProp(cls, "prototype", n);
                Method(m, isStatic ? cls : prototype, name);
                DecorateMethod(m, decorators, isStatic ? cls : prototype);
            }
            else if (m.Kind is "field_definition" or "public_field_definition" && isStatic)
            {
                var self = _self;
                _self = cls;
                Field(m, cls);
                _self = self;
            }
            else if (m.Kind == "class_static_block")
            {
                var run = Op(Ir.Op.Function, m, Function(m, "<static>", CallableKind.StaticBlock, name));
                Do(Ir.Op.Call, m, run, cls, dst: _f.NewSlot());
            }
            else if (m.Kind is "field_definition" or "public_field_definition" && (decorators.Count > 0 || DecoratorsOf(m).Count > 0))
            {
                if (prototype < 0) prototype = GetProp(cls, "prototype", n);
                DecorateField(m, decorators, prototype);
            }
            if (m.Kind != "comment") decorators.Clear();
        }
        DecorateClass(n, cls, constructor);
        (_scope, _path) = (scope, path);
        return cls;
    }

    private void InstanceField(SyntaxNode f) => Field(f, Op(Ir.Op.This, f));

    private void Field(SyntaxNode f, int target)
    {
        var key = f.Field("property");
        if (!key.HasValue) key = f.Field("name");
        var value = f.Field("value");
        if (key.Kind == "computed_property_name")
        {
            var k = Expr(FirstReal(key));
            Do(Ir.Op.SetIndex, f, target, k, value.HasValue ? Expr(value) : Undefined(f), InstructionFlags.Define);
        }
        else SetProp(target, KeyName(key), value.HasValue ? Expr(value, KeyName(key)) : Undefined(f), f, InstructionFlags.Define);
    }

    private void Method(SyntaxNode m, int target, string? owner)
    {
        var key = m.Field("name");
        bool get = HasToken(m, "get"), set = HasToken(m, "set"), computed = key.Kind == "computed_property_name";
        var k = computed ? Expr(FirstReal(key)) : -1;
        var name = computed ? null : KeyName(key);
        var f = Op(Ir.Op.Function, m, Function(m, name, get ? CallableKind.Getter : set ? CallableKind.Setter : CallableKind.Method, owner));
        if (computed) Do(Ir.Op.SetIndex, m, target, k, f, InstructionFlags.Define);
        else if (get || set) Do(Ir.Op.DefineAccessor, m, target, NameId(name!), f, set ? InstructionFlags.Setter : 0);
        else SetProp(target, name!, f, m, InstructionFlags.Define);
    }

    private void Enum(SyntaxNode n)
    {
        var o = Op(Ir.Op.NewObject, n);
        Store(n.Field("name"), o);
        var next = 0.0;
        foreach (var c in n.Field("body").NamedChildren)
        {
            if (c.Kind == "comment") continue;
            var value = c.Field("value");
            var key = c.Kind == "enum_assignment" ? c.Field("name") : c;
            SetProp(o, KeyName(key), value.HasValue ? Expr(value) : Const(next++, ConstantKind.Number, c), c, InstructionFlags.Define);
        }
    }

    private void Namespace(SyntaxNode n)
    {
        var o = Op(Ir.Op.NewObject, n);
        var name = n.Field("name");
        if (name.Kind == "identifier") Store(name, o);
        var saved = _exportTarget;
        _exportTarget = o;
        Statement(n.Field("body"));
        _exportTarget = saved;
    }

    private int ImportOf(SyntaxNode source) => Op(Ir.Op.Import, source, _f.Constant(new Constant(JavaScriptLiterals.StringValue(source), ConstantKind.String)));

    private void Import(SyntaxNode n)
    {
        foreach (var t in n.Children) if (t.Kind == "type") return;
        var source = n.Field("source");
        foreach (var c in n.NamedChildren)
        {
            if (c.Kind != "import_require_clause") continue;
            Store(c.NamedChild(0), ImportOf(c.Field("source")));
            return;
        }
        if (!source.HasValue) return;
        var ns = ImportOf(source);
        foreach (var clause in n.NamedChildren)
        {
            if (clause.Kind != "import_clause") continue;
            foreach (var c in clause.NamedChildren)
            {
                if (c.Kind == "identifier") Store(c, GetProp(ns, "default", c));
                else if (c.Kind == "namespace_import") Store(FirstReal(c), ns);
                else if (c.Kind == "named_imports")
                {
                    foreach (var s in c.NamedChildren)
                    {
                        if (s.Kind != "import_specifier") continue;
                        var local = s.Field("alias").HasValue ? s.Field("alias") : s.Field("name");
                        Store(local, GetProp(ns, KeyName(s.Field("name")), s));
                    }
                }
            }
        }
    }

    private void Export(SyntaxNode n)
    {
        SyntaxNode declaration = n.Field("declaration"), value = n.Field("value"), source = n.Field("source");
        if (HasToken(n, "type") && !declaration.HasValue) return;
        if (value.HasValue) { SetProp(Exports(n), "default", Expr(value, "default"), n, 0); return; }
        if (HasToken(n, "=") && FirstReal(n) is { HasValue: true } whole)
        {
            SetProp(Op(Ir.Op.LoadGlobal, n, NameId("module")), "exports", Expr(whole), n, 0);
            return;
        }
        if (declaration.HasValue)
        {
            if (declaration.Kind is "lexical_declaration" or "variable_declaration") { Variables(declaration, true); return; }
            Statement(declaration);
            var name = declaration.Field("name");
            if (name.HasValue && declaration.Kind is "function_declaration" or "generator_function_declaration" or "class_declaration" or "abstract_class_declaration" or "enum_declaration" or "internal_module")
            {
                SetProp(Exports(n), HasToken(n, "default") ? "default" : name.Text, Load(name), n, 0);
            }
            return;
        }
        var from = source.HasValue ? ImportOf(source) : -1;
        if (from >= 0 && HasToken(n, "*")) Do(Ir.Op.CopyProps, n, Exports(n), from);
        foreach (var c in n.NamedChildren)
        {
            if (c.Kind == "namespace_export" && from >= 0) SetProp(Exports(c), KeyName(FirstReal(c)), from, c, 0);
            if (c.Kind != "export_clause") continue;
            foreach (var s in c.NamedChildren)
            {
                if (s.Kind != "export_specifier") continue;
                var shown = KeyName(s.Field("alias").HasValue ? s.Field("alias") : s.Field("name"));
                if (from >= 0) SetProp(Exports(s), shown, GetProp(from, KeyName(s.Field("name")), s), s, 0);
                else _lateExports.Add((shown, s.Field("name")));
            }
        }
    }
}

internal static class NodeFacts
{
    /// <summary>There, and not punctuation.</summary>
    public static bool IsNamedReal(this SyntaxNode n) => n.HasValue && n.IsNamed;
}
