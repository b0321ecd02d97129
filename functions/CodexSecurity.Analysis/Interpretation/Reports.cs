using System.Globalization;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Analysis.Templates;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>A dangerous meeting of an attacker's value and a sink, as it was seen.</summary>
internal sealed record Report(
    Rule Rule, Place Sink, Callable Function, string Callable, int Argument, EntryDraft? Entry, Tainted[] Labels, TextPiece[]? Text,
    IReadOnlyList<(Comparison Comparison, bool Holds)> Conditions, IReadOnlyDictionary<string, string> Properties, Confidence Confidence)
{
    /// <summary>What chose the sink came in elsewhere: this is about what came with it.</summary>
    public bool IsBeside { get; init; }

    /// <summary>What arrives was handed over by the call of another entry point, and kept: that call alone does not get here.</summary>
    public bool IsLeftBehind { get; init; }

    /// <summary>Of a write to a prototype: where that was looked up.</summary>
    public Place? Lookup { get; init; }

    /// <summary>The caller only names the file that holds what arrives.</summary>
    public bool IsOfFile { get; init; }
}

/// <summary>Collects reports: for each rule and place the one with the best way in, and a few with other ways.</summary>
internal sealed class Reports(Interpreter interpreter, RuleCatalog rules)
{
    private const int MaxWays = 3;
    private readonly Dictionary<(string Rule, string Path, int Start), List<Report>> _reports = [];
    private readonly Dictionary<(string, string), RegexVerdict> _verdicts = [];

    /// <summary>Source kinds that count; empty: all.</summary>
    public IReadOnlySet<string> SourceKinds { get; set; } = new HashSet<string>();
    public IReadOnlySet<string> RuleIds { get; set; } = new HashSet<string>();

    /// <summary>For each rule and place its reports, the best first, each by another entry point.</summary>
    public IReadOnlyList<IReadOnlyList<Report>> All => [.. _reports.OrderBy(r => r.Key.Path, StringComparer.Ordinal).ThenBy(r => r.Key.Start).ThenBy(r => r.Key.Rule, StringComparer.Ordinal).Select(r => r.Value)];

    /// <summary>A call of a modelled function.</summary>
    public void Call(Interpreter i, CallSite call, CallableModel model, string path)
    {
        if (model.Fact is { } fact && i.World is { } world) world.AddFact(fact.Kind, fact.Detail, Locations.Of(call.Place));
        foreach (var sink in model.Sinks)
        {
            if (sink.When is { } condition && !Ports.MayHold(i, call, condition)) continue;
            var value = Ports.Read(i, call, sink.Input);
            var deep = sink.Kind is TaintKinds.NosqlQuery or TaintKinds.Deserialize or TaintKinds.LogText;
            Sink(call.Frame, call.Place, value, sink.Kind, path, sink.Input.Root == PortRoot.Argument ? sink.Input.Index : -1, sink.Language, sink.Rule, deep ? 2 : 0);
        }
    }

    /// <summary>A template writes a value into a page so that it may become markup or a script.</summary>
    public void Page(Frame frame, Place place, AbstractValue value, string path, OutputPlace at)
    {
        var kind = at == OutputPlace.Address ? TaintKinds.UrlRedirect : TaintKinds.HtmlText;
        Sink(frame, place, value, kind, path, -1, "template", "xss.html", 0, new() { [CandidateProperties.TemplatePlace] = at.ToString().ToLowerInvariant() });
    }

    /// <summary>A template engine finds its options among the values that it is handed: names of all of them are the attacker's.</summary>
    public void TemplateOptions(CallSite call, AbstractValue data, string path)
    {
        var labels = data.Labels;
        foreach (var o in data.Objects)
        {
            if (o.Kind != ObjectKind.Plain) continue;
            labels = AbstractValue.JoinLabels(labels, o.Elements.Labels);
            if (o.TryGetOwn("<copied>", out var copied)) labels = AbstractValue.JoinLabels(labels, copied.Labels);
        }
        labels = Array.FindAll(labels, SinkDetails.MayHoldObjects);
        if (labels.Length > 0) Sink(call.Frame, call.Place, data.WithLabels(labels), TaintKinds.TemplateText, path, 1, "template", "injection.template-data", 0);
    }

    /// <summary>A write to a property that a model calls a sink.</summary>
    public void ExternalWrite(Interpreter i, Frame? frame, HeapObject target, string name, AbstractValue value, Place place)
    {
        if (frame is null) return;
        var writes = target.Api.Writes;
        if (!writes.TryGetValue(name, out var write))
        {
            var path = i.Models.Normalize(target.Name + "." + name);
            writes[name] = write = (path, i.Models.FindWrite(path), i.Models.IsAnswerType(path));
        }
        if (write.IsAnswerType) frame.Facts = AnswerTypes.Said(frame.Facts, value);
        if (write.Sink is { } sink) Sink(frame, place, value, sink.Kind, write.Path, -1, sink.Language, sink.Rule, 0);
    }

    /// <summary>A write to a property of a value that may be anything: of an element of the page, if only those have a property of that name.</summary>
    public void UnknownWrite(Interpreter i, Frame? frame, string name, AbstractValue value, Place place)
    {
        if (frame is null || value.Labels.Length == 0 || name is not ("innerHTML" or "outerHTML")) return;
        var path = "Element." + name;
        if (i.Models.FindWrite(path) is { } sink) Sink(frame, place, value, sink.Kind, path, -1, sink.Language, sink.Rule, 0);
    }

    /// <summary>A call of a function that nothing is known of with a query by code: only document databases take those.</summary>
    public void UnknownQuery(CallSite call, string path)
    {
        for (var i = 0; i < call.Arguments.Length; i++)
        {
            foreach (var o in call.Arguments[i].Objects)
            {
                if (o.Kind == ObjectKind.Plain && o.TryGetOwn(SinkDetails.Where, out var code) && code.HasLabels) Sink(call.Frame, call.Place, code, TaintKinds.CodeText, path, i, "mongodb", "injection.nosql", 0);
            }
        }
    }

    /// <summary>A statement of SQL by its own text, handed to a database that is not known.</summary>
    public void Statement(Frame frame, Place place, string method, AbstractValue text) => Sink(frame, place, text, TaintKinds.SqlText, method, 0, "sql", "", 0);

    /// <summary>JSX with raw HTML.</summary>
    public void Jsx(Frame frame, Place place, AbstractValue props)
    {
        foreach (var o in props.Objects)
        {
            if (o.TryGetOwn("dangerouslySetInnerHTML", out var raw)) Sink(frame, place, interpreter.GetProperty(raw, "__html", place, frame), TaintKinds.HtmlText, "dangerouslySetInnerHTML", -1, "dom", "", 0);
        }
    }

    private void Sink(Frame frame, Place place, AbstractValue value, TaintKinds kind, string path, int argument, string language, string ruleId, int depth, Dictionary<string, string>? properties = null)
    {
        if (kind is TaintKinds.UrlRequest or TaintKinds.UrlRedirect) value = SinkDetails.Address(value);
        if (kind == TaintKinds.UrlRequest && !SinkDetails.ChoosesHost(value)) return;
        if (kind == TaintKinds.UrlRedirect && !SinkDetails.ChoosesSite(value)) return;
        if (kind == TaintKinds.HtmlText && language == "html" && frame.Facts.AnswerIsNoPage) return;
        var labels = kind == TaintKinds.Argv ? ArgumentVectors.Options(value) : kind == TaintKinds.NosqlQuery ? SinkDetails.QueryLabels(value) : depth == 0 ? value.Labels : Interpreter.DeepLabels(value, depth);
        var alive = Alive(frame, labels, kind);
        // Which program is started is for the caller of a library to say; text that is put together is not a program's name any more.
        if (kind == TaintKinds.CommandName && !(value.Text?.Any(p => p.Literal is { Length: > 0 }) ?? false)) alive = NotOfCallers(alive);
        // What a library answers is its caller's text as it is; where it is put into markup, or into the page, the library takes it for HTML.
        if (kind == TaintKinds.HtmlText && language is not ("dom" or "selector") && !(value.Text?.Any(p => p.Literal?.Contains('<') ?? false) ?? false)) alive = NotOfCallers(alive);
        // A record becomes JSON, not markup: its fields may be texts, itself it is none.
        if (kind == TaintKinds.HtmlText && !value.SurelyString && value.Text is null) alive = Array.FindAll(alive, l => !SinkDetails.IsRecord(l.Label.Node));
        if (language == "selector") alive = Array.FindAll(alive, l => SinkDetails.MayBeMarkup(l));
        if (kind == TaintKinds.HeaderText) alive = Array.FindAll(alive, l => !SinkDetails.IsHeader(l.Label));
        if (alive.Length == 0) return;
        properties ??= [];
        if (language.Length > 0) properties[CandidateProperties.SinkLanguage] = language;
        if (kind == TaintKinds.PathWrite && ArchiveEntries.NamesOf(alive) is { Length: > 0 } names)
        {
            foreach (var rule in rules.ForSink(TaintKinds.ArchiveEntry)) Add(frame, rule, place, path, argument, names, value.Text, properties);
        }
        foreach (var rule in ruleId.Length == 0 ? rules.ForSink(kind) : rules.Find(ruleId) is { } named ? [named] : []) Add(frame, rule, place, path, argument, alive, value.Text, properties);
    }

    private static Tainted[] NotOfCallers(Tainted[] labels) => Array.FindAll(labels, l => l.Label.Node.Source.Kind != TaintSource.OfCallers);

    private static Tainted[] Alive(Frame frame, Tainted[] labels, TaintKinds kind) =>
        [.. labels.Where(l => ((l.Label.Removed | frame.Facts.KindsOf(l.Label)) & kind) != kind && !Ancestors(frame, l.Label, kind))];

    // A value whose container was found equal to something harmless, or is bounded in length, is harmless as well.
    private static bool Ancestors(Frame frame, TaintLabel label, TaintKinds kind)
    {
        if (frame.Facts.IsEmpty) return false;
        for (var n = label.Node.Parent; n is not null; n = n.Parent) if ((frame.Facts.KindsOf(TextParts.FactKey(n, TextMarks.None, TextPart.None)) & TaintKinds.All) == TaintKinds.All && kind != TaintKinds.None) return true;
        return false;
    }

    /// <summary>A text meets a regular expression.</summary>
    public void SlowMatch(CallSite call, HeapObject regex, AbstractValue subject, string method)
    {
        if (Alive(call.Frame, subject.Labels, TaintKinds.RegexSubject | TaintKinds.RegexSubjectCubed | TaintKinds.RegexSubjectDoubled).Length == 0) return;
        // A split goes on behind each match without the flag.
        var flags = method == "split" && !regex.Flags.Contains('g') ? regex.Flags + "g" : regex.Flags;
        var key = (regex.Name, flags);
        if (!_verdicts.TryGetValue(key, out var verdict)) _verdicts[key] = verdict = RegexAnalyzer.Analyze(regex.Name, flags);
        if (verdict.Complexity is not (RegexComplexity.Exponential or RegexComplexity.Polynomial)) return;
        var kind = verdict.Complexity == RegexComplexity.Exponential ? TaintKinds.RegexSubjectDoubled : verdict.Degree > 2 ? TaintKinds.RegexSubjectCubed : TaintKinds.RegexSubject;
        var alive = Alive(call.Frame, subject.Labels, kind);
        if (alive.Length == 0 || rules.ForSink(kind) is not [var rule]) return;
        var at = Locations.Of(regex.Place);
        alive = Interpreter.Traced(alive, regex.Place, "is matched against this regular expression");
        Add(call.Frame, rule, call.Place, "RegExp." + method, -1, alive, subject.Text, new Dictionary<string, string>
        {
            [CandidateProperties.RegexPattern] = regex.Name,
            [CandidateProperties.RegexFlags] = flags,
            [CandidateProperties.RegexMethod] = method,
            [CandidateProperties.RegexDegree] = verdict.Degree.ToString(CultureInfo.InvariantCulture),
            [CandidateProperties.RegexLocation] = $"{at.Path}:{at.StartLine}:{at.StartColumn}",
        });
    }

    /// <summary>A write through attacker-chosen lookups.</summary>
    public void Pollution(Frame? frame, ProtoReach reach, AbstractValue key, AbstractValue value, Place place)
    {
        if (frame is null || rules.ForSink(TaintKinds.ProtoKey) is not [var rule]) return;
        if (reach.Under(frame.Facts) is not { } left) return;
        var removed = reach.RemovedFromKeys(frame.Facts);
        var proto = left.Proto && (removed & TaintKinds.ProtoKey) == 0;
        var constructor = left.Steps >= 2 && (removed & TaintKinds.CtorKey) == 0;
        if (!proto && !constructor) return;
        var lead = Lead(new Tainted(reach.Key, reach.Trace), key);
        // The lookup's own history first: it says where the prototype is reached.
        Tainted[] labels = [lead, .. AbstractValue.JoinLabels(key.Labels, value.Labels).Where(l => l.Label.Node != lead.Label.Node)];
        var path = lead.Label.Node.Path();
        var steps = lead.Trace.Steps();
        var source = path.Count > 0 && path[^1] == "{key}" ? "for-in" : steps.Any(s => s.Transformation.StartsWith("split", StringComparison.Ordinal)) ? "split" : steps.Any(s => s.Transformation == "match") ? "match" : path.Count > 0 && path[^1] == "[*]" ? "array" : "argument";
        var keys = new List<string>();
        if (proto) keys.Add("__proto__");
        if (constructor) keys.Add("constructor.prototype");
        Add(frame, rule, place, "", -1, labels, null, new Dictionary<string, string>
        {
            [CandidateProperties.PollutionKeys] = string.Join(',', keys),
            [CandidateProperties.PollutionKeySource] = source,
            [CandidateProperties.PollutionWriteKey] = key.HasLabels ? "tainted" : "unknown",
            [CandidateProperties.PollutionValue] = value.HasLabels ? "tainted" : "other",
        }, new Keys(reach.Trace.Place, (key.HasLabels && !Array.Exists(key.Labels, l => EntryOf(l) == EntryOf(lead))) || lead.Label != reach.Key));
    }

    /// <summary>The keys of a lookup and of the write behind it.</summary>
    /// <param name="Lookup">Where the lookup is.</param>
    /// <param name="AreDivided">They come from two entry points: no single call chooses both.</param>
    private sealed record Keys(Place Lookup, bool AreDivided);

    // Where a helper that several entry points share made the keys, what it gave back holds those of all of them: the lookup may have been by any of them as well.
    private Tainted Lead(Tainted reaching, AbstractValue key)
    {
        if (interpreter.CurrentEntry is not { } current || EntryOf(reaching) is not { } other || other == current || !Array.Exists(key.Labels, l => EntryOf(l) == other)) return reaching;
        var own = Array.FindIndex(key.Labels, l => EntryOf(l) == current);
        return own < 0 ? reaching : key.Labels[own];
    }

    private void Add(Frame frame, Rule rule, Place place, string callable, int argument, Tainted[] labels, TextPiece[]? text, IReadOnlyDictionary<string, string> properties, Keys? keys = null)
    {
        if (RuleIds.Count > 0 && !RuleIds.Contains(rule.Id)) return;
        labels = [.. labels.Where(l => rule.From.Count == 0 || rule.From.Contains(l.Label.Node.Source.Kind)).Where(l => SourceKinds.Count == 0 || SourceKinds.Contains(l.Label.Node.Source.Kind))];
        if (labels.Length == 0) return;
        // What several entry points pass to one function comes together there: each is a way of its own.
        var conditions = ConditionsOf(frame);
        foreach (var way in labels.GroupBy(EntryOf))
        {
            Tainted[] own = [.. way];
            var steps = own[0].Trace.Steps();
            var handedOn = steps.Any(s => s.Message.StartsWith("handed on by", StringComparison.Ordinal));
            // Of a rule that is often wrong, and of what a page or a database held, only what is plain to see.
            if (handedOn && (rule.Precision == "low" || own[0].Label.Node.Source.Kind == "stored")) continue;
            var confidence = IsWeak(own[0].Label.Node.Source) || keys is { AreDivided: true } || way.Key is { IsInternal: true } ? Confidence.Low : handedOn ? Confidence.Medium : Confidence.High;
            Keep((rule.Id, place.File.Path, place.Start), new Report(rule, place, frame.Activation.Code, callable, argument, way.Key, own, text, conditions, properties, confidence)
            {
                IsBeside = keys is not null && !ReferenceEquals(own[0].Label, labels[0].Label),
                Lookup = keys?.Lookup,
                IsOfFile = steps.Any(s => s.Transformation == "fs.readFile"),
                IsLeftBehind = way.Key is not null && interpreter.CurrentEntry is { } current && way.Key != current,
            });
        }
    }

    // What an archive holds comes in wherever it is read.
    private EntryDraft? EntryOf(Tainted l) => l.Label.Node.Source.Root == ArchiveEntries.Root ? interpreter.CurrentEntry ?? l.Label.Node.Source.Entry :
        l.Label.Node.Source is { Entry: { } own } source && !source.Root.StartsWith("access", StringComparison.Ordinal) ? RequestState.EntryOf(l, own, interpreter.CurrentEntry) : interpreter.CurrentEntry ?? l.Label.Node.Source.Entry;

    // Best first; of one entry point the best only.
    private void Keep((string, string, int) key, Report report)
    {
        if (!_reports.TryGetValue(key, out var known)) { _reports[key] = [report]; return; }
        var same = known.FindIndex(r => r.Entry == report.Entry);
        if (same >= 0)
        {
            if (!Better(report, known[same])) return;
            known.RemoveAt(same);
        }
        var at = known.FindIndex(r => Better(report, r));
        known.Insert(at < 0 ? known.Count : at, report);
        if (known.Count > MaxWays) known.RemoveAt(MaxWays);
    }

    /// <summary>Of this kind of source an attacker rarely has a say.</summary>
    public static bool IsWeak(TaintSource source) => source.Kind is "stored" or "file-content" or "environment" && source.Root != ArchiveEntries.Root;

    private static bool Better(Report a, Report b) => Order(a).CompareTo(Order(b)) < 0;

    // What a helper gives back may have come from any of its callers: of ways that are as good, the one whose function stands in the sink's file is the plain one.
    private static (int, int, int, int, int, int, (int, int, int, int)) Order(Report r) => (r.IsBeside ? 1 : 0, r.Entry is null ? 1 : 0, r.Entry?.Distance ?? 0, r.Entry is { IsSometimes: true } ? 1 : 0, Kind(r), r.Confidence == Confidence.High ? 0 : 1,
        (r.IsLeftBehind || r.IsOfFile ? 1 : 0, r.Entry?.Access.Count ?? 0, r.Labels[0].Trace.Length, r.Entry?.Place.File?.Path == r.Sink.File.Path ? 0 : 1));

    private static int Kind(Report r) => r.Entry?.Kind switch { EntryPointKind.HttpRoute => 0, EntryPointKind.HttpServer => 1, EntryPointKind.LibraryExport => 2, EntryPointKind.CommandLine => 3, _ => 4 };

    private static List<(Comparison, bool)> ConditionsOf(Frame frame)
    {
        var all = new List<(Comparison, bool)>();
        for (var f = frame; f is not null && all.Count < 24; f = f.Caller)
        {
            var own = new List<(Comparison, bool)>();
            for (var c = f.Conditions; c is not null; c = c.Previous) own.Add((c.Comparison, c.Holds));
            own.Reverse();
            all.InsertRange(0, own);
        }
        return all;
    }

}

/// <summary>Places as locations.</summary>
internal static class Locations
{
    public static CodeLocation Of(Place place)
    {
        if (place.File is null) return new CodeLocation("", 1, 1, 1, 1, 0, 0);
        var start = place.File.Lines.Position(place.Start);
        var end = place.File.Lines.Position(place.End);
        return new CodeLocation(place.File.Path, start.Line, start.Column, end.Line, end.Column, place.Start, place.End);
    }
}
