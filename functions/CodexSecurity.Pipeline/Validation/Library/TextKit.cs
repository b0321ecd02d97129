using System.Globalization;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A payload that is one text.</summary>
/// <param name="Strategy">Name of the strategy.</param>
/// <param name="Template">"{B}" the benign text that stood there, "{T}" the tag.</param>
public sealed record TextPayload(string Strategy, string Template)
{
    /// <summary>The text for a place.</summary>
    public string Build(string benign, string tag) => Template.Replace("{B}", benign, StringComparison.Ordinal).Replace("{T}", tag, StringComparison.Ordinal);
}

/// <summary>A kit whose payloads are texts: usable as arguments of a function and on a command line alike.</summary>
public abstract partial class TextKit : IPayloadKit
{
    /// <inheritdoc />
    public abstract AttackClass Class { get; }

    /// <inheritdoc />
    public abstract OracleSpec Oracle { get; }

    /// <summary>The payloads, the likeliest first.</summary>
    public abstract IReadOnlyList<TextPayload> Payloads(bool wide);

    /// <summary>The payloads for a candidate: what the code puts around the attacker's part of a text may ask for others.</summary>
    public virtual IReadOnlyList<TextPayload> PayloadsFor(ValidationInput input, bool wide) => Payloads(wide);

    /// <summary>The harmless text for a place where nothing better is known.</summary>
    public virtual string Benign => "benign";

    /// <inheritdoc />
    public virtual bool Handles(ValidationInput input) => input.Class == Class;

    /// <inheritdoc />
    public abstract ProofJob Equip(ProofJob job, IReadOnlyList<string> tags);

    /// <inheritdoc />
    public virtual HarnessInput Tune(HarnessInput input) => input with { Wait = input.Cases.Count > 1 ? 40 : 800, Drain = 2500 };

    /// <inheritdoc />
    public virtual IReadOnlyList<string> Fired(ProofRun run, OracleReading reading) => reading.Tags;

    /// <inheritdoc />
    public virtual IReadOnlyList<PayloadCase> Cases(ValidationInput input, CallPlan plan, bool wide, string series)
    {
        var cases = new List<PayloadCase>();
        foreach (var source in input.Candidate.Inputs.Take(wide ? 4 : 2))
        {
            var ends = TextEnds.Of(input.Candidate, source.Root, source.AccessPath);
            string benign = ends.Around(Placer.TextAt(plan, source) ?? Benign);
            foreach (var payload in PayloadsFor(input, wide)) Add(source, payload.Strategy, benign, tag => ends.Around(payload.Build(benign, tag)));
            if (wide && !ends.IsFree) foreach (var payload in Payloads(false)) Add(source, payload.Strategy + " by itself", benign, tag => payload.Build(benign, tag));
            foreach (var place in Embedding.Of(benign).Take(wide ? 4 : 2))
            {
                foreach (var payload in Payloads(false).Take(wide ? 12 : 5))
                    Add(source, payload.Strategy + " inside the example", benign, tag => place.Before + payload.Build(place.Inside, tag) + place.After);
            }
        }

        // What was copied from an object into another one is known as the whole object, or as any of its properties: the sink says by which name it reads it.
        if (wide)
        {
            foreach (var whole in input.Candidate.Inputs.Where(i => i.AccessPath.All(p => p is "[*]" or "{key}")).Take(1))
            {
                foreach (string name in ReadNames(input.Candidate.SinkExpression))
                    foreach (var payload in Payloads(true)) Add(whole with { AccessPath = [name] }, $"{payload.Strategy} as {name}", Benign, tag => payload.Build(Benign, tag));
            }
        }

        return cases;

        void Add(TaintedInput source, string strategy, string benign, Func<string, string> attack)
        {
            string tag = series + (cases.Count + 1).ToString(CultureInfo.InvariantCulture);
            if (Placer.Place(plan, source, JsValue.String(attack(tag))) is { } call && Placer.Place(plan, source, JsValue.String(benign)) is { } control)
                cases.Add(new PayloadCase(tag, strategy, call, control));
        }
    }

    private const int MostNames = 2;

    // Properties that are read, not called: "options.variable" of new Function(options.variable || 'o', body.join('')).
    private static IEnumerable<string> ReadNames(string expression) => ReadName().Matches(expression).Select(m => m.Groups[1].Value).Where(n => n is not ("length" or "prototype")).Distinct(StringComparer.Ordinal).Take(MostNames);

    [GeneratedRegex(@"(?<=[\w$\])])\.([A-Za-z_$][\w$]*)(?![\w$]|\s*\(|\s*\.)")]
    private static partial Regex ReadName();
}
