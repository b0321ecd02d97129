using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>A callable in one context, with what is known of its result: its summary.</summary>
internal sealed class Activation(HeapObject function, Callable code, ModuleState module, AbstractValue self, AbstractValue[] arguments, FactSet facts)
{
    public HeapObject Function { get; } = function;
    public Callable Code { get; } = code;
    public ModuleState Module { get; } = module;
    public AbstractValue This { get; set; } = self;
    public AbstractValue[] Arguments { get; set; } = arguments;
    public FactSet Facts { get; set; } = facts;
    /// <summary>The arguments that its facts on return were found with: the last run's.</summary>
    public AbstractValue[] RanWith { get; set; } = [];
    public bool IsGeneric { get; init; }
    /// <summary>Of what stands for many calls: from where the first of them was made.</summary>
    public Place Site { get; init; }
    public Scope? Scope { get; set; }

    public AbstractValue Result { get; set; } = AbstractValue.None;
    public AbstractValue Yielded { get; set; } = AbstractValue.None;
    /// <summary>What it throws that holds something of an attacker's.</summary>
    public AbstractValue Thrown { get; set; } = AbstractValue.None;
    /// <summary>What holds after every normal return; null: it does not return.</summary>
    public FactSet? ReturnFacts { get; set; }
    public FactSet? ReturnIfTrue { get; set; }
    public FactSet? ReturnIfFalse { get; set; }

    private TestFacts? _returnTest;

    /// <summary>What testing its result says.</summary>
    public TestFacts ReturnTest() =>
        _returnTest is { } known && ReferenceEquals(known.IfTrue, ReturnIfTrue) && ReferenceEquals(known.IfFalse, ReturnIfFalse) ? known : _returnTest = TestFacts.Boolean(ReturnIfTrue, ReturnIfFalse);

    public int Round { get; set; } = -1;
    public bool Running { get; set; }
    public bool AskedWhileRunning { get; set; }
    public int Runs { get; set; }

    public bool Matches(AbstractValue self, AbstractValue[] arguments, FactSet facts)
    {
        if (IsGeneric || arguments.Length != Arguments.Length || !self.Equals(This) || !facts.Equals(Facts)) return false;
        for (var i = 0; i < arguments.Length; i++) if (!arguments[i].Equals(Arguments[i])) return false;
        return true;
    }
}

/// <summary>A taken branch that compared an attacker-controlled value; a list that shares its tail.</summary>
internal sealed record ConditionList(ConditionList? Previous, Comparison Comparison, bool Holds)
{
    private const int Max = 10;
    public int Length { get; } = (Previous?.Length ?? 0) + 1;

    public static ConditionList? Add(ConditionList? list, Comparison? comparison, bool holds)
    {
        if (comparison is null || list is { Length: >= Max }) return list;
        for (var l = list; l is not null; l = l.Previous) if (l.Holds == holds && l.Comparison.Equals(comparison)) return list;
        return new ConditionList(list, comparison, holds);
    }

    /// <summary>What both lists begin with.</summary>
    public static ConditionList? Common(ConditionList? a, ConditionList? b)
    {
        while (!ReferenceEquals(a, b))
        {
            if (a is null || b is null) return null;
            if (a.Length > b.Length) a = a.Previous;
            else if (b.Length > a.Length) b = b.Previous;
            else { if (a.Holds == b.Holds && a.Comparison.Equals(b.Comparison) && ReferenceEquals(a.Previous, b.Previous)) return a; a = a.Previous; b = b.Previous; }
        }
        return a;
    }
}

/// <summary>State at the start of a block.</summary>
internal sealed class BlockState(AbstractValue[] values, FactSet facts, ConditionList? conditions)
{
    public AbstractValue[] Values { get; } = values;
    public FactSet Facts { get; set; } = facts;
    public ConditionList? Conditions { get; set; } = conditions;
    public int Visits { get; set; }
}

/// <summary>Positions of blocks that wait to be run, lowest first.</summary>
internal sealed class BlockQueue(int count)
{
    private readonly ulong[] _words = new ulong[(count + 63) / 64];
    private int _first;

    public void Add(int position)
    {
        var word = position >> 6;
        _words[word] |= 1UL << (position & 63);
        if (word < _first) _first = word;
    }

    /// <summary>Takes the first out; -1 where none waits.</summary>
    public int TakeFirst()
    {
        for (; _first < _words.Length; _first++)
        {
            if (_words[_first] == 0) continue;
            var bit = System.Numerics.BitOperations.TrailingZeroCount(_words[_first]);
            _words[_first] &= _words[_first] - 1;
            return (_first << 6) + bit;
        }
        return -1;
    }
}

/// <summary>A running activation on the interpreter's stack.</summary>
internal sealed class Frame(Activation activation, Frame? caller, AbstractValue[] slots)
{
    public Activation Activation { get; } = activation;
    public Frame? Caller { get; } = caller;
    public AbstractValue[] Slots { get; } = slots;
    public FactSet Facts { get; set; } = FactSet.Empty;
    public ConditionList? Conditions { get; set; }
    /// <summary>The block that is being run, and the one that catches what is thrown there (-1: the caller).</summary>
    public int Block { get; set; }
    public int Handler { get; set; } = -1;
    /// <summary>What is called runs later: it throws to nobody here.</summary>
    public bool IsDeferred { get; set; }
    /// <summary>What promises that were made here may be rejected with.</summary>
    public AbstractValue Rejected { get; set; } = AbstractValue.None;
    /// <summary>The handler at hand has more to catch than when it last ran.</summary>
    public bool CatchesMore { get; set; }
    private Dictionary<int, AbstractValue>? _caught;

    /// <summary>Something is thrown to the handler at hand.</summary>
    public void Catch(AbstractValue value)
    {
        var known = (_caught ??= []).GetValueOrDefault(Handler, AbstractValue.None);
        var joined = known.Join(value);
        if (joined.Equals(known)) return;
        _caught[Handler] = joined;
        CatchesMore = true;
    }

    /// <summary>What the block that is being run has caught.</summary>
    public AbstractValue Caught => _caught is not null && _caught.TryGetValue(Block, out var value) ? AbstractValue.Unknown.Join(value) : AbstractValue.Unknown;

    public int Depth { get; } = caller is null ? 0 : caller.Depth + 1;
    /// <summary>What is called is one of many objects that a value may be besides any other: that it is a sink is no finding.</summary>
    public bool IsGuess { get; set; }
    /// <summary>Calls that the instruction at hand has led to without running code in between.</summary>
    public int BuiltinDepth { get; set; }
    /// <summary>Results of the deeper ones of them.</summary>
    public Dictionary<BuiltinCall, AbstractValue>? BuiltinCalls { get; set; }
}

/// <summary>A call of a bound or built-in function with what decides its result.</summary>
internal readonly struct BuiltinCall(HeapObject callee, AbstractValue self, AbstractValue[] arguments, int start, bool isNew) : IEquatable<BuiltinCall>
{
    private readonly HeapObject _callee = callee;
    private readonly AbstractValue _self = self;
    private readonly AbstractValue[] _arguments = arguments;
    private readonly int _start = start;
    private readonly bool _isNew = isNew;

    public bool Equals(BuiltinCall other)
    {
        if (!ReferenceEquals(_callee, other._callee) || _start != other._start || _isNew != other._isNew || _arguments.Length != other._arguments.Length || !_self.Equals(other._self)) return false;
        for (var i = 0; i < _arguments.Length; i++) if (!_arguments[i].Equals(other._arguments[i])) return false;
        return true;
    }

    public override bool Equals(object? obj) => obj is BuiltinCall other && Equals(other);

    public override int GetHashCode()
    {
        var h = (_callee.Id * 31) + _self.GetHashCode();
        foreach (var a in _arguments) h = (h * 31) + a.GetHashCode();
        return h + _start;
    }
}

/// <summary>A call as a built-in function or a model sees it.</summary>
internal sealed class CallSite(Frame frame, Place place, AbstractValue self, AbstractValue[] arguments, bool isNew, bool isOpen, string path)
{
    public Frame Frame { get; } = frame;
    public Place Place { get; } = place;
    public AbstractValue This { get; } = self;
    public AbstractValue[] Arguments { get; } = arguments;
    public bool IsNew { get; } = isNew;
    /// <summary>Arguments were spread: there may be more than are known.</summary>
    public bool IsOpen { get; } = isOpen;
    /// <summary>API path of what is called.</summary>
    public string Path { get; } = path;
    public HeapObject? Callee { get; init; }

    public AbstractValue Argument(int index) => index < Arguments.Length ? Arguments[index] : IsOpen && Arguments.Length > 0 ? Arguments[^1] : AbstractValue.Undefined;
}

/// <summary>A module of the program: its code and, while it runs, its exports.</summary>
internal sealed class ModuleState(IrModule ir, ModuleFacts facts)
{
    public IrModule Ir { get; } = ir;
    public ModuleFacts Facts { get; } = facts;
    public CallableInfo?[] Infos { get; } = new CallableInfo?[ir.Callables.Count];
    public HeapObject ModuleObject { get; set; } = null!;
    public HeapObject InitialExports { get; set; } = null!;
    public HeapObject Body { get; set; } = null!;
    public int Round { get; set; } = -1;
    public bool IsDependency { get; init; }
    /// <summary>It exports by define: a loader in a page puts it together with others.</summary>
    public bool IsAmd { get; set; }
    public string Path => Ir.File.Path;

    public CallableInfo Info(Callable c) => Infos[c.Id] ??= new CallableInfo(c, Ir, Facts);

    private const string Assigned = "<exports>";

    /// <summary>What the variable exports holds: "exports = module.exports = x" makes it more than the first object.</summary>
    public AbstractValue ExportsVariable() => ModuleObject.TryGetOwn(Assigned, out var assigned) ? InitialExports.Value.Join(assigned) : InitialExports.Value;

    public void SetExportsVariable(AbstractValue value) => ModuleObject.Write(Assigned, value);

    /// <summary>What require gives.</summary>
    public AbstractValue Exports() => ModuleObject.TryGetOwn("exports", out var e) ? e : AbstractValue.Undefined;
}
