namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What was decorated, until the class is complete, and what the constructors of classes take.</summary>
internal sealed class DecoratedMembers
{
    private readonly Dictionary<HeapObject, Dictionary<string, List<HeapObject>>> _methods = [];
    private readonly Dictionary<HeapObject, AbstractValue> _types = [];
    private readonly Dictionary<(HeapObject Type, int Index), AbstractValue> _tokens = [];

    /// <summary>The program's Nest runs on Fastify; null while nobody has asked.</summary>
    public bool? OnFastify { get; set; }

    private readonly Dictionary<HeapObject, (int Round, AbstractValue Object)> _instances = [];

    /// <summary>The object of a class that is given to whoever asks for one: made once in a round. Classes that ask for each other get an unknown value.</summary>
    public AbstractValue Instance(HeapObject type, int round, Func<AbstractValue> make)
    {
        if (_instances.TryGetValue(type, out var known) && known.Round == round) return known.Object;
        _instances[type] = (round, AbstractValue.Unknown);
        var made = make();
        _instances[type] = (round, made);
        return made;
    }

    /// <summary>A method was decorated.</summary>
    public void Add(HeapObject target, string name, List<HeapObject> decorators)
    {
        if (!_methods.TryGetValue(target, out var methods)) _methods[target] = methods = new(StringComparer.Ordinal);
        methods[name] = decorators;
    }

    /// <summary>The decorated methods of a prototype, as they are now: running one may decorate others.</summary>
    public List<KeyValuePair<string, List<HeapObject>>> Methods(HeapObject target) => _methods.TryGetValue(target, out var methods) ? [.. methods] : [];

    /// <summary>A parameter of a class's constructor gets what is kept under a token.</summary>
    public void Asks(HeapObject type, int index, AbstractValue token) => _tokens[(type, index)] = token;

    /// <summary>The token that a parameter asks for; nothing where it asks for none.</summary>
    public AbstractValue Asks(HeapObject type, int index) => _tokens.GetValueOrDefault((type, index), AbstractValue.None);

    /// <summary>What the constructor of a class takes, a list of classes.</summary>
    public void Takes(HeapObject type, AbstractValue types) => _types[type] = types;

    /// <summary>The classes of the constructor's parameters, in order; empty where they are not known.</summary>
    public List<AbstractValue> Takes(HeapObject type) => _types.TryGetValue(type, out var types) ? [.. types.Objects.SelectMany(o => o.Items())] : [];
}
