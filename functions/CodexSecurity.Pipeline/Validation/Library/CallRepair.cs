using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>What an exception says of the arguments, turned into a better call.</summary>
public static partial class CallRepair
{
    private const string InFolder = "run/benign/benign.txt";
    private static readonly string[] TextMembers = ["split", "replace", "trim", "toLowerCase", "toUpperCase", "match", "indexOf", "substr", "substring", "charAt", "startsWith", "endsWith", "slice"];
    private static readonly string[] Browser = ["window", "document", "navigator", "self", "location"];
    private static readonly string[] ListMembers = ["forEach", "map", "filter", "push", "join", "reduce", "some", "every", "shift", "concat"];

    /// <summary>The repaired plan, or null where nothing new can be learned from the run.</summary>
    /// <param name="input">What is attacked.</param>
    /// <param name="plan">The call.</param>
    /// <param name="run">What became of it.</param>
    /// <param name="done">Repairs that are not made again.</param>
    /// <param name="series">What the tags of the plan's cases begin with, where the run held those of other plans too.</param>
    public static CallPlan? Of(ValidationInput input, CallPlan plan, ProofRun run, IReadOnlyList<string> done, string series = "")
    {
        var report = HarnessReport.Of(run);
        var errors = new List<HarnessError>();
        if (report is not null)
        {
            if (report.LoadError is { } load) errors.Add(load);
            errors.AddRange(report.Cases.Where(c => c.Tag.StartsWith(series, StringComparison.Ordinal)).Select(c => c.Error ?? c.Refusal).OfType<HarnessError>().Concat(report.Stray).DistinctBy(e => e.Message).Take(8));
        }

        foreach (var error in errors)
        {
            if (Repair(input, plan, error) is { } repaired && !done.Contains(repaired.Repairs[^1])) return repaired;
        }

        return MissingPrograms(plan, run, errors) is { } tools && !done.Contains(tools.Repairs[^1]) ? tools : null;
    }

    private static CallPlan? Repair(ValidationInput input, CallPlan plan, HarnessError error)
    {
        var message = error.Message;
        if (NotDefined().Match(message) is { Success: true } global) return InBrowser(plan, global.Groups[1].Value);
        if (error.Code == "EROFS" || message.Contains("EROFS", StringComparison.Ordinal)) return plan.WritableProject ? null : (plan with { WritableProject = true }).Noting("in a writable project");
        // A shell is always there: the folder to start it in is not.
        if (NoFolder().IsMatch(message)) return InAFolder(plan);
        if (MissingFile().Match(message) is { Success: true } file) return CreateFile(plan, file.Groups[1].Value);
        if (NoExport().Match(message) is { Success: true } missing) return OtherAccess(input, plan, missing.Groups[1].Value, Offered().Match(message));
        if (NotFunction().Match(message) is { Success: true } call) return MakeCallable(input, plan, call.Groups[1].Value);
        if (ReadOfNothing().Match(message) is { Success: true } read) return MakeObject(input, plan, read.Groups[1].Success ? read.Groups[1].Value : read.Groups[2].Value);
        if (NeededCall(error) is { } first) return plan.Before.Contains(first) ? null : (plan with { Before = [.. plan.Before, first] }).Noting($"after a call of {first}");
        if (MustBe().Match(message) is { Success: true } must) return MakeType(input, plan, message, must.Groups[1].Value.ToLowerInvariant());
        if (NeedsCallback().IsMatch(message)) return AppendCallback(plan);
        return null;
    }

    /// <summary>The function that an exception asks to be called first, as in "call `enablePatches()` before"; null where it asks for none.</summary>
    internal static string? NeededCall(HarnessError error) => AsksForCall().Match(error.Message) is { Success: true } asked ? asked.Groups[1].Value : null;

    // What lacks one global of a browser lacks the others as well: a run for each would tell nothing.
    private static CallPlan? InBrowser(CallPlan plan, string missing) => plan.Globals.Contains(missing) ? null
        : (plan with { Globals = [.. plan.Globals.Union([.. Browser, missing])] }).Noting(Browser.Contains(missing) ? "with the globals of a browser" : $"with a global {missing}");

    private static CallPlan? CreateFile(CallPlan plan, string path)
    {
        string relative = path.StartsWith("/work/run/", StringComparison.Ordinal) ? path["/work/".Length..] : path.StartsWith('/') ? "" : "run/" + path.TrimStart('.', '/');
        bool plain = relative.Length > 0 && relative.Length < 120 && !relative.Contains("..", StringComparison.Ordinal) && !relative.Contains(Nonces.AttackMark, StringComparison.Ordinal)
            && relative.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_') && relative.Split('/').All(part => part is not ("" or "."));
        if (!plain || plan.Files.Any(f => f.Path == relative)) return null;
        string content = relative.EndsWith(".json", StringComparison.Ordinal) ? "{}" : "benign\n";
        return (plan with { Files = [.. plan.Files, new ProofFile(relative, content)] }).Noting($"with a file {relative}");
    }

    // A folder of the name that the call gives; where the call names a file, the folder that this is in.
    private static CallPlan? InAFolder(CallPlan plan) => plan.Files.Any(f => f.Path == InFolder) ? null : (plan with
    {
        Files = [.. plan.Files, new ProofFile(InFolder, "benign\n")], Args = [.. plan.Args.Select(Folder)], Access = [.. plan.Access.Select(s => s with { Args = [.. s.Args.Select(Folder)] })],
    }).Noting("with a folder to start programs in");

    private static JsValue Folder(JsValue value) => value with
    {
        Text = value is { Kind: "string", Text: ArgumentBuilder.FileName } ? "." : value.Text, Items = value.Items?.Select(Folder).ToList(), Properties = value.Properties?.Select(p => p with { Value = Folder(p.Value) }).ToList(),
    };

    // One object may be exported in place of another that would hold it; else the package's main module may export what this one does not.
    private static CallPlan? OtherAccess(ValidationInput input, CallPlan plan, string missing, Match offered)
    {
        int at = plan.Access.ToList().FindIndex(s => s is { Kind: "property", Name: "default" or "exports" });
        if (at < 0) at = plan.Access.Count > 1 && plan.Access[0] is { Kind: "property" } first && first.Name == missing ? 0 : -1;
        bool isThere = at >= 0 && plan.Access[at].Name == missing && IsOffered(plan.Access.Skip(at + 1).FirstOrDefault(), offered);
        if (!isThere && plan.Module != input.PackageRoot) return (plan with { Module = input.PackageRoot }).Noting("through the package's main module");
        if (at < 0 || (!isThere && offered.Success && plan.Access[at].Name == missing)) return null;
        return (plan with { Access = [.. plan.Access.Where((_, i) => i != at)] }).Noting($"without the step {plan.Access[at].Name}");
    }

    // Whether the next step can be taken from what lacked the one before it.
    private static bool IsOffered(HarnessStep? next, Match offered) => offered.Success && next switch
    {
        null or { Kind: not "property" } => offered.Groups[1].Value == "function",
        _ => offered.Groups[2].Value.Split(", ").Contains(next.Name),
    };

    private static CallPlan? MakeCallable(ValidationInput input, CallPlan plan, string expression)
    {
        string[] parts = expression.Split('.');
        if (parts is ["this", var field, _]) return MakeField(input, plan, field, parts[^1]);
        int index = ParameterIndex(input, parts[0]);
        if (parts.Length == 1)
        {
            if (index >= 0) return plan.WithArg(index, JsValue.Function).Noting($"a function for {parts[0]}");
            return AppendCallback(plan);
        }

        var value = With(parts[^1]);
        // An attacked argument that is asked for what only texts have is one: the properties that detection saw are those of what was made of it.
        if (index >= 0 && parts.Length == 2 && value is { Kind: "string" } && AttackedBelow(input, plan, index) is { } attacked)
            return (plan with { Whole = [.. plan.Whole, attacked] }).Noting($"the text itself for {parts[0]}");
        if (index < 0) return value is null && FirstUndefined(plan) is >= 0 and var hole ? plan.WithArg(hole, JsValue.Any).Noting($"anything for argument {hole + 1}") : null;
        var path = parts[1..^1];
        var made = value ?? new JsValue("object", Properties: [new JsProperty(parts[^1], JsValue.Function)]);
        if (value is null) return plan.WithArg(index, At(plan, index).With(parts[1..], 0, JsValue.Function)).Noting($"a function for {expression}");
        return plan.WithArg(index, At(plan, index).With(path, 0, made)).Noting($"{made.Kind} for {string.Join('.', parts[..^1])}");
    }

    private static string? AttackedBelow(ValidationInput input, CallPlan plan, int index) =>
        input.Candidate.Inputs.FirstOrDefault(i => Placer.Index(i.Root, "arg") == index && i.AccessPath.Count > 0 && !plan.Whole.Contains(i.Root))?.Root;

    // What has a method of that name, where only one type has it.
    private static JsValue? With(string method) => method switch
    {
        "on" or "once" or "emit" => new JsValue("emitter"),
        "pipe" => new JsValue("readable", "benign"),
        _ when ListMembers.Contains(method) => JsValue.Array(JsValue.String("benign")),
        _ when TextMembers.Contains(method) => JsValue.String("benign"),
        _ => null,
    };

    // A constructor keeps most parameters in fields of their names.
    private static CallPlan? MakeField(ValidationInput input, CallPlan plan, string field, string method)
    {
        int step = plan.Access.ToList().FindLastIndex(s => s.Kind == "new");
        int index = input.Candidate.EntryPoint!.ConstructorParameters.ToList().FindIndex(p => p.Name == field.TrimStart('_'));
        if (step < 0 || index < 0 || With(method) is not { } value) return null;
        var args = plan.Access[step].Args.ToList();
        while (args.Count <= index) args.Add(JsValue.Undefined);
        args[index] = value;
        return (plan with { Access = [.. plan.Access.Select((s, i) => i == step ? s with { Args = args } : s)] }).Noting($"{value.Kind} for {field} of the constructor");
    }

    private static CallPlan? MakeObject(ValidationInput input, CallPlan plan, string property)
    {
        var entry = input.Candidate.EntryPoint!;
        for (int i = 0; i < entry.Parameters.Count; i++)
        {
            if (!entry.Parameters[i].Properties.Any(p => p.Name == property)) continue;
            if (At(plan, i).Kind is "undefined" or "null") return plan.WithArg(i, ArgumentBuilder.Of(entry.Parameters[i], true)).Noting($"an object for argument {i + 1}");
        }

        // Somewhere below: the first parameter whose shape holds the property deeper.
        for (int i = 0; i < entry.Parameters.Count; i++)
        {
            if (PathTo(entry.Parameters[i], property, 0) is { Count: > 1 } path)
            {
                var parent = path[..^1];
                return plan.WithArg(i, At(plan, i).With(parent, 0, JsValue.Object(property, JsValue.String("benign")))).Noting($"an object at {entry.Parameters[i].Name}.{string.Join('.', parent)}");
            }
        }

        int hole = FirstUndefined(plan);
        if (hole < 0) hole = plan.Args.Count;
        return hole < Math.Max(1, input.Candidate.EntryPoint!.Parameters.Count) ? plan.WithArg(hole, JsValue.Any).Noting($"anything for argument {hole + 1}") : null;
    }

    private static List<string>? PathTo(ValueShape shape, string property, int depth)
    {
        foreach (var child in shape.Properties)
        {
            if (child.Name == property) return [property];
            if (depth < 3 && PathTo(child, property, depth + 1) is { } below) return [child.Name, .. below];
        }

        return null;
    }

    private static CallPlan? MakeType(ValidationInput input, CallPlan plan, string message, string type)
    {
        var value = type switch
        {
            "string" => JsValue.String("benign"), "number" or "integer" => JsValue.Number("1"), "boolean" => JsValue.True, "array" => JsValue.Array(JsValue.String("benign")),
            "function" or "callback" => JsValue.Function, "object" => JsValue.Object(), "buffer" => new JsValue("buffer", "benign"), "date" => JsValue.String("2020-01-01"), "url" or "uri" => JsValue.String("http://127.0.0.1:3000/"), "email" => JsValue.String("benign@example.org"), _ => null,
        };
        if (value is null) return null;
        var attacked = input.Candidate.Inputs.Select(i => Placer.Index(i.Root, "arg")).OfType<int>().ToHashSet();
        var entry = input.Candidate.EntryPoint!;
        int named = entry.Parameters.ToList().FindIndex(p => p.Name.Length > 1 && Regex.IsMatch(message, $@"(?<!\w){Regex.Escape(p.Name)}(?!\w)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant));
        int index = named >= 0 ? named : Enumerable.Range(0, Math.Max(plan.Args.Count, 1)).FirstOrDefault(i => !attacked.Contains(i) && !Has(i), -1);
        if (index < 0 || Has(index)) return null;
        return plan.WithArg(index, value).Noting($"{type} for argument {index + 1}");

        // A text of a form of its own takes the place of any other text.
        bool Has(int i) => At(plan, i) is var now && now.Kind == value.Kind && (type == "string" || value.Kind != "string" || now.Text == value.Text);
    }

    private static CallPlan? AppendCallback(CallPlan plan)
    {
        int hole = FirstUndefined(plan);
        if (hole >= 0) return plan.WithArg(hole, JsValue.Function).Noting($"a function for argument {hole + 1}");
        return plan.Args.Count < 6 && (plan.Args.Count == 0 || plan.Args[^1].Kind != "function") ? plan.WithArg(plan.Args.Count, JsValue.Function).Noting($"a function for argument {plan.Args.Count + 1}") : null;
    }

    // A program that is not installed ends many calls early; one that does nothing lets them go on.
    // Told by a start that failed, or by a shell: on standard error, or where the code took that, in what it was refused with.
    private static CallPlan? MissingPrograms(CallPlan plan, ProofRun run, IEnumerable<HarnessError> errors)
    {
        var started = run.Commands.Where(c => c.Succeeded).Select(c => FileName(c.Program)).ToHashSet(StringComparer.Ordinal);
        var missing = run.Commands.Where(c => !c.Succeeded).Select(c => FileName(c.Program))
            .Where(n => !started.Contains(n) && !n.StartsWith("csx", StringComparison.Ordinal) && n.Length is > 0 and < 40 && n.All(ch => char.IsAsciiLetterOrDigit(ch) || ch is '.' or '-' or '_'))
            .Concat(errors.Select(e => e.Message).Prepend(run.Stderr).SelectMany(t => t.Split('\n')).Select(l => ShellNotFound().Match(l)).Where(m => m.Success).Select(m => m.Groups[1].Value))
            .Where(n => !n.Contains(run.Nonces.Attack, StringComparison.Ordinal)).Except(plan.StandIns).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(12).ToList();
        return missing.Count == 0 ? null : (plan with { StandIns = [.. plan.StandIns, .. missing] }).Noting("with stand-ins for " + string.Join(", ", missing));
    }

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    private static int ParameterIndex(ValidationInput input, string name) => input.Candidate.EntryPoint!.Parameters.ToList().FindIndex(p => p.Name == name);

    private static int FirstUndefined(CallPlan plan) => plan.Args.ToList().FindIndex(a => a.Kind is "undefined" or "null");

    private static JsValue At(CallPlan plan, int index) => index < plan.Args.Count ? plan.Args[index] : JsValue.Undefined;

    [GeneratedRegex(@"^spawn(?:Sync)? (?:/bin/sh )?(?:ENOENT|ENOTDIR)")]
    private static partial Regex NoFolder();

    [GeneratedRegex(@"^(window|document|navigator|self|location|XMLHttpRequest|localStorage) is not defined")]
    private static partial Regex NotDefined();

    [GeneratedRegex(@"ENOENT: no such file or directory, [a-z]+ '([^']+)'")]
    private static partial Regex MissingFile();

    [GeneratedRegex(@"^no export: ([\w$]*)")]
    private static partial Regex NoExport();

    [GeneratedRegex(@"^no export: [\w$]+ \(of (?:an? )?(function|object) with: ([^)]*)\)$")]
    private static partial Regex Offered();

    [GeneratedRegex(@"^(?:[a-z ]*?)([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)(?:\(\.\.\.\))? is not a (?:function|constructor)")]
    private static partial Regex NotFunction();

    [GeneratedRegex(@"Cannot read propert(?:y|ies) (?:of (?:undefined|null) \(reading '([^']+)'\)|'([^']+)' of)")]
    private static partial Regex ReadOfNothing();

    [GeneratedRegex(@"(?:must be|should be|expected|is not|requires?|needs?|to be|of type|provide)(?: an instance of| of type| either| one of)*(?: an?)? ?(?:valid |non-empty )?[""'`]?(string|array|function|object|number|integer|boolean|buffer|callback|date|url|uri|email)", RegexOptions.IgnoreCase)]
    private static partial Regex MustBe();

    [GeneratedRegex(@"\b(?:call|calling|invoke|use|run)\s+[""'`]?(?:[\w$]{1,40}\.)?([A-Za-z_$][\w$]{0,60})\(\)", RegexOptions.IgnoreCase)]
    private static partial Regex AsksForCall();

    [GeneratedRegex(@"callback", RegexOptions.IgnoreCase)]
    private static partial Regex NeedsCallback();

    [GeneratedRegex(@"(?:sh|bash): (?:\d+: |line \d+: )?([\w.-]+): (?:command )?not found")]
    private static partial Regex ShellNotFound();
}
