using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Templates;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What surrounds the code: its modules, the global object, sources, entry points.</summary>
internal sealed class WorldModel(ModuleResolver resolver, TemplateIndex templates)
{
    private readonly Dictionary<string, ModuleState> _modules = new(StringComparer.Ordinal);
    private readonly HashSet<(ModuleState From, ModuleState Module)> _byName = [];
    private readonly Dictionary<string, AbstractValue> _globals = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Kind, string Root, EntryDraft? Entry), AccessNode> _sources = [];
    private readonly Dictionary<(object, int, string), EntryDraft> _entries = [];
    private readonly List<EntryDraft> _drafts = [];
    private readonly Dictionary<string, EntryDraft> _commands = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CodeFact> _facts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _running = new(StringComparer.Ordinal);

    public ModuleResolver Resolver { get; } = resolver;
    public TemplateIndex Templates { get; } = templates;
    /// <summary>How many callables all modules have together.</summary>
    public int Callables { get; private set; }
    /// <summary>Some function takes requests, by its parameters (<see cref="Natives.Frameworks.IsHandler"/>).</summary>
    public bool HasHandlers { get; private set; }
    /// <summary>Decorated classes and methods.</summary>
    public DecoratedMembers Decorated { get; } = new();
    /// <summary>Paths of the templates that some call fills in.</summary>
    public HashSet<string> Filled { get; } = new(StringComparer.Ordinal);
    public IReadOnlyList<EntryDraft> Entries => _drafts;
    public IReadOnlyCollection<CodeFact> Facts => _facts.Values;
    public IReadOnlyDictionary<string, ModuleState> Modules => _modules;

    /// <summary>Adds a module and makes its module and exports objects.</summary>
    public void Add(Interpreter i, ModuleState module)
    {
        _modules[module.Path] = module;
        Callables += module.Ir.Callables.Count;
        HasHandlers |= module.Ir.Callables.Any(Natives.Frameworks.IsHandler);
        var place = new Place(module.Ir.File, 0, 0);
        module.ModuleObject = i.Heap.Get(module, 0, null, 1, id => new HeapObject(id, ObjectKind.Plain, place, i.Heap));
        module.InitialExports = i.Heap.Get(module, 0, null, 2, id => new HeapObject(id, ObjectKind.Plain, place, i.Heap));
        module.ModuleObject.Write("exports", module.InitialExports.Value);
        module.ModuleObject.Write("constructor", i.External("module", null).Value);
        module.ModuleObject.Write("_compile", i.External("module._compile", null).Value);
        module.Body = i.Heap.Get(module, 0, null, 3, id => new HeapObject(id, ObjectKind.Function, place, i.Heap) { Code = module.Ir.Callables[0], Module = module });
    }

    /// <summary>Runs a module's body, once a round.</summary>
    public void Load(Interpreter i, ModuleState module)
    {
        if (module.Round == i.Round || !_running.Add(module.Path)) return;
        module.Round = i.Round;
        var entry = i.CurrentEntry;
        i.CurrentEntry = null;
        i.Invoke(module.Body, module.InitialExports.Value, [], null, new Place(module.Ir.File, 0, 0));
        i.CurrentEntry = entry;
        _running.Remove(module.Path);
    }

    /// <summary>Runs a script that is installed as a command: its arguments are an entry point.</summary>
    public void LoadCommand(Interpreter i, ModuleState module)
    {
        if (!_commands.TryGetValue(module.Path, out var draft))
        {
            draft = Add(new EntryDraft(_drafts.Count, EntryPointKind.CommandLine, Interpreter.PlaceOf(module.Ir.Callables[0]), "<module>", module.Path) { Framework = "bin", Distance = 1 });
            _commands[module.Path] = draft;
        }
        if (module.Round == i.Round || !_running.Add(module.Path)) return;
        module.Round = i.Round;
        i.CurrentEntry = draft;
        i.Invoke(module.Body, module.InitialExports.Value, [], null, new Place(module.Ir.File, 0, 0));
        i.CurrentEntry = null;
        _running.Remove(module.Path);
    }

    /// <summary>What require(specifier) or import gives in a module.</summary>
    public AbstractValue Require(Interpreter i, ModuleState from, string specifier, bool import)
    {
        if (Resolver.Resolve(from.Path, specifier) is { } path && _modules.TryGetValue(path, out var module))
        {
            _byName.Add((from, module));
            Load(i, module);
            var exports = module.Exports();
            if (!import || module.Ir.IsEsModule) return exports;
            // A CommonJS module imported: its exports are the default, and its fields the named ones.
            var space = i.Heap.Get(module, 0, "namespace", 4, id => new HeapObject(id, ObjectKind.Plain, new Place(module.Ir.File, 0, 0), i.Heap));
            foreach (var o in exports.Objects) foreach (var name in o.FieldNames) if (Interpreter.IsField(name) && o.TryGetOwn(name, out var v)) space.Write(name, v);
            if (!space.HasOwn("default") || !exports.Objects.Any(o => o.HasOwn("__esModule"))) space.Write("default", exports);
            return space.Value;
        }
        if (specifier.EndsWith(".json", StringComparison.Ordinal)) return AbstractValue.Unknown;
        if (specifier.StartsWith('.') || specifier.StartsWith('/')) return AbstractValue.Unknown;
        var api = i.Models.Normalize(specifier.StartsWith("node:", StringComparison.Ordinal) ? specifier[5..] : specifier);
        var external = i.External(api, null);
        if (import) external.Write("default", external.Value);
        return external.Value;
    }

    /// <summary>A global variable as a module sees it.</summary>
    public AbstractValue Global(Interpreter i, ModuleState module, string name)
    {
        switch (name)
        {
            case "module": return module.ModuleObject.Value;
            case "exports": return module.Ir.IsEsModule ? module.Exports() : module.ExportsVariable();
            case "require": return i.Heap.Get(module, 0, "require", 5, id => new HeapObject(id, ObjectKind.Native, new Place(module.Ir.File, 0, 0), i.Heap) { Name = "require", Native = (x, c) => RequireCall(x, module, c) }).Value;
            case "__dirname" or "__filename": return AbstractValue.AnyString;
            case "NaN" or "Infinity": return AbstractValue.AnyNumber;
            case "global" or "globalThis" or "GLOBAL" or "root": return i.External("global", null).Value;
            default:
                if (_globals.TryGetValue(name, out var set)) return Builtins.IsGlobal(name) ? set.Join(i.External(name, null).Value) : set;
                return i.External(i.Models.Normalize(name), null).Value;
        }
    }

    /// <summary>Sets a global variable from a module.</summary>
    public void SetGlobal(ModuleState module, string name, AbstractValue value)
    {
        if (name == "exports") module.SetExportsVariable(value);
        if (name is "module" or "exports" or "require") return;
        _globals[name] = _globals.TryGetValue(name, out var old) ? old.Join(value) : value;
    }

    private AbstractValue RequireCall(Interpreter i, ModuleState module, CallSite c)
    {
        var what = c.Argument(0);
        var result = AbstractValue.None;
        foreach (var specifier in what.KnownStrings()) result = result.Join(Require(i, module, specifier, false));
        if (result.IsNone && what.Text is { Length: > 0 } text && text[0].Literal is { } prefix && prefix.StartsWith('.'))
        {
            // require("./commands/" + name): any module of that folder.
            foreach (var path in Resolver.Below(module.Path, prefix)) if (_modules.TryGetValue(path, out var found)) { Load(i, found); result = result.Join(found.Exports()); }
        }
        else if (result.IsNone && (what.Types & Prim.String) != 0 && !what.HasLabels)
        {
            // require(path.join(__dirname, file)) while looping over a folder: its own folder. Who loads this module by its name is no plug-in of it.
            foreach (var path in Resolver.Below(module.Path, "./").Take(40)) if (path != module.Path && _modules.TryGetValue(path, out var found) && !_byName.Contains((found, module))) { Load(i, found); result = result.Join(found.Exports()); }
        }
        if (what.HasLabels && i.Models.FindCall("require") is { } model) i.Reports.Call(i, c, model, "require");
        return result.IsNone ? AbstractValue.Unknown : result;
    }

    /// <summary>The root of a source that a model names.</summary>
    public AccessNode SourceNode(Interpreter i, SourceModel source, EntryDraft? entry, string path, Place place)
    {
        var key = (source.SourceKind, source.Root.Length > 0 ? source.Root : "request", entry);
        if (_sources.TryGetValue(key, out var known)) return known;
        return _sources[key] = i.Labels.NewNode(i.Labels.NewSource(key.SourceKind, key.Item2, entry, path, place), null, "");
    }

    public static bool IsRequestType(string type) => type.EndsWith("Request", StringComparison.Ordinal) || type.EndsWith("IncomingMessage", StringComparison.Ordinal) || type.EndsWith("Context", StringComparison.Ordinal);

    /// <summary>The entry point that a call of an API opens: a server, a route, a message handler.</summary>
    public EntryDraft EntryAt(Interpreter i, CallSite call, string sourceKind, string path)
    {
        var kind = sourceKind switch { "http-request" => EntryPointKind.HttpServer, "message" => EntryPointKind.MessageHandler, "command-line" => EntryPointKind.CommandLine, _ => EntryPointKind.ModuleLoad };
        return Entry(i, call.Place, kind, call.Frame, null, null, path.Split('.', '(')[0], call.Arguments.LastOrDefault() ?? AbstractValue.Undefined, []);
    }

    /// <summary>An entry point opened at a place, made once.</summary>
    public EntryDraft Entry(Interpreter i, Place place, EntryPointKind kind, Frame frame, string? method, string? route, string framework, AbstractValue handler, IReadOnlyList<string> guards)
    {
        var outer = i.CurrentEntry;
        var key = (place.File, place.Start, (outer?.Id ?? -1) + "|" + method + "|" + route);
        if (_entries.TryGetValue(key, out var known)) return known;
        var function = handler.Objects.FirstOrDefault(o => o.Kind == ObjectKind.Function && o.Code is not null);
        var at = function?.Code is { } code ? Interpreter.PlaceOf(code) : place;
        var draft = new EntryDraft(_drafts.Count, kind, at, function?.Code?.QualifiedName ?? frame.Activation.Code.QualifiedName, outer?.ModulePath ?? frame.Activation.Module.Path)
        {
            Access = outer?.Access ?? [], Parameters = outer?.Parameters ?? [], ParameterNames = outer?.ParameterNames ?? [],
            Method = method, Route = route, Framework = framework, IsAsync = function?.Code?.IsAsync ?? false, Distance = outer?.Distance ?? 0,
        };
        draft.Guards.AddRange(guards);
        _drafts.Add(draft);
        return _entries[key] = draft;
    }

    /// <summary>Adds an entry point that was found by its place in the exports.</summary>
    public EntryDraft Add(EntryDraft draft)
    {
        _drafts.Add(draft);
        return draft;
    }

    public int NextEntry => _drafts.Count;

    public void AddFact(string kind, string detail, CodeLocation location) => _facts.TryAdd($"{location.Path}:{location.StartOffset:D9}:{kind}:{detail}", new CodeFact(kind, detail, location));
}
