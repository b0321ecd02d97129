using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What an abstract object stands for.</summary>
internal enum ObjectKind : byte { Plain, Array, Function, Native, External, Regex, Promise, Bound, Iterator }

/// <summary>An abstract object: all objects made at one place (in one context, where that is cheap). Its fields only grow.</summary>
internal sealed class HeapObject(int id, ObjectKind kind, Place place, Heap heap) : IEquatable<HeapObject>
{
    private const int MaxFields = 400;
    private FieldTable? _fields;
    private AbstractValue? _value;
    private FunctionPart? _function;
    private NamedPart? _named;
    private Memory? _memory;

    public int Id { get; } = id;
    public ObjectKind Kind { get; } = kind;
    public Place Place { get; } = place;
    /// <summary>This object as a value.</summary>
    public AbstractValue Value => _value ??= new AbstractValue(Prim.None, null, [this]);
    /// <summary>Its prototype; <see cref="AbstractValue.None"/> where it is the built-in one.</summary>
    public AbstractValue Prototype { get; private set; } = AbstractValue.None;
    /// <summary>Elements of an array, values under unknown keys, the result of a promise, the target of an iterator.</summary>
    public AbstractValue Elements { get; private set; } = AbstractValue.None;
    /// <summary>Names of the fields, in the order in which they were first written: as they are now, since who walks over them may write fields.</summary>
    public FieldNames FieldNames => _fields?.Names ?? new FieldNames([], 0);
    /// <summary>It was handed to code that is not known: any field may exist.</summary>
    public bool IsOpen { get; private set; }
    /// <summary>Made by Object.create(null): no lookup reaches Object.prototype.</summary>
    public bool IsNullPrototype { get; set; }
    public bool IsClass { get; init; }
    /// <summary>"Map" or "Set" where it is one (weak ones too): its elements are not its fields. Empty otherwise.</summary>
    public string Collection { get; init; } = "";

    /// <summary>Code, environment and class of a function.</summary>
    public Callable? Code { get => _function?.Code; init => Function.Code = value; }
    public ModuleState? Module { get => _function?.Module; init => Function.Module = value; }
    public Scope? Scope { get => _function?.Scope; init => Function.Scope = value; }
    /// <summary>This of an arrow function; the super class of a constructor.</summary>
    public AbstractValue? BoundThis { get => _function?.BoundThis; set => Function.BoundThis = value; }
    public HeapObject? HomeObject { get => _function?.HomeObject; set => Function.HomeObject = value; }
    public AbstractValue SuperClass { get => _function?.SuperClass ?? AbstractValue.None; set => Function.SuperClass = value; }
    public AbstractValue[] BoundArguments { get => _function?.BoundArguments ?? []; init => Function.BoundArguments = value; }
    /// <summary>The contexts in which a function was called.</summary>
    public List<Activation>? Activations { get => _function?.Activations; set => Function.Activations = value; }
    /// <summary>The semantics of a function that a compiler wrote into its output, or null.</summary>
    public NativeFunction? CompilerHelper
    {
        get
        {
            var function = Function;
            if (!function.HelperKnown) (function.HelperKnown, function.Helper) = (true, Builtins.Helper(this));
            return function.Helper;
        }
    }

    /// <summary>External: path of the API; Native: its name; Regex: its pattern.</summary>
    public string Name { get => _named?.Name ?? ""; init => Named.Name = value; }
    public string Flags { get => _named?.Flags ?? ""; init => Named.Flags = value; }
    public NativeFunction? Native { get => _named?.Native; init => Named.Native = value; }
    public EntryDraft? Entry { get => _named?.Entry; init => Named.Entry = value; }
    /// <summary>What is known of the API that an external object stands for; made on first use.</summary>
    public ApiFacts Api => Named.Api ??= new ApiFacts();
    /// <summary>External: nothing is known of the API and of what lies below it. It says no more than that a value is some object.</summary>
    public bool IsOpaque { get; init; }

    // Most objects are plain ones: they go without what only functions, or only APIs and expressions, have.
    private FunctionPart Function => _function ??= new FunctionPart();
    private NamedPart Named => _named ??= new NamedPart();
    private Memory Memories => _memory ??= new Memory();

    private sealed class FunctionPart
    {
        public Callable? Code;
        public ModuleState? Module;
        public Scope? Scope;
        public AbstractValue? BoundThis;
        public HeapObject? HomeObject;
        public AbstractValue SuperClass = AbstractValue.None;
        public AbstractValue[] BoundArguments = [];
        public List<Activation>? Activations;
        public NativeFunction? Helper;
        public bool HelperKnown;
    }

    private sealed class NamedPart
    {
        public string Name = "", Flags = "";
        public NativeFunction? Native;
        public EntryDraft? Entry;
        public ApiFacts? Api;
    }

    private sealed class Memory
    {
        public (long Stamp, AbstractValue Joined)? AnyField;
        public (int Count, AbstractValue Keys)? Keys;
        public (long Version, Tainted[] Labels)? Held;
        public Taken? Taken;
    }

    /// <summary>How many elements of a list were taken from its front before the call at a place, at most; -1 where it is not known.</summary>
    /// <param name="code">The callable of the call.</param>
    /// <param name="start">Where the call begins.</param>
    /// <param name="repeats">It may run more than once.</param>
    public int TakenBefore(Callable code, int start, bool repeats)
    {
        var taken = Memories.Taken ??= new Taken(code);
        if (repeats || taken.Code != code)
        {
            var from = Math.Min(taken.Unknown, taken.Code == code ? start : -1);
            if (from < taken.Unknown) Changed();
            taken.Unknown = from;
            return -1;
        }
        if (taken.Starts.Add(start)) Changed();
        return start > taken.Unknown ? -1 : taken.Starts.GetViewBetween(int.MinValue, start).Count - 1;
    }

    /// <summary>How many elements of a list may have been taken from its front before a read: each item is the one at its place or one behind it. Any number is <see cref="int.MaxValue"/>.</summary>
    /// <param name="code">The callable that reads; null where it is not known.</param>
    /// <param name="start">Where the read begins.</param>
    /// <param name="repeats">Whether the read may run more than once.</param>
    public int MovedBy(Callable? code, int start, Func<bool> repeats)
    {
        if (_memory?.Taken is not { } taken) return 0;
        if (taken.Code != code || start > taken.Unknown) return int.MaxValue;
        var before = taken.Starts.GetViewBetween(int.MinValue, start).Count;
        return before < taken.Starts.Count && repeats() ? int.MaxValue : before;
    }

    private sealed class Taken(Callable code)
    {
        public Callable Code { get; } = code;
        public SortedSet<int> Starts { get; } = [];
        /// <summary>From here on the number is not known.</summary>
        public int Unknown { get; set; } = int.MaxValue;
    }

    public bool TryGetOwn(string name, out AbstractValue value)
    {
        var at = _fields?.Find(name) ?? -1;
        value = at < 0 ? AbstractValue.None : _fields![at];
        return at >= 0;
    }

    /// <summary>The items of a list, as far as they are known one by one.</summary>
    public IEnumerable<AbstractValue> Items()
    {
        for (var k = 0; TryGetOwn(Interpreter.Index(k), out var item); k++) yield return item;
    }

    public bool HasFields => _fields is not null;

    public bool HasOwn(string name) => _fields is not null && _fields.Find(name) >= 0;

    /// <summary>Some field has a getter: kept beside it as "get name".</summary>
    public bool HasGetters { get; private set; }
    /// <summary>Some field has a setter: kept beside it as "set name".</summary>
    public bool HasSetters { get; private set; }
    /// <summary>Fields of an attacker's object were copied in: the field "&lt;copied&gt;".</summary>
    public bool HasCopied { get; private set; }

    private void Note(string name)
    {
        if (name.Length < 4) return;
        if (name[0] == '<') HasCopied |= name == "<copied>";
        else if (name[3] == ' ')
        {
            HasGetters |= name.StartsWith("get ", StringComparison.Ordinal);
            HasSetters |= name.StartsWith("set ", StringComparison.Ordinal);
        }
    }

    public void Write(string name, AbstractValue value)
    {
        var fields = _fields ??= new FieldTable(1);
        var at = fields.Find(name);
        if (at >= 0)
        {
            var joined = fields[at].Join(value);
            if (joined.Equals(fields[at])) return;
            fields[at] = joined;
        }
        else if (fields.Count >= MaxFields) { WriteElement(value); return; }
        else
        {
            fields.Add(name, value);
            Note(name);
        }
        Changed();
    }

    /// <summary>Makes room for fields that are about to be written.</summary>
    public void Expect(int count)
    {
        if (count > 0) _fields ??= new FieldTable(count);
    }

    /// <summary>Replaces a field: only for an object that surely stands for one object, at the place where it was made.</summary>
    public void Overwrite(string name, AbstractValue value)
    {
        var at = _fields?.Find(name) ?? -1;
        if (at < 0) { Write(name, value); return; }
        if (_fields![at].Equals(value)) return;
        _fields[at] = value;
        Changed();
    }

    public void WriteElement(AbstractValue value)
    {
        var joined = Elements.Join(value);
        if (joined.Equals(Elements)) return;
        Elements = joined;
        Changed();
    }

    public void AddPrototype(AbstractValue value)
    {
        var joined = Prototype.Join(value);
        if (joined.Equals(Prototype)) return;
        Prototype = joined;
        Changed();
    }

    public void Open()
    {
        if (IsOpen) return;
        IsOpen = true;
        Changed();
    }

    /// <summary>Grows whenever the object changes.</summary>
    public long Version { get; private set; }

    /// <summary>The version in which it was seen to hold no function that takes requests; -1 where none was.</summary>
    public long WithoutHandlers { get; set; } = -1;

    /// <summary>What was remembered for a stamp, or null.</summary>
    public AbstractValue? Remembered(long stamp) => _memory?.AnyField is { } known && known.Stamp == stamp ? known.Joined : null;

    /// <summary>Remembers what all fields together may be.</summary>
    /// <param name="stamp">Sum of the versions that it was made of: versions only grow.</param>
    /// <param name="joined">The value.</param>
    public AbstractValue Remember(long stamp, AbstractValue joined)
    {
        Memories.AnyField = (stamp, joined);
        return joined;
    }

    /// <summary>Labels of its elements and of its fields that the program sees; made again once it has changed.</summary>
    public Tainted[] HeldLabels()
    {
        if (_fields is null) return Elements.Labels;
        if (_memory?.Held is { } known && known.Version == Version) return known.Labels;
        var labels = Elements.Labels;
        for (var i = 0; Kind != ObjectKind.Array && i < _fields.Count; i++) if (_fields[i].Labels.Length > 0 && Interpreter.IsField(_fields.Names[i])) labels = AbstractValue.JoinLabels(labels, _fields[i].Labels);
        Memories.Held = (Version, labels);
        return labels;
    }

    /// <summary>What its keys were found to be, where it has no other fields now; or null.</summary>
    public AbstractValue? RememberedKeys() => _memory?.Keys is { } known && known.Count == (_fields?.Count ?? 0) ? known.Keys : null;

    /// <summary>Remembers what its keys may be: fields are never taken away.</summary>
    public AbstractValue RememberKeys(AbstractValue keys)
    {
        Memories.Keys = (_fields?.Count ?? 0, keys);
        return keys;
    }

    private void Changed()
    {
        Version++;
        heap.Version++;
    }

    public bool Equals(HeapObject? other) => ReferenceEquals(this, other);
    public override bool Equals(object? obj) => ReferenceEquals(this, obj);
    public override int GetHashCode() => Id;
}

/// <summary>A built-in function: gets the call, returns its result.</summary>
internal delegate AbstractValue NativeFunction(Interpreter interpreter, CallSite call);

/// <summary>One activation record of captured variables: of a callable in one context.</summary>
internal sealed class Scope(Scope? parent, Callable owner, ModuleState module, Heap heap)
{
    private readonly Dictionary<int, AbstractValue> _cells = [];

    public Scope? Parent { get; } = parent;
    public Callable Owner { get; } = owner;
    public ModuleState Module { get; } = module;
    /// <summary>This of the activation, for arrow functions.</summary>
    public AbstractValue This { get; private set; } = AbstractValue.None;
    public AbstractValue Arguments { get; private set; } = AbstractValue.None;

    public AbstractValue Read(int cell) => _cells.GetValueOrDefault(cell, AbstractValue.None);

    public void Write(int cell, AbstractValue value)
    {
        var old = Read(cell);
        var joined = old.Join(value);
        if (joined.Equals(old)) return;
        _cells[cell] = joined;
        heap.Version++;
    }

    public void Bind(AbstractValue self, AbstractValue arguments)
    {
        This = This.Join(self);
        Arguments = Arguments.Join(arguments);
    }
}

/// <summary>All abstract objects, by what made them, so that running the same code again finds the same objects.</summary>
internal sealed class Heap(Func<string, bool> isOpaque)
{
    private readonly Dictionary<Key, HeapObject> _objects = [];
    private readonly Dictionary<string, HeapObject> _externals = new(StringComparer.Ordinal);
    private readonly Dictionary<EntryDraft, Dictionary<string, HeapObject>> _entryExternals = new(ReferenceEqualityComparer.Instance);
    private int _next;

    /// <summary>Grows with every change: two rounds with the same version mean that nothing new was learned.</summary>
    public int Version { get; set; }

    /// <summary>The object made at a place in a context, made once.</summary>
    public HeapObject Get(object site, int offset, object? context, int part, Func<int, HeapObject> make)
    {
        var key = new Key(site, offset, context, part);
        if (_objects.TryGetValue(key, out var known)) return known;
        Version++;
        return _objects[key] = make(_next++);
    }

    /// <summary>The object made at a place in a context, or null where none is made yet.</summary>
    public HeapObject? Find(object site, int offset, object? context, int part) => _objects.GetValueOrDefault(new Key(site, offset, context, part));

    /// <summary>The object that stands for an API, by its path and the entry point that it belongs to.</summary>
    public HeapObject External(string path, EntryDraft? entry)
    {
        var table = _externals;
        if (entry is not null && !_entryExternals.TryGetValue(entry, out table)) _entryExternals[entry] = table = new(StringComparer.Ordinal);
        if (table!.TryGetValue(path, out var known)) return known;
        Version++;
        return table[path] = new HeapObject(_next++, ObjectKind.External, default, this) { Name = path, Entry = entry, IsOpaque = isOpaque(path) };
    }

    // Places and contexts are objects that are made once; only names of parts are compared by content.
    private readonly struct Key(object site, int offset, object? context, int part) : IEquatable<Key>
    {
        private readonly object _site = site;
        private readonly object? _context = context;
        private readonly int _offset = offset, _part = part;

        public bool Equals(Key other) =>
            _offset == other._offset && _part == other._part && Same(_site, other._site) && Same(_context, other._context);

        private static bool Same(object? a, object? b) => ReferenceEquals(a, b) || (a is string s && b is string t && s == t);
        public override bool Equals(object? obj) => obj is Key other && Equals(other);
        public override int GetHashCode() => (((Hash(_site) * 31) + _offset) * 31 + Hash(_context)) * 31 + _part;
        private static int Hash(object? o) => o is null ? 0 : o is string s ? s.GetHashCode(StringComparison.Ordinal) : System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(o);
    }
}
