using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>
/// Runs what a package gives to its users, as an attacker who controls every argument: exported functions, methods of constructed
/// classes, results of factories. Remembers how each was reached, so that a proof of concept can go the same way.
/// </summary>
internal sealed class ExportWalker(Interpreter interpreter)
{
    private const int MaxDepth = 4, MaxFactories = 2, MaxEntries = 2000;
    private readonly Dictionary<string, EntryDraft> _drafts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessStep> _steps = new(StringComparer.Ordinal);
    private HashSet<Visit> _seen = [];
    private readonly HashSet<ModuleState> _cut = [];
    private ModuleState _module = null!;
    private Frame _frame = null!;
    private int _distance, _entries;
    private HashSet<string> _sometimes = [];

    /// <summary>Modules that export more functions than are run.</summary>
    public IReadOnlyCollection<ModuleState> CutShort => _cut;

    /// <summary>Runs everything that a module exports.</summary>
    public void Run(ModuleState module, int distance)
    {
        _module = module;
        _distance = distance;
        _seen = [];
        _entries = 0;
        var root = new Activation(module.Body, module.Ir.Callables[0], module, AbstractValue.Undefined, [], FactSet.Empty);
        _frame = new Frame(root, null, []);
        var exports = module.Exports();
        _sometimes = Sometimes(exports);
        // What is exported itself is not reached through another object that may be exported in its place.
        foreach (var o in exports.Objects) _seen.Add(new Visit(o, null));
        foreach (var o in exports.Objects) Enter(o, null, [], 0, 0);
    }

    // Of a module that exports one object or another, by its settings: what is in some of them only.
    private static HashSet<string> Sometimes(AbstractValue exports)
    {
        var plain = exports.Objects.Where(o => o.Kind == ObjectKind.Plain && o.FieldNames.Count > 0).ToList();
        return plain.Count < 2 ? [] : [.. plain.SelectMany(o => o.FieldNames).Where(n => !plain.TrueForAll(o => o.HasOwn(n)))];
    }

    private void Walk(AbstractValue value, AbstractValue? self, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        if (depth > MaxDepth) return;
        foreach (var o in value.Objects)
        {
            // A function is another one for each object it is called on; what an object holds is the same, whatever holds it.
            if (_seen.Add(new Visit(o, o.Kind == ObjectKind.Function && self is { Objects: [var first, ..] } ? first : null))) Enter(o, self, access, depth, factories);
        }
    }

    private void Enter(HeapObject o, AbstractValue? self, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        switch (o.Kind)
        {
            case ObjectKind.Function when !o.IsOpen || o.Code is not null: Function(o, self ?? AbstractValue.Undefined, access, depth, factories); break;
            case ObjectKind.Bound or ObjectKind.Native: Wrapped(o, access, depth, factories); break;
            case ObjectKind.Plain: Members(o, access, depth, factories); break;
            case ObjectKind.Promise: Walk(o.Elements, self, access, depth, factories); break;
            case ObjectKind.Regex when _distance == 0 && access.Count(a => a.Kind == AccessKind.Property) <= 1: Expression(o, access); break;
            default: break;
        }
    }

    private void Members(HeapObject o, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        foreach (var name in Names(o))
        {
            var field = name.StartsWith("get ", StringComparison.Ordinal) ? name[4..] : name;
            if (!Interpreter.IsField(field) || field is "prototype" or "super_" or "constructor" || field.StartsWith('#')) continue;
            var value = interpreter.GetProperty(o.Value, field, o.Place, _frame);
            if (value.Objects.Length > 0) Walk(value, o.Value, [.. access, new AccessStep(AccessKind.Property, field, [], [])], depth + 1, factories);
        }
        if (!o.Elements.IsNone) Walk(o.Elements, o.Value, [.. access, new AccessStep(AccessKind.Property, "*", [], [])], depth + 1, factories);
    }

    private static IReadOnlyList<string> Names(HeapObject o)
    {
        if (o.Prototype.Objects.Length == 0) return o.FieldNames;
        var names = new List<string>(o.FieldNames);
        var known = new HashSet<string>(names, StringComparer.Ordinal);
        foreach (var p in Prototypes(o)) foreach (var n in p.FieldNames) if (n != "constructor" && known.Add(n)) names.Add(n);
        return names;
    }

    private static IEnumerable<HeapObject> Prototypes(HeapObject o)
    {
        var pending = new Queue<HeapObject>(o.Prototype.Objects);
        for (var n = 0; n < 8 && pending.Count > 0; n++)
        {
            var p = pending.Dequeue();
            if (p.Kind != ObjectKind.Plain) continue;
            yield return p;
            foreach (var up in p.Prototype.Objects) pending.Enqueue(up);
        }
    }

    private void Function(HeapObject f, AbstractValue self, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        var prototype = f.TryGetOwn("prototype", out var p) && p.Objects.Length > 0 ? p.Objects[0] : null;
        var isClass = f.IsClass || (prototype is not null && (prototype.FieldNames.Any(n => n != "constructor") || prototype.Prototype.Objects.Length > 0)) || (f.Code is { } code && ConstructorShape.Gives(code));
        if (isClass) Class(f, access, depth, factories);
        if (!f.IsClass && f.Code is not null) Call(f, f.Code.Name, f.Code.Parameters.Select(x => x.Name).ToList(), self, access, depth, factories);
        Members(f, access, depth, factories);
    }

    // A package that gives out a regular expression gives it for texts from anywhere. Tables of them, deeper in, are for the package itself.
    private void Expression(HeapObject regex, IReadOnlyList<AccessStep> access)
    {
        const string Method = "test";
        var key = $"{Path(access)}/{Method}";
        var nodes = Nodes(key, ["text"], regex, "arg", out var labelled);
        var before = interpreter.CurrentEntry;
        var draft = interpreter.CurrentEntry = Draft(key, regex, [.. access, new AccessStep(AccessKind.Property, Method, [], [])], nodes, labelled, EntryPointKind.LibraryExport);
        nodes[0].Source.Entry ??= draft;
        interpreter.CallMethod(_frame, regex.Place, regex.Value, Method, [Symbolic(nodes[0], "handed on by callers of the package to the expression that it exports")]);
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
    }

    private void Wrapped(HeapObject o, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        var target = o.TryGetOwn("<target>", out var t) ? t.Objects.FirstOrDefault(x => x.Code is not null) : null;
        if (target is null) return;
        var names = target.Code!.Parameters.Skip(o.BoundArguments.Length).Select(x => x.Name).ToList();
        if (o.Kind == ObjectKind.Native && names.Count > 0) names.RemoveAt(names.Count - 1);
        Call(o, target.Code.Name, names, AbstractValue.Undefined, access, depth, factories);
    }

    private void Class(HeapObject f, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        var key = "new " + Path(access);
        var constructor = f;
        while (constructor.Code is null && constructor.SuperClass.Objects.FirstOrDefault(s => s.Kind == ObjectKind.Function) is { } parent && parent != constructor) constructor = parent;
        var step = Step(key, AccessKind.New, access, constructor, constructor.Code?.Parameters.Select(x => x.Name).ToList() ?? []);
        var before = interpreter.CurrentEntry;
        interpreter.CurrentEntry = Draft(key, f, [.. access, step], step.Arguments, step.ArgumentNames, EntryPointKind.LibraryExport);
        var made = interpreter.NewValue(_frame, new Place(f.Place.File, f.Place.Start, f.Place.Start), f.Value, Values(step), false, key);
        interpreter.CurrentEntry = before;
        foreach (var o in made.Objects) if (_seen.Add(new Visit(o, null)) && o.Kind == ObjectKind.Plain) Members(o, [.. access, step], depth + 1, factories);
    }

    private void Call(HeapObject f, string name, List<string> names, AbstractValue self, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        if (++_entries > MaxEntries)
        {
            _cut.Add(_module);
            return;
        }
        var key = Path(access);
        var isHandler = names.Count >= 2 && names[0] is "req" or "request" or "_req" && names[1] is "res" or "response" or "resp" or "_res" or "reply";
        var before = interpreter.CurrentEntry;
        AbstractValue result;
        if (isHandler)
        {
            var draft = interpreter.CurrentEntry = Draft(key, f, access, [], [], EntryPointKind.HttpServer);
            var request = interpreter.External(interpreter.Models.Normalize("express.Request"), draft).Value;
            var response = interpreter.External(interpreter.Models.Normalize("express.Response"), draft).Value;
            result = interpreter.CallObject(_frame, f.Place, f, self, [request, response, .. names.Skip(2).Select(_ => interpreter.External("next", null).Value)], false, false);
        }
        else
        {
            var nodes = Nodes(key, names, f, "arg", out var labelled);
            var draft = interpreter.CurrentEntry = Draft(key, f, access, nodes, [.. labelled], EntryPointKind.LibraryExport);
            // What it gets comes in here, whichever caller a function that it calls is run for.
            foreach (var node in nodes) node.Source.Entry ??= draft;
            result = interpreter.CallObject(_frame, f.Place, f, self, [.. nodes.Select(n => Symbolic(n))], true, false);
        }
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
        if (factories < MaxFactories && !isHandler && IsFactory(result)) Factory(f, names, self, access, depth, factories);
    }

    private static bool IsFactory(AbstractValue result) =>
        Interpreter.Awaited(result).Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Regex || (o.Kind == ObjectKind.Plain && (o.FieldNames.Any(n => Interpreter.IsField(n) && o.TryGetOwn(n, out var v) && v.Objects.Any(x => x.Kind is ObjectKind.Function or ObjectKind.Bound)) || o.Prototype.Objects.Any(p => p.Kind == ObjectKind.Plain))));

    // The factory is called once more, with inputs of its own, since they belong to the way and not to the call.
    private void Factory(HeapObject f, List<string> names, AbstractValue self, IReadOnlyList<AccessStep> access, int depth, int factories)
    {
        var key = "call " + Path(access);
        var step = Step(key, AccessKind.Call, access, f, names);
        var before = interpreter.CurrentEntry;
        interpreter.CurrentEntry = Draft(key, f, [.. access, step], step.Arguments, step.ArgumentNames, EntryPointKind.LibraryExport);
        var result = interpreter.CallObject(_frame, f.Place, f, self, Values(step), false, false);
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
        Walk(Interpreter.Awaited(result), null, [.. access, step], depth + 1, factories + 1);
    }

    private AccessStep Step(string key, AccessKind kind, IReadOnlyList<AccessStep> access, HeapObject f, List<string> names)
    {
        if (_steps.TryGetValue(Key(key), out var known)) return known;
        var number = access.Count(a => a.Kind != AccessKind.Property);
        var nodes = Nodes("step " + key, names, f, $"access{number}.arg", out var labelled);
        return _steps[Key(key)] = new AccessStep(kind, "", nodes, labelled);
    }

    private readonly Dictionary<string, List<AccessNode>> _nodes = new(StringComparer.Ordinal);

    private List<AccessNode> Nodes(string key, List<string> names, HeapObject f, string root, out List<string> labelled)
    {
        labelled = names.Count > 0 ? [.. names.Take(12)] : ["a", "b", "c"];
        if (names.Count == 0 && !(f.Code?.UsesArguments ?? false)) labelled = [];
        if (names.Count > 0 && f.Code is { UsesArguments: true } && labelled.Count < 4) while (labelled.Count < 4) labelled.Add("argument" + labelled.Count);
        if (_nodes.TryGetValue(Key(key), out var known)) return known;
        var nodes = new List<AccessNode>();
        for (var k = 0; k < labelled.Count; k++) nodes.Add(interpreter.Labels.NewNode(interpreter.Labels.NewSource("library-input", root + k, null, labelled[k], f.Place), null, ""));
        return _nodes[Key(key)] = nodes;
    }


    private AbstractValue[] Values(AccessStep step) => [.. step.Arguments.Select(a => Symbolic(a))];

    /// <summary>A value of which an attacker chooses everything.</summary>
    private AbstractValue Symbolic(AccessNode node) => Symbolic(node, $"parameter {node.Source.Name} of an exported function");

    private AbstractValue Symbolic(AccessNode node, string told) => new(Prim.Any, null, null, [new Tainted(interpreter.Labels.Label(node), Trace.Add(null, node.Source.Place, told))]);

    private EntryDraft Draft(string key, HeapObject f, IReadOnlyList<AccessStep> access, IReadOnlyList<AccessNode> parameters, IReadOnlyList<string> names, EntryPointKind kind)
    {
        if (_drafts.TryGetValue(Key(key), out var known)) return known;
        var place = f.Code is { } code ? Interpreter.PlaceOf(code) : f.Place;
        var draft = new EntryDraft(interpreter.World.NextEntry, kind, place, f.Code?.QualifiedName ?? (f.Kind == ObjectKind.Regex ? "RegExp.test" : ""), _module.Path)
        {
            Access = access, Parameters = parameters, ParameterNames = names, IsAsync = f.Code?.IsAsync ?? false, Distance = _distance, IsSometimes = access is [{ Kind: AccessKind.Property, Name: var first }, ..] && _sometimes.Contains(first),
            Method = kind == EntryPointKind.HttpServer ? "*" : null, Framework = kind == EntryPointKind.HttpServer ? "http" : "",
        };
        return _drafts[Key(key)] = interpreter.World.Add(draft);
    }

    private string Key(string key) => _module.Path + "|" + key;

    private static string Path(IReadOnlyList<AccessStep> access) => string.Join('/', access.Select(a => a.Kind switch { AccessKind.New => "new", AccessKind.Call => "()", _ => a.Name }));

    private readonly record struct Visit(HeapObject Object, HeapObject? Self)
    {
        public bool Equals(Visit other) => ReferenceEquals(Object, other.Object) && ReferenceEquals(Self, other.Self);
        public override int GetHashCode() => (Object.Id * 31) + (Self?.Id ?? -1);
    }
}
