using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

// What is thrown, and who catches it. Only values that hold something of an attacker's are followed: any code may throw anything else.
internal sealed partial class Interpreter
{
    /// <summary>A value is thrown in a frame: to the handler of the block that is being run, or to whoever called.</summary>
    internal void Throw(Frame frame, AbstractValue value)
    {
        value = Carrying(value);
        if (value.IsNone) return;
        if (frame.IsDeferred) frame.Rejected = frame.Rejected.Join(value);
        else if (frame.Handler >= 0) frame.Catch(value);
        else Leave(frame.Activation, value);
    }

    // What a call threw that did not return: at once, or where its promise is awaited.
    private void Thrown(Frame frame, Activation by)
    {
        if (by.Code.IsAsync) frame.Rejected = frame.Rejected.Join(by.Thrown);
        else Throw(frame, by.Thrown);
    }

    private void Leave(Activation a, AbstractValue thrown)
    {
        var joined = a.Thrown.Join(thrown);
        if (joined.Equals(a.Thrown)) return;
        a.Thrown = joined;
        Heap.Version++;
    }

    // An awaited promise throws what it was rejected with.
    private AbstractValue Await(Frame frame, AbstractValue value)
    {
        var rejected = Rejected(frame, value);
        if (!rejected.IsNone) Throw(frame, rejected);
        return Awaited(value);
    }

    private const string Rejection = "<rejected>";

    /// <summary>What a promise may be rejected with. An asynchronous function stands for its result: what those that this frame has called threw belongs to any of them.</summary>
    internal static AbstractValue Rejected(Frame frame, AbstractValue promise)
    {
        var rejected = frame.Rejected;
        foreach (var o in promise.Objects) if (o.Kind == ObjectKind.Promise && o.TryGetOwn(Rejection, out var value)) rejected = rejected.Join(value);
        return rejected;
    }

    /// <summary>A promise is rejected with a value.</summary>
    internal static void Reject(HeapObject promise, AbstractValue value)
    {
        value = Carrying(value);
        if (!value.IsNone) promise.Write(Rejection, value);
    }

    /// <summary>Runs what is called later: what it throws is thrown to nobody in the frame. Gives the result and what was thrown.</summary>
    internal static (AbstractValue Result, AbstractValue Thrown) Deferred(Frame frame, Func<AbstractValue> call)
    {
        var (before, deferred) = (frame.Rejected, frame.IsDeferred);
        (frame.Rejected, frame.IsDeferred) = (AbstractValue.None, true);
        var result = call();
        var thrown = frame.Rejected;
        (frame.Rejected, frame.IsDeferred) = (before, deferred);
        return (result, thrown);
    }

    /// <summary>The part of a value that holds something of an attacker's.</summary>
    internal static AbstractValue Carrying(AbstractValue value)
    {
        if (value.HasLabels) return value.Test is null ? value : value.WithTest(null);
        var objects = Array.FindAll(value.Objects, o => o.HeldLabels().Length > 0);
        return objects.Length == 0 ? AbstractValue.None : new AbstractValue(Prim.None, null, objects);
    }
}
