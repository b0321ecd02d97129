using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>Writes a report of the interpreter as a candidate.</summary>
internal static class CandidateBuilder
{
    public static Candidate Build(Report r, EntryPoint? entry)
    {
        var inputs = r.Labels.Select(Input).Distinct(new InputComparer()).ToList();
        var steps = new List<FlowStep>();
        foreach (var t in r.Labels[0].Trace.Steps()) if (t.Message.Length > 0 && t.Place.File is not null) steps.Add(new FlowStep(Locations.Of(t.Place), t.Message));
        var sink = Locations.Of(r.Sink);
        steps.Add(new FlowStep(sink, r.Callable.Length > 0 ? $"reaches {r.Callable}" : "writes to a property chosen by the attacker"));
        return new Candidate(
            r.Rule.Id, sink, r.Function.QualifiedName, SinkText.Of(r.Sink.File, r.Sink.Start, r.Sink.End, r.Function), r.Callable, r.Argument, r.Labels[0].Label.Node.Source.Kind, entry, inputs, steps,
            Text(r, inputs), [.. r.Conditions.Where(c => IsOf(r.Entry, c.Comparison.Node.Source)).Select(c => new PathCondition(c.Comparison.Node.Source.Root, c.Comparison.Node.Path(), c.Comparison.Operator, c.Comparison.Value, c.Holds)).Distinct()],
            r.Confidence, r.Rule.Message, r.Properties);
    }

    // A function that several entry points share has compared the others' values as well.
    private static bool IsOf(EntryDraft? entry, TaintSource source) => entry is null || source.Entry is null || source.Entry == entry || source.Root.StartsWith("access", StringComparison.Ordinal);

    private static TaintedInput Input(Tainted t) => new(
        t.Label.Node.Source.Root, t.Label.Node.Path(), [.. t.Trace.Steps().Select(s => s.Transformation).Where(s => s.Length > 0)]);

    private static IReadOnlyList<ShapePiece> Text(Report r, List<TaintedInput> inputs)
    {
        if (r.Text is null) return r.Labels.Length == 1 ? [new ShapePiece(null, 0)] : [];
        return [.. r.Text.Select(p => p.Literal is not null ? new ShapePiece(p.Literal, -1) : new ShapePiece(null, p.Label is null ? -1 : Find(p.Label, inputs)))];
    }

    private static int Find(TaintLabel label, List<TaintedInput> inputs) =>
        inputs.FindIndex(i => i.Root == label.Node.Source.Root && i.AccessPath.SequenceEqual(label.Node.Path(), StringComparer.Ordinal));

    private sealed class InputComparer : IEqualityComparer<TaintedInput>
    {
        public bool Equals(TaintedInput? x, TaintedInput? y) => x!.Root == y!.Root && x.AccessPath.SequenceEqual(y.AccessPath, StringComparer.Ordinal);
        public int GetHashCode(TaintedInput t) => string.GetHashCode(t.Root, StringComparison.Ordinal) ^ t.AccessPath.Count;
    }
}
