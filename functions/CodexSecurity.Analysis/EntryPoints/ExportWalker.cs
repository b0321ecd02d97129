using System.Runtime.InteropServices;
using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Interpretation.Natives;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>
/// Runs what a package gives to its users, as an attacker who controls every argument: exported functions, methods of constructed
/// classes, results of factories. The shortest ways first, so that what can be reached in several is reached in the simplest.
/// Remembers how each was reached, so that a proof of concept can go the same way.
/// </summary>
internal sealed class ExportWalker(Interpreter interpreter)
{
    /// <summary>The kind of what comes in here.</summary>
    public const string SourceKind = TaintSource.OfCallers;

    private const string Plugins = "jQuery.fn";
    private const int MaxDepth = 4, MaxRestDepth = 2, MaxFactories = 2, MaxEntries = 2000, MaxPrototypes = 8, MaxWays = 8, MaxConstructions = 4, MaxItems = 8;
    private readonly Dictionary<ModuleState, Known> _known = [];
    private readonly HashSet<ModuleState> _cut = [];
    private readonly HashSet<Callable> _rest = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<Callable, bool> _constructors = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<HeapObject, int> _ways = [];
    private readonly Dictionary<HeapObject, (int Times, int Depth)> _walks = [];
    private readonly Queue<Visit> _pending = [];
    private HashSet<Seen> _seen = [];
    private HashSet<string> _sometimes = [];
    private Known _here = null!;
    private ModuleState _module = null!;
    private Frame _frame = null!;
    private int _distance, _entries;
    private bool _onlyRest;
    private EntryPointKind _kind = EntryPointKind.LibraryExport;

    /// <summary>Modules that export more functions than are run.</summary>
    public IReadOnlyCollection<ModuleState> CutShort => _cut;

    /// <summary>Runs the functions of a module that it exports itself and that no entry point has passed an attacker's value to.</summary>
    public void RunRest(ModuleState module, int distance)
    {
        _onlyRest = true;
        Run(module, distance);
        _onlyRest = false;
    }

    /// <summary>Runs everything that a module exports.</summary>
    public void Run(ModuleState module, int distance)
    {
        Begin(module, distance);
        var exports = module.Exports();
        _sometimes = Sometimes(exports);
        // What is exported itself is not reached through another object that may be exported in its place.
        foreach (var o in exports.Objects)
        {
            _seen.Add(new Seen(o, null));
            _pending.Enqueue(new Visit(o, null, Way.Root, 0, 0));
        }
        // Beyond the last entry nothing would be run.
        while (_entries <= MaxEntries && _pending.TryDequeue(out var next)) Enter(next);
        _pending.Clear();
    }

    private void Begin(ModuleState module, int distance)
    {
        _module = module;
        _distance = distance;
        if (!_known.TryGetValue(module, out _here!)) _known[module] = _here = new Known();
        _seen = [];
        _entries = 0;
        var root = new Activation(module.Body, module.Ir.Callables[0], module, AbstractValue.Undefined, [], FactSet.Empty);
        _frame = new Frame(root, null, []);
    }

    /// <summary>Runs the functions that scripts add to jQuery ("jQuery.fn.name = …", "jQuery.widget(…)"): whoever writes a page calls them, with options that may hold what visitors wrote.</summary>
    /// <param name="taken">Whether the functions of a module count.</param>
    /// <param name="distance">How far from what the package offers.</param>
    public void RunPlugins(Func<ModuleState, bool> taken, int distance)
    {
        var self = interpreter.External(interpreter.Models.Normalize("jQuery()"), null).Value;
        _kind = EntryPointKind.PageScript;
        foreach (var plugins in Added(Plugins, o => o.Kind == ObjectKind.Function ? o.Module : null).Where(p => taken(p.Key)))
        {
            Begin(plugins.Key, distance);
            foreach (var (name, function) in plugins)
            {
                if (_seen.Add(new Seen(function, null))) _pending.Enqueue(new Visit(function, self, Way.Root.Property(Plugins).Property(name), 0, 0));
            }
            while (_pending.TryDequeue(out var next)) Enter(next);
        }
        foreach (var widgets in Added(JQueryFunctions.Widgets, ModuleOf).Where(w => taken(w.Key)))
        {
            Begin(widgets.Key, distance);
            foreach (var (name, widget) in widgets) Widget(name, widget, self);
            while (_pending.TryDequeue(out var next)) Enter(next);
        }
        _kind = EntryPointKind.LibraryExport;
    }

    private IEnumerable<IGrouping<ModuleState, (string Name, HeapObject Object)>> Added(string registry, Func<HeapObject, ModuleState?> module)
    {
        var added = new List<(ModuleState Module, string Name, HeapObject Object)>();
        var all = interpreter.External(registry, null);
        foreach (var name in all.FieldNames)
        {
            if (!Interpreter.IsField(name) || !all.TryGetOwn(name, out var value)) continue;
            foreach (var o in value.Objects) if (module(o) is { } m) added.Add((m, name, o));
        }
        return added.GroupBy(a => a.Module, a => (a.Name, a.Object));
    }

    private static ModuleState? ModuleOf(HeapObject widget)
    {
        foreach (var name in widget.FieldNames) if (widget.TryGetOwn(name, out var v) && v.Objects is [{ Module: { } module }, ..]) return module;
        return null;
    }

    // Its methods find the options that it was made with in this.options, and its element in this.element.
    private void Widget(string name, HeapObject widget, AbstractValue element)
    {
        var way = Way.Root.Property(JQueryFunctions.Widgets).Property(name);
        var key = new Spot(way.Path, widget, AccessKind.New);
        var nodes = Nodes(key, ["options"], "arg", out var labelled);
        nodes[0].Source.Entry ??= Draft(key, way, nodes, labelled, _kind);
        var own = widget.TryGetOwn("options", out var defaults) ? defaults : AbstractValue.None;
        widget.Write("options", own.Join(Symbolic(nodes[0], "options of a widget")));
        widget.Write("element", element);
        Members(widget, way, 0, MaxFactories);
    }

    // Of a module that exports one object or another, by its settings: what is in some of them only.
    private static HashSet<string> Sometimes(AbstractValue exports)
    {
        var plain = exports.Objects.Where(o => o.Kind == ObjectKind.Plain && o.FieldNames.Count > 0).ToList();
        return plain.Count < 2 ? [] : [.. plain.SelectMany(o => o.FieldNames).Where(n => !plain.TrueForAll(o => o.HasOwn(n)))];
    }

    // What is at the end of a way, or of a step further by a name.
    private void Later(AbstractValue value, AbstractValue? self, Way way, string? name, int depth, int factories)
    {
        if (depth > (_onlyRest ? MaxRestDepth : MaxDepth)) return;
        Way? there = name is null ? way : null;
        foreach (var o in value.Objects)
        {
            // A function is another one for each object it is called on; what an object holds is the same, whatever holds it.
            if (_seen.Add(new Seen(o, o.Kind == ObjectKind.Function && self is { Objects: [var first, ..] } ? first : null))) _pending.Enqueue(new Visit(o, self, there ??= way.Property(name!), depth, factories));
        }
    }

    private void Enter(in Visit v)
    {
        // What is of another module is that one's.
        if (_onlyRest && (v.Object.Kind == ObjectKind.Function ? v.Object.Module != _module : v.Object.Place.File != _module.Ir.File)) return;
        switch (v.Object.Kind)
        {
            case ObjectKind.Function when !v.Object.IsOpen || v.Object.Code is not null: Function(v); break;
            case ObjectKind.Bound or ObjectKind.Native: Wrapped(v); break;
            case ObjectKind.Array when v.Object.FieldNames.Count <= MaxItems: Items(v); break;
            case ObjectKind.Plain: Members(v.Object, v.Way, v.Depth, v.Factories); break;
            case ObjectKind.Promise: Later(v.Object.Elements, v.Self, v.Way, null, v.Depth, v.Factories); break;
            case ObjectKind.Regex when _distance == 0 && v.Way.Length - v.Way.Calls <= 1: Expression(v.Object, v.Way); break;
            default: break;
        }
    }

    private void Members(HeapObject o, Way way, int depth, int factories)
    {
        if (depth > 0 && !Walks(o, depth)) return;
        foreach (var name in Names(o))
        {
            var field = name.StartsWith("get ", StringComparison.Ordinal) ? name[4..] : name;
            // What goes by a symbol is called by whoever holds it, or by the language.
            if (SymbolKey.Names(field)) Later(interpreter.GetProperty(o.Value, field, o.Place, _frame), o.Value, way, "*", depth + 1, factories);
            if (!Interpreter.IsField(field) || field is "prototype" or "super_" or "constructor" || field.StartsWith('#')) continue;
            Later(interpreter.GetProperty(o.Value, field, o.Place, _frame), o.Value, way, field, depth + 1, factories);
        }
        Later(o.Elements, o.Value, way, "*", depth + 1, factories);
    }

    // Functions in a list: handlers in their order, or what a container is told to make and how ("['factory', Server]").
    private void Items(in Visit v)
    {
        foreach (var name in v.Object.FieldNames)
        {
            if (v.Object.TryGetOwn(name, out var item) && item.Objects.Any(o => o.Kind == ObjectKind.Function)) Later(item, v.Object.Value, v.Way, name, v.Depth + 1, v.Factories);
        }
    }

    private static IReadOnlyList<string> Names(HeapObject o)
    {
        if (o.Prototype.Objects.Length == 0) return o.FieldNames;
        var names = new List<string>(o.FieldNames);
        var holders = new List<HeapObject> { o };
        var pending = new Queue<HeapObject>(o.Prototype.Objects);
        for (var n = 0; n < MaxPrototypes && pending.TryDequeue(out var p); n++)
        {
            if (p.Kind != ObjectKind.Plain) continue;
            foreach (var name in p.FieldNames) if (name != "constructor" && !Held(holders, name)) names.Add(name);
            holders.Add(p);
            foreach (var up in p.Prototype.Objects) pending.Enqueue(up);
        }
        return names;
    }

    private static bool Held(List<HeapObject> holders, string name)
    {
        foreach (var h in holders) if (h.HasOwn(name)) return true;
        return false;
    }

    private void Function(in Visit v)
    {
        var f = v.Object;
        var prototype = f.TryGetOwn("prototype", out var p) && p.Objects.Length > 0 ? p.Objects[0] : null;
        var isClass = f.IsClass || (prototype is not null && (prototype.FieldNames.Any(n => n != "constructor") || prototype.Prototype.Objects.Length > 0)) || (f.Code is { } code && IsConstructor(code));
        if (isClass) Class(v);
        if (!f.IsClass && f.Code is not null) Call(v, f.Code.Name, [.. f.Code.Parameters.Select(x => x.Name)], v.Self ?? AbstractValue.Undefined);
        Members(f, v.Way, v.Depth, v.Factories);
    }

    private bool IsConstructor(Callable code)
    {
        if (!_constructors.TryGetValue(code, out var gives)) _constructors[code] = gives = ConstructorShape.Gives(code);
        return gives;
    }

    // A package that gives out a regular expression gives it for texts from anywhere. Tables of them, deeper in, are for the package itself.
    private void Expression(HeapObject regex, Way way)
    {
        const string Method = "test";
        var there = way.Property(Method);
        var key = new Spot(there.Path, regex, AccessKind.Property);
        var nodes = Nodes(key, ["text"], "arg", out var labelled);
        var before = interpreter.CurrentEntry;
        var draft = interpreter.CurrentEntry = Draft(key, there, nodes, labelled, _kind);
        nodes[0].Source.Entry ??= draft;
        interpreter.CallMethod(_frame, regex.Place, regex.Value, Method, [Symbolic(nodes[0], "handed on by callers of the package to the expression that it exports")]);
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
    }

    private void Wrapped(in Visit v)
    {
        var target = v.Object.TryGetOwn("<target>", out var t) ? t.Objects.FirstOrDefault(x => x.Code is not null) : null;
        if (target is null) return;
        var names = target.Code!.Parameters.Skip(v.Object.BoundArguments.Length).Select(x => x.Name).ToList();
        // A promisified function is called without its callback.
        if (v.Object.Kind == ObjectKind.Native && v.Object.Name != Helpers.AsyncName && names.Count > 0) names.RemoveAt(names.Count - 1);
        Call(v, target.Code.Name, names, AbstractValue.Undefined);
    }

    private void Class(in Visit v)
    {
        var f = v.Object;
        if (_onlyRest && !IsRest(f.Code) && !(f.TryGetOwn("prototype", out var methods) && methods.Objects.Any(p => p.FieldNames.Any(n => p.TryGetOwn(n, out var m) && m.Objects.Any(x => IsRest(x.Code)))))) return;
        var key = new Spot(v.Way.Path, f, AccessKind.New);
        if (!Takes(key, MaxConstructions)) return;
        var constructor = Interpreter.Constructors(f).Find(c => c.Kind == ObjectKind.Function) ?? f;
        var step = Step(key, v.Way, constructor, constructor.Code?.Parameters.Select(x => x.Name).ToList() ?? []);
        var there = v.Way.Then(step);
        var before = interpreter.CurrentEntry;
        interpreter.CurrentEntry = Draft(key, there, step.Arguments, step.ArgumentNames, _kind);
        var made = interpreter.NewValue(_frame, new Place(f.Place.File, f.Place.Start, f.Place.Start), f.Value, Values(step), false, "new " + key.Path);
        interpreter.CurrentEntry = before;
        foreach (var o in made.Objects) if (_seen.Add(new Seen(o, null)) && o.Kind == ObjectKind.Plain) Members(o, there, v.Depth + 1, v.Factories);
    }

    private void Call(in Visit v, string name, List<string> names, AbstractValue self)
    {
        if (_onlyRest && !IsRest(v.Object.Code)) return;
        var key = new Spot(v.Way.Path, v.Object, AccessKind.Property);
        if (!Takes(key, MaxWays)) return;
        if (++_entries > MaxEntries)
        {
            _cut.Add(_module);
            return;
        }
        var f = v.Object;
        var isHandler = names.Count >= 2 && Frameworks.IsRequest(names[0]) && Frameworks.IsResponse(names[1]);
        var before = interpreter.CurrentEntry;
        AbstractValue result;
        if (isHandler)
        {
            var draft = interpreter.CurrentEntry = Draft(key, v.Way, [], [], EntryPointKind.HttpServer);
            var request = interpreter.External(interpreter.Models.Normalize("express.Request"), draft).Value;
            var response = interpreter.External(interpreter.Models.Normalize("express.Response"), draft).Value;
            result = interpreter.CallObject(_frame, f.Place, f, self, [request, response, .. names.Skip(2).Select(_ => interpreter.External("next", null).Value)], false, false);
        }
        else
        {
            var events = f.Code is { } code && RouteFiles.TakesEvents(v.Way.Step?.Name ?? "", code);
            var nodes = Nodes(key, names, "arg", out var labelled, events ? "http-request" : SourceKind);
            var draft = interpreter.CurrentEntry = Draft(key, v.Way, nodes, labelled, _kind);
            // What it gets comes in here, whichever caller a function that it calls is run for.
            foreach (var node in nodes) node.Source.Entry ??= draft;
            if (events) interpreter.AnswersWith(f.Code!, RouteFiles.EventAnswer, _kind);
            result = interpreter.CallObject(_frame, f.Place, f, self, [.. nodes.Select(n => Symbolic(n))], true, false);
        }
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
        if (v.Factories < MaxFactories && !isHandler && !_onlyRest && IsFactory(result)) Factory(v, names, self);
    }

    // The first ways to a function are the shortest. Of a class that many modules hold an object of there are thousands to each
    // method: the first few of them are taken. What was chosen in one round is chosen in the next.
    private bool Takes(Spot spot, int most)
    {
        if (_here.Taken.Contains(spot)) return true;
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_ways, spot.Object, out _);
        if (count >= most) return false;
        count++;
        return _here.Taken.Add(spot);
    }

    // Hundreds of modules may hand out one object, and the shortest ways to what it holds are taken already. It is walked from the modules that a package offers, and
    // from another one where none has walked it, or where it stands nearer, as more of what it holds is within reach then.
    private bool Walks(HeapObject o, int depth)
    {
        if (_here.Walked.Contains(o)) return true;
        ref var walk = ref CollectionsMarshal.GetValueRefOrAddDefault(_walks, o, out var known);
        if (known && walk.Times >= (_distance == 0 ? MaxWays : 1) && depth >= walk.Depth) return false;
        walk = (walk.Times + 1, known ? Math.Min(walk.Depth, depth) : depth);
        return _here.Walked.Add(o);
    }

    private static bool IsFactory(AbstractValue result) =>
        Interpreter.Awaited(result).Objects.Any(o => o.Kind is ObjectKind.Function or ObjectKind.Bound or ObjectKind.Regex || (o.Kind == ObjectKind.Plain && (o.FieldNames.Any(n => Interpreter.IsField(n) && o.TryGetOwn(n, out var v) && v.Objects.Any(x => x.Kind is ObjectKind.Function or ObjectKind.Bound)) || o.Prototype.Objects.Any(p => p.Kind == ObjectKind.Plain))));

    // What was chosen in one round is chosen in the next.
    private bool IsRest(Callable? code)
    {
        if (code is null || (interpreter.IsAttacked(code) && !_rest.Contains(code))) return false;
        _rest.Add(code);
        return true;
    }

    // The factory is called once more, with inputs of its own, since they belong to the way and not to the call.
    private void Factory(in Visit v, List<string> names, AbstractValue self)
    {
        var f = v.Object;
        var key = new Spot(v.Way.Path, f, AccessKind.Call);
        var step = Step(key, v.Way, f, names);
        var there = v.Way.Then(step);
        var before = interpreter.CurrentEntry;
        interpreter.CurrentEntry = Draft(key, there, step.Arguments, step.ArgumentNames, _kind);
        var result = interpreter.CallObject(_frame, f.Place, f, self, Values(step), false, false);
        interpreter.CurrentEntry = before;
        _frame.Facts = FactSet.Empty;
        Later(Interpreter.Awaited(result), null, there, null, v.Depth + 1, v.Factories + 1);
    }

    private AccessStep Step(Spot key, Way way, HeapObject code, List<string> names)
    {
        if (_here.Steps.TryGetValue(key, out var known)) return known;
        var nodes = Nodes(key with { Object = code }, names, $"access{way.Calls}.arg", out var labelled);
        return _here.Steps[key] = new AccessStep(key.Kind, "", nodes, labelled);
    }

    private List<AccessNode> Nodes(Spot key, List<string> names, string root, out List<string> labelled, string kind = SourceKind)
    {
        var f = key.Object;
        labelled = names.Count > 0 ? [.. names.Take(12)] : ["a", "b", "c"];
        if (names.Count == 0 && !(f.Code?.UsesArguments ?? false)) labelled = [];
        if (names.Count > 0 && f.Code is { UsesArguments: true } && labelled.Count < 4) while (labelled.Count < 4) labelled.Add("argument" + labelled.Count);
        if (_here.Nodes.TryGetValue(key, out var known)) return known;
        var nodes = new List<AccessNode>();
        for (var k = 0; k < labelled.Count; k++) nodes.Add(interpreter.Labels.NewNode(interpreter.Labels.NewSource(kind, root + k, null, labelled[k], f.Place), null, ""));
        return _here.Nodes[key] = nodes;
    }

    private AbstractValue[] Values(AccessStep step) => [.. step.Arguments.Select(a => Symbolic(a))];

    /// <summary>A value of which an attacker chooses everything.</summary>
    private AbstractValue Symbolic(AccessNode node) => Symbolic(node, $"parameter {node.Source.Name} of an exported function");

    private AbstractValue Symbolic(AccessNode node, string told) => new(Prim.Any, null, null, [new Tainted(interpreter.Labels.Label(node), Trace.Add(null, node.Source.Place, told))]);

    private EntryDraft Draft(Spot key, Way way, IReadOnlyList<AccessNode> parameters, IReadOnlyList<string> names, EntryPointKind kind)
    {
        if (_here.Drafts.TryGetValue(key, out var known)) return known;
        var f = key.Object;
        var place = f.Code is { } code ? Interpreter.PlaceOf(code) : f.Place;
        var draft = new EntryDraft(interpreter.World.NextEntry, kind, place, f.Code?.QualifiedName ?? (f.Kind == ObjectKind.Regex ? "RegExp.test" : ""), _module.Path)
        {
            Access = way.Steps(), Parameters = parameters, ParameterNames = names, IsAsync = f.Code?.IsAsync ?? false, Distance = _distance, IsInternal = _onlyRest,
            IsSometimes = way.First is { Kind: AccessKind.Property, Name: var first } && _sometimes.Contains(first),
            Method = kind == EntryPointKind.HttpServer ? "*" : null, Framework = kind == EntryPointKind.HttpServer ? "http" : "",
        };
        return _here.Drafts[key] = interpreter.World.Add(draft);
    }
}
