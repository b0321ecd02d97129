using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Rules;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Runs a whole program on abstract values: module bodies build the heap (exports, classes, prototypes), entry points run with
/// attacker-controlled arguments, and what is left runs with unknown ones. A callable runs once for each context (who it is, its
/// arguments, what guards have established) and its summary is used again; the heap only grows; rounds repeat until nothing new
/// is learned. All limits count steps.
/// </summary>
internal sealed partial class Interpreter
{
    private const int MaxDepth = 60, MaxVisits = 10, MaxRecursionRuns = 4;

    private readonly List<HeapObject> _functions = [];
    private readonly HashSet<Callable> _reached = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Callable> _attacked = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Callable> _served = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Callable> _cut = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Callable> _broken = new(ReferenceEqualityComparer.Instance);

    public Interpreter(WorldModel world, ModelCatalog models, RuleCatalog rules, int stepsPerCallable, long totalSteps)
    {
        World = world;
        Models = models;
        _stepsPerCallable = stepsPerCallable;
        _stepsLeft = totalSteps;
        Heap = new Heap(IsOpaque);
        Labels = new LabelTable();
        Reports = new Reports(this, rules);
    }

    private readonly int _stepsPerCallable;
    private long _stepsLeft;

    public WorldModel World { get; }
    public ModelCatalog Models { get; }
    public Heap Heap { get; }
    public LabelTable Labels { get; }
    public Reports Reports { get; }
    public int Round { get; set; }
    /// <summary>The entry point that is being run, or null.</summary>
    public EntryDraft? CurrentEntry { get; set; }
    public IReadOnlyCollection<Callable> Reached => _reached;
    /// <summary>Some call has passed it a value that an attacker chooses, or an object that holds one.</summary>
    public bool IsAttacked(Callable code) => _attacked.Contains(code);
    /// <summary>Some call has passed it a request: a handler that a server was seen to call.</summary>
    public bool IsServed(Callable code) => _served.Contains(code);
    public IReadOnlyCollection<Callable> CutShort => _cut;
    /// <summary>Callables in which the interpreter itself failed: nothing is known of what they do.</summary>
    public IReadOnlyCollection<Callable> Broken => _broken;
    public IReadOnlyList<HeapObject> Functions => _functions;
    public bool OutOfSteps => _stepsLeft <= 0;

    /// <summary>Counts work that is no instruction; false where the steps of the whole program have ended.</summary>
    internal bool Spend(int steps) => (_stepsLeft -= steps) > 0;

    /// <summary>Calls a function object of the program.</summary>
    public AbstractValue Invoke(HeapObject function, AbstractValue self, AbstractValue[] arguments, Frame? caller, Place place)
    {
        if (function.Code is not { } code) return AbstractValue.Unknown;
        if (code.Kind == CallableKind.Arrow) self = function.Scope?.This ?? AbstractValue.Undefined;
        var facts = function.Module!.Facts;
        var needed = facts.TakesAll[code.Id] ? arguments.Length : Math.Min(arguments.Length, code.Parameters.Count);
        arguments = needed == 0 ? [] : arguments[..needed];
        // What a test said holds together with the caller's path.
        for (var i = 0; i < arguments.Length; i++) if (arguments[i].Test is not null) arguments[i] = arguments[i].WithTest(null);
        var activation = Find(function, code, self, arguments, caller?.Facts ?? FactSet.Empty, place);
        if (activation.Running) activation.AskedWhileRunning = true;
        else if (activation.Round != Round) Run(activation, caller);
        if (caller is not null && !activation.Thrown.IsNone) Thrown(caller, activation);
        if (caller is not null && Established(activation, activation.ReturnFacts, arguments) is { } returned) caller.Facts = caller.Facts.Union(returned);
        return Answer(activation, code, arguments);
    }

    // A context that stands for many calls may hold the labels of some of them only: what it established of every label of a
    // parameter holds for whatever was passed there.
    private static FactSet? Established(Activation a, FactSet? facts, AbstractValue[] arguments)
    {
        if (facts is null || facts.IsEmpty || !a.IsGeneric) return facts;
        for (var i = 0; i < Math.Min(arguments.Length, a.RanWith.Length); i++)
        {
            if (arguments[i].Labels.Length == 0 || a.RanWith[i].Labels.Length == 0) continue;
            var (kinds, looked) = (~TaintKinds.None, ~TaintKinds.None);
            foreach (var l in a.RanWith[i].Labels)
            {
                kinds &= facts.KindsOf(l.Label);
                looked &= facts.KindsOf(l.Label.LookupKey);
            }
            foreach (var l in arguments[i].Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, kinds)).Union(FactSet.Of(l.Label.LookupKey, looked));
        }
        return facts;
    }

    private void Run(Activation a, Frame? caller)
    {
        a.Round = Round;
        _reached.Add(a.Code);
        if ((caller?.Depth ?? 0) >= MaxDepth || _stepsLeft <= 0) { Cut(a); return; }
        a.Running = true;
        for (var run = 0; run < MaxRecursionRuns; run++)
        {
            a.AskedWhileRunning = false;
            var before = a.Result;
            a.ReturnFacts = a.ReturnIfTrue = a.ReturnIfFalse = null;
            a.RanWith = a.Arguments;
            a.Runs++;
            var depths = (_callDepth, _getterDepth);
            try
            {
                RunOnce(a, caller);
            }
            catch (Exception problem) when (problem is not OutOfMemoryException)
            {
                // A mistake of ours over one function costs that function, not the scan, and is said.
                (_callDepth, _getterDepth) = depths;
                _broken.Add(a.Code);
                a.Result = a.Result.Join(AbstractValue.Unknown);
                a.ReturnFacts = a.Facts;
                break;
            }
            if (!a.AskedWhileRunning || before.Equals(a.Result)) break;
        }
        a.Running = false;
    }

    private void Cut(Activation a)
    {
        _cut.Add(a.Code);
        a.Result = a.Result.Join(AbstractValue.Unknown);
        a.ReturnFacts = a.Facts;
    }

    private void RunOnce(Activation a, Frame? caller)
    {
        var code = a.Code;
        var info = a.Module.Info(code);
        a.Scope ??= info.HasNested || info.FlowCells.Count > 0 || code.Parent < 0 ? new Scope(a.Function.Scope, code, a.Module, Heap) : a.Function.Scope;
        if (a.Scope!.Owner == code && ReferenceEquals(a.Scope.Parent, a.Function.Scope)) a.Scope.Bind(code.Kind == CallableKind.Arrow ? a.Function.Scope?.This ?? AbstractValue.Undefined : a.This, AbstractValue.None);
        var slots = Rent(code.SlotCount + info.FlowCells.Count);
        var frame = new Frame(a, caller, slots);
        var states = new BlockState?[code.Blocks.Length];
        var pending = new BlockQueue(code.Blocks.Length);
        Flow(info, states, pending, 0, slots, a.Facts, null);
        var steps = Math.Max(_stepsPerCallable, code.Code.Length * 6);
        while (pending.TakeFirst() is var at and >= 0)
        {
            var block = info.BlockAt[at];
            var state = states[block]!;
            if (++state.Visits > MaxVisits) continue;
            steps -= code.Blocks[block].Count;
            // States are copied and joined as well: in large functions that is most of the work.
            _stepsLeft -= code.Blocks[block].Count + (info.Live[block].Length / 8);
            if (steps < 0 || _stepsLeft <= 0) { _cut.Add(code); a.ReturnFacts ??= a.Facts; a.Result = a.Result.Join(AbstractValue.Unknown); break; }
            for (var i = 0; i < state.Values.Length; i++) slots[info.Live[block][i]] = state.Values[i];
            frame.Facts = state.Facts;
            frame.Conditions = state.Conditions;
            var handler = code.Blocks[block].Handler;
            if (handler >= 0) Flow(info, states, pending, handler, slots, state.Facts, state.Conditions);
            (frame.Block, frame.Handler) = (block, handler);
            RunBlock(frame, info, states, pending, block);
            if (handler >= 0) Flow(info, states, pending, handler, slots, state.Facts, state.Conditions);
            if (!frame.CatchesMore) continue;
            frame.CatchesMore = false;
            pending.Add(info.Order[handler]);
        }

    }

    private void RunBlock(Frame frame, CallableInfo info, BlockState?[] states, BlockQueue pending, int block)
    {
        var code = frame.Activation.Code;
        var b = code.Blocks[block];
        var last = b.First + b.Count - 1;
        for (var i = b.First; i < last; i++) Step(frame, info, code.Code[i]);
        ref readonly var x = ref code.Code[last];
        switch (x.Op)
        {
            case Op.Jump: Flow(info, states, pending, x.A, frame.Slots, frame.Facts, frame.Conditions); break;
            case Op.Branch: Branch(frame, info, states, pending, x); break;
            case Op.Choose:
                foreach (var target in code.ArgsOf(x)) Flow(info, states, pending, target, frame.Slots, frame.Facts, frame.Conditions);
                break;
            case Op.Return:
                if (x.A >= 0 && _answers.Count > 0) Answered(frame, frame.Slots[x.A], PlaceOf(frame, x));
                Leave(frame, x.A >= 0 ? Checked(frame, frame.Slots[x.A], x.Start, x.End) : AbstractValue.Undefined);
                break;
            case Op.Throw: Throw(frame, frame.Slots[x.A]); break;
            default: break;
        }
    }

    private readonly Dictionary<Callable, (string Api, Results.EntryPointKind Kind)> _answers = new(ReferenceEqualityComparer.Instance);

    /// <summary>What a handler returns is sent, as by a call of an API.</summary>
    /// <param name="handler">The handler.</param>
    /// <param name="api">The call.</param>
    /// <param name="kind">Kind of the entry points whose answer it is.</param>
    internal void AnswersWith(Callable handler, string api, Results.EntryPointKind kind = Results.EntryPointKind.HttpRoute) => _answers[handler] = (api, kind);

    private void Answered(Frame frame, AbstractValue value, Place place)
    {
        if (CurrentEntry is not { } entry || !_answers.TryGetValue(frame.Activation.Code, out var answer) || answer.Kind != entry.Kind) return;
        // The answer of a function that is called by itself is an object: a status, headers, a body.
        if (value.HasLabels || (answer.Kind == Results.EntryPointKind.LibraryExport && value.Objects.Length > 0)) CallExternal(new CallSite(frame, place, AbstractValue.Undefined, [value], false, false, answer.Api));
    }

    private void Branch(Frame frame, CallableInfo info, BlockState?[] states, BlockQueue pending, in Instruction x)
    {
        var value = frame.Slots[x.A];
        var truth = value.Truthiness();
        foreach (var l in value.Labels) l.Label.Node.Tested = true;
        var test = value.Test;
        var both = (x.Flags & InstructionFlags.BothWays) != 0;
        if (both || (truth != false && (test is null || test.IfTrue is not null)))
        {
            // The tested value and its copies: "return a && b" tests one and returns the other.
            var tested = test is { Origin.Length: 0, IfFalse: not null } ? new Tested(value, value.WithTest(test with { IfFalse = null }), -1) : default;
            var facts = test?.IfTrue is { } more ? frame.Facts.Union(more) : frame.Facts;
            Flow(info, states, pending, x.B, frame.Slots, facts, Conditions(frame, value, true), test?.IfTrue, tested);
        }
        if (both || (truth != true && (test is null || test.IfFalse is not null)))
        {
            var tested = test is { Origin.Length: 0, IfTrue: not null } ? new Tested(value, value.WithTest(test with { IfTrue = null }), -1) : default;
            var facts = test?.IfFalse is { } more ? frame.Facts.Union(more) : frame.Facts;
            // Where it is falsy it is no object.
            if (test is null && (value.Objects.Length > 0 || value.Proto is not null)) tested = new Tested(value, new AbstractValue(value.Types, value.Constants, null, value.Labels, value.Text), x.A);
            if (test is null && value.Proto is { } looked) facts = facts.Union(looked.OwnFacts());
            Flow(info, states, pending, x.C, frame.Slots, facts, Conditions(frame, value, false), test?.IfFalse, tested);
        }
    }

    /// <summary>A condition was checked: what it says holds from here on.</summary>
    internal static void Hold(Frame frame, AbstractValue condition, bool holds)
    {
        if ((holds ? condition.Test?.IfTrue : condition.Test?.IfFalse) is { } facts) frame.Facts = frame.Facts.Union(facts);
        frame.Conditions = Conditions(frame, condition, holds);
    }

    private AbstractValue Under(AbstractValue value, FactSet facts)
    {
        if (value.Proto is { } reach && facts.IsAboutLookups) value = value.WithProto(reach.Under(facts));
        Tainted[]? labels = null;
        for (var i = 0; i < value.Labels.Length; i++)
        {
            var l = value.Labels[i];
            var known = facts.KindsOf(l.Label);
            var removed = l.Label.Removed | (known & FactKinds.Kept);
            var marks = (known & FactKinds.IsText) != 0 ? l.Label.Marks | TextMarks.Key : l.Label.Marks;
            if (removed == l.Label.Removed && marks == l.Label.Marks) continue;
            labels ??= [.. value.Labels];
            labels[i] = l with { Label = Labels.Label(l.Label.Node, removed, marks) };
        }
        if (labels is null) return value;
        Array.Sort(labels, (a, b) => a.Label.Id.CompareTo(b.Label.Id));
        return value.WithLabels([.. labels.Distinct()]);
    }

    private static ConditionList? Conditions(Frame frame, AbstractValue value, bool branch)
    {
        if (value.Test?.Comparison is { } c) return ConditionList.Add(frame.Conditions, c, branch == value.Test.Holds);
        if (value.Test is null && value.Labels.Length == 1) return ConditionList.Add(frame.Conditions, new Comparison(value.Labels[0].Label.Node, "truthy", null), branch);
        return frame.Conditions;
    }

    private void Leave(Frame frame, AbstractValue value)
    {
        var a = frame.Activation;
        if (!frame.Rejected.IsNone) Leave(a, frame.Rejected);
        if (value.Labels.Length > 0 && a.Module.Info(a.Code).EncodesHtml) value = value.WithLabels(Without(value.Labels, TaintKinds.HtmlText));
        var truth = value.Truthiness();
        var ifTrue = truth == false ? null : value.Test is { } t ? t.IfTrue?.Union(frame.Facts) : frame.Facts;
        var ifFalse = truth == true ? null : value.Test is { } f ? f.IfFalse?.Union(frame.Facts) : frame.Facts;
        a.ReturnIfTrue = TestFacts.Both(a.ReturnIfTrue, ifTrue);
        a.ReturnIfFalse = TestFacts.Both(a.ReturnIfFalse, ifFalse);
        a.ReturnFacts = TestFacts.Both(a.ReturnFacts, frame.Facts);
        a.Result = a.Result.Join(value.Test is null ? value : value.WithTest(null));
    }

    // What a guard has established is written into the values themselves, so that it survives where branches meet again.
    private void Flow(CallableInfo info, BlockState?[] states, BlockQueue pending, int target, AbstractValue[] slots, FactSet facts, ConditionList? conditions, FactSet? refined = null, Tested tested = default)
    {
        if (refined is { IsEmpty: true }) refined = null;
        var live = info.Live[target];
        var state = states[target];
        if (state is null)
        {
            var captured = live.Length == 0 ? [] : new AbstractValue[live.Length];
            for (var i = 0; i < live.Length; i++) captured[i] = Carried(slots, live[i], refined, tested);
            states[target] = new BlockState(captured, facts, conditions);
            pending.Add(info.Order[target]);
            return;
        }
        var changed = false;
        // What only one of the branches has established holds no more behind them, but for what was read in it.
        var common = state.Facts.Intersect(facts);
        var (hereOnly, thereOnly) = (!common.Equals(facts), !common.Equals(state.Facts));
        var values = state.Values;
        for (var i = 0; i < values.Length; i++)
        {
            var incoming = Carried(slots, live[i], refined, tested);
            if (ReferenceEquals(incoming, values[i])) continue;
            if (hereOnly && incoming.HasLabels) incoming = Under(incoming, facts);
            // What a value says when it is tested holds together with what held where it was made.
            if (incoming.Test is { } test && !facts.IsEmpty) incoming = incoming.WithTest(test.Under(facts));
            var known = values[i].Test is { } earlier && !state.Facts.IsEmpty ? values[i].WithTest(earlier.Under(state.Facts)) : values[i];
            if (thereOnly && known.HasLabels) known = Under(known, state.Facts);
            var joined = known.Join(incoming);
            if (ReferenceEquals(joined, values[i]) || joined.Equals(values[i])) continue;
            values[i] = joined;
            changed = true;
        }
        if (thereOnly) { state.Facts = common; changed = true; }
        state.Conditions = ConditionList.Common(state.Conditions, conditions);
        if (changed) pending.Add(info.Order[target]);
    }

    private AbstractValue Carried(AbstractValue[] slots, int slot, FactSet? refined, in Tested tested)
    {
        var value = slots[slot];
        if (ReferenceEquals(value, tested.Before) && (tested.Slot < 0 || tested.Slot == slot)) value = tested.After!;
        return refined is null ? value : Under(value, refined);
    }

    // What takes the place of a tested value behind the test: in one slot, or (-1) in every one that holds it.
    private readonly record struct Tested(AbstractValue? Before, AbstractValue? After, int Slot);

    private static AbstractValue[] Rent(int count)
    {
        var slots = new AbstractValue[count];
        Array.Fill(slots, AbstractValue.None);
        return slots;
    }

    public static Place PlaceOf(Callable c) => new(c.File, c.Span.Start, c.Span.End);
    public static Place PlaceOf(Frame frame, in Instruction x) => new(frame.Activation.Code.File, x.Start, x.End);
}
