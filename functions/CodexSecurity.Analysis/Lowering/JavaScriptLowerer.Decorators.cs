using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Lowering;

// Decorators of classes, methods and parameters become the calls that TypeScript's compiler makes of them: __decorate([…, __param(0, …)], target, "name"),
// for a field with __metadata("design:type", …), and for a class with __param and __metadata("design:paramtypes", […]) for what its constructor takes.
public sealed partial class JavaScriptLowerer
{
    private static List<SyntaxNode> DecoratorsOf(SyntaxNode n)
    {
        var found = new List<SyntaxNode>();
        foreach (var c in n.NamedChildren) if (c.Kind == "decorator") found.Add(c);
        return found;
    }

    private void DecorateClass(SyntaxNode n, int cls, SyntaxNode constructor)
    {
        var decorators = DecoratorsOf(n);
        if (n.Parent is { HasValue: true, Kind: "export_statement" } exported) decorators.InsertRange(0, DecoratorsOf(exported));
        if (decorators.Count == 0) return;
        var types = new List<int>();
        if (constructor.HasValue) foreach (var p in constructor.Field("parameters").NamedChildren) if (p.Kind is "required_parameter" or "optional_parameter") types.Add(TypeOf(p));
        var all = Evaluated(decorators);
        if (constructor.HasValue) Parameters(constructor, all);
        Decorate(n, [.. all, Metadata("design:paramtypes", Op(Ir.Op.NewArray, n, args: types), n)], [cls]);
    }

    private void DecorateField(SyntaxNode m, List<SyntaxNode> before, int prototype)
    {
        var key = m.Field("property") is { HasValue: true } property ? property : m.Field("name");
        if (key.Kind == "computed_property_name") return;
        Decorate(m, [.. Evaluated([.. before, .. DecoratorsOf(m)]), Metadata("design:type", TypeOf(m), m)], [prototype, Str(KeyName(key), m), Undefined(m)]);
    }

    private int Metadata(string key, int value, SyntaxNode at) => Op(Ir.Op.Call, at, Op(Ir.Op.LoadGlobal, at, NameId("__metadata")), args: [Str(key, at), value]);

    // What stands before a member in the body of a class, or in it.
    private void DecorateMethod(SyntaxNode m, List<SyntaxNode> before, int target)
    {
        var all = Evaluated([.. before, .. DecoratorsOf(m)]);
        Parameters(m, all);
        if (all.Count > 0 && m.Field("name").Kind != "computed_property_name") Decorate(m, all, [target, Str(KeyName(m.Field("name")), m), Const(null, Ir.ConstantKind.Null, m)]);
    }

    private void Parameters(SyntaxNode m, List<int> all)
    {
        var index = 0;
        foreach (var p in m.Field("parameters").NamedChildren)
        {
            if (p.Kind is "comment" or "ERROR" || p.Field("pattern").Kind == "this") continue;
            foreach (var d in Evaluated(DecoratorsOf(p))) all.Add(Op(Ir.Op.Call, p, Op(Ir.Op.LoadGlobal, p, NameId("__param")), args: [Const((double)index, Ir.ConstantKind.Number, p), d]));
            index++;
        }
    }

    private List<int> Evaluated(List<SyntaxNode> decorators)
    {
        var values = new List<int>();
        foreach (var d in decorators) if (FirstReal(d) is { HasValue: true } e) values.Add(Expr(e));
        return values;
    }

    private void Decorate(SyntaxNode at, List<int> decorators, List<int> target) =>
        Do(Ir.Op.Call, at, Op(Ir.Op.LoadGlobal, at, NameId("__decorate")), args: [Op(Ir.Op.NewArray, at, args: decorators), .. target], dst: _f.NewSlot());

    // The class that a parameter's type names, where it is a value here.
    private int TypeOf(SyntaxNode parameter)
    {
        var type = parameter.Field("type").HasValue ? FirstReal(parameter.Field("type")) : default;
        if (type is { HasValue: true, Kind: "generic_type" }) type = type.Field("name");
        if (!type.HasValue || type.Kind != "type_identifier" || _scope.Find(_scopes.Name(type)) is not { } v || !(v.Captured || v.Home == _f)) return Undefined(parameter);
        return Load(type);
    }
}
