using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Prototype pollution: keys that lead to a prototype are left out before the first lookup with them. One key: where it gets its value;
/// several keys from one list: where the list is made; else: each key where it gets its value; at last: the parameters that they come from.
/// </summary>
internal static class PrototypePatches
{
    private const string Skip = "Keys that lead to a prototype (__proto__, constructor, prototype) are left out before they are used.";
    private const string Refuse = "A key that leads to a prototype (__proto__, constructor, prototype) is refused with an error before it is used.";

    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var (file, sink) = (context.SinkFile!, context.Sink);
        foreach (var wider in PrototypeGuards.Propose(context)) yield return wider;
        var function = Js.Function(sink);
        if (!function.HasValue) { context.Reason = "the write stands outside of any function"; yield break; }
        var keys = new PrototypeKeys(file);
        var groups = Functions(file, sink, function).Select(f => (Function: f, Keys: keys.In(f))).Where(g => g.Keys.Count > 0).ToList();
        if (groups.Count == 0) { context.Reason = "no lookup with a variable key was found around the write"; yield break; }
        // What is written to may be the element of another object already when the function gets it.
        var callers = Callers(file, function).Except(groups.Select(g => g.Function)).Select(f => (Function: f, Keys: keys.In(f))).Where(g => g.Keys.Count > 0).ToList();
        var all = groups.SelectMany(g => g.Keys).ToList();
        var array = keys.ArrayOf(all[0]);
        var oneArray = array.HasValue && all.All(k => keys.ArrayOf(k) is { HasValue: true } a && a.Text == array.Text);
        var writeKey = sink.Kind is "assignment_expression" or "augmented_assignment_expression" && sink.Field("left").Kind == "subscript_expression" ? sink.Field("left").Field("index") : default;
        var fromList = writeKey.HasValue ? keys.ArrayOf(writeKey) : default;
        // Where another function walks the first keys, only the list holds them all.
        var fetched = IsFetched(file, sink);
        foreach (var refuse in new[] { false, true })
        {
            if (fetched && fromList.HasValue && Checked(file, fromList, function, refuse) is { } whole) yield return whole;
            if (oneArray && all.Count > 1 && Checked(file, array, function, refuse) is { } listed) yield return listed;
            if (Each(file, groups, keys, refuse) is { } each) yield return each;
            if (callers.Count > 0 && Each(file, [.. groups, .. callers], keys, refuse) is { } together) yield return together;
            if (!(oneArray && all.Count > 1) && fromList.HasValue && Checked(file, fromList, function, refuse) is { } first) yield return first;
            if (oneArray && all.Count == 1 && Checked(file, array, function, refuse) is { } only) yield return only;
            if (PrototypeParameters.Propose(file, function, all, refuse) is { } entrance) yield return entrance;
            if (refuse && Each(file, groups, keys, refuse, wraps: true) is { } wrapped) yield return wrapped;
        }
    }

    // Functions that hand an element of an object to a function.
    private static IEnumerable<SyntaxNode> Callers(JsFile file, SyntaxNode function) => file.All()
        .Where(n => n.Kind == "call_expression" && Js.Arguments(n).Any(a => Js.Unwrap(a).Kind == "subscript_expression") && Callables.Find(file, n.Field("function")) == function)
        .Select(Js.Function).Where(f => f.HasValue && f != function).Distinct();

    private static bool IsFetched(JsFile file, SyntaxNode sink)
    {
        var target = sink.Field("left").Field("object");
        return target.Kind == "identifier" && file.Names.Values(target.Text, target).Select(Js.Unwrap).Any(v => v.Kind == "call_expression");
    }

    /// <summary>The function of the write, with the local functions that fetched the object which is written to.</summary>
    private static List<SyntaxNode> Functions(JsFile file, SyntaxNode sink, SyntaxNode function)
    {
        var list = new List<SyntaxNode> { function };
        var target = sink.Field("left").Field("object");
        while (target.Kind == "subscript_expression") target = target.Field("object");
        if (target.Kind == "identifier")
        {
            foreach (var value in file.Names.Values(target.Text, target).Select(Js.Unwrap).Where(v => v.Kind == "call_expression"))
            {
                Add(Callables.Find(file, value.Field("function")));
                // keys.reduce(step, target)
                foreach (var argument in Js.Arguments(value))
                {
                    if (argument.Kind == "identifier") Add(Callables.Find(file, argument));
                    else if (Js.IsFunction(argument)) Add(argument);
                }
            }
        }
        // A callback inside the walking function: the keys of both count.
        for (var outer = Js.Function(function); outer.HasValue && PrototypeKeys.IsIterator(list[^1], out _); outer = Js.Function(outer)) Add(outer);
        return list;

        void Add(SyntaxNode f)
        {
            if (f.HasValue && !list.Contains(f)) list.Add(f);
        }
    }

    /// <summary>Checks a list of keys where it is complete.</summary>
    private static PatchProposal? Checked(JsFile file, SyntaxNode array, SyntaxNode function, bool refuse)
    {
        if (file.Names.Resolve(array) is not { } binding) return null;
        var home = binding.Scope.Kind == "program" ? default : Js.IsFunction(binding.Scope) ? binding.Scope : Js.Function(binding.Node);
        if (!home.HasValue || !Js.Contains(home, function)) return null;
        var edits = new EditSet();
        var unsafeKey = Helper(file, new Helpers(edits));
        // Behind the last assignment that stands before the first element is taken.
        var taken = file.Names.Uses(binding).Where(u => u.Parent.Kind is "member_expression" or "subscript_expression" && u.Parent.Field("property").Text is not ("split" or "length" or "slice" or "map")
            && Js.Up(u, "assignment_expression") is not { HasValue: true }).Select(u => u.Start).DefaultIfEmpty(int.MaxValue).Min();
        var places = file.Names.Assignments(binding.Name, array).Where(a => a.Field("right").Kind != "subscript_expression").Select(a => a).ToList();
        var last = places.LastOrDefault(a => a.Start < taken);
        var source = last.HasValue ? last : binding.Value.HasValue ? binding.Holder : default;
        var isList = source.HasValue && Js.LastName(Js.Unwrap((last.HasValue ? last.Field("right") : binding.Value)).Field("function")) is "split" or "slice" or "match" or "map" or "filter" && !IsConditional(source, home);
        var test = isList ? $"{binding.Name}.some({unsafeKey})" : $"{(file.Tree.Grammar == Grammar.JavaScript ? "[]" : "([] as any[])")}.concat({binding.Name}).some({unsafeKey})";
        var at = source.HasValue ? Outermost(source, home) : home.Field("body");
        // Behind a statement that leaves the function nothing is checked.
        if (!at.HasValue || (source.HasValue && at.Kind is "return_statement" or "throw_statement")) return null;
        var exit = refuse ? $"throw new Error({file.Style.Literal("Unsafe key in path")}){file.Style.End}" : FunctionExit.Return(file, home, at.End);
        if (exit is null) return null;
        if (source.HasValue) edits.InsertAfter(file, at, [$"if ({test}) {exit}"]);
        else edits.InsertAtStart(file, home, [$"if ({test}) {exit}"]);
        return edits.IsSound ? new PatchProposal(refuse ? "refuse-prototype-path" : "ignore-prototype-path", refuse ? Refuse : Skip, edits.Edits) : null;
    }

    // The statement directly in the function's body that holds a node: the check must stand on every path.
    private static SyntaxNode Outermost(SyntaxNode n, SyntaxNode function)
    {
        var body = function.Field("body");
        for (; n.HasValue; n = n.Parent) if (n.Parent == body) return n;
        return default;
    }

    private static bool IsConditional(SyntaxNode n, SyntaxNode function)
    {
        for (n = n.Parent; n.HasValue && n != function; n = n.Parent) if (n.Kind is "if_statement" or "ternary_expression" || (n.Kind == "binary_expression" && Js.Operator(n) is "&&" or "||")) return true;
        return false;
    }

    private static string Helper(JsFile file, Helpers helpers) => helpers.Function(file, "isUnsafeKey", "key", "boolean",
        "key = String(key);", $"return key === {file.Style.Literal("__proto__")} || key === {file.Style.Literal("constructor")} || key === {file.Style.Literal("prototype")};");

    /// <summary>Checks every key where it gets its value; one that a call gives, where wanted, within the expression that uses it.</summary>
    private static PatchProposal? Each(JsFile file, List<(SyntaxNode Function, List<SyntaxNode> Keys)> groups, PrototypeKeys keys, bool refuse, bool wraps = false)
    {
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        var done = new HashSet<(int, string)>();
        foreach (var (function, list) in groups)
        {
            foreach (var key in list)
            {
                if (wraps && !Js.IsPure(key)) Wrap(file, function, key, edits, helpers);
                else if (!Guard(file, function, key, keys, edits, helpers, refuse, done)) return null;
            }
        }
        return edits.IsSound && !edits.IsEmpty ? new PatchProposal(refuse ? "refuse-prototype-keys" : "skip-prototype-keys", refuse ? Refuse : Skip, edits.Edits) : null;
    }

    private static void Wrap(JsFile file, SyntaxNode function, SyntaxNode key, EditSet edits, Helpers helpers)
    {
        string checkedKey = helpers.Function(file, "checkedKey", "key", "any", $"if ({Helper(file, helpers)}(key)) {FunctionExit.Throw(file, "Unsafe key: ", "key")}", "return key;");
        foreach (var use in Js.Own(function).Where(n => n.Kind == "subscript_expression" && n.Field("index").Text == key.Text)) edits.Replace(file, use.Field("index"), $"{checkedKey}({key.Text})");
    }

    private static bool Guard(JsFile file, SyntaxNode function, SyntaxNode key, PrototypeKeys keys, EditSet edits, Helpers helpers, bool refuse, HashSet<(int, string)> done)
    {
        key = Js.Unwrap(key);
        var test = keys.IsString(key)
            ? $"{key.Text} === {file.Style.Literal("__proto__")} || {key.Text} === {file.Style.Literal("constructor")} || {key.Text} === {file.Style.Literal("prototype")}"
            : $"{Helper(file, helpers)}({key.Text})";
        if (key.Kind == "identifier" && file.Names.Resolve(key) is { } binding)
        {
            if (!done.Add((binding.Node.Index, ""))) return true;
            switch (binding.Kind)
            {
                case "loop":
                    var exit = refuse ? Throw() : Walks(binding.Holder, key.Text) ? FunctionExit.Return(file, Js.Function(binding.Node), binding.Node.Start) : "continue" + file.Style.End;
                    if (exit is null) return false;
                    InBody(binding.Holder.Field("body"), $"if ({test}) {exit}");
                    return true;
                case "param":
                    var owner = binding.Scope;
                    var leave = refuse || Walks(owner.Field("body"), key.Text) && PrototypeKeys.IsIterator(owner, out _) ? (refuse ? Throw() : null) : FunctionExit.Return(file, owner, owner.Field("body").Start);
                    if (leave is null) return false;
                    // A parameter that is given a value first (a default) is checked behind that.
                    var given = file.Names.Assignments(binding.Name, key).Where(a => Js.Function(a) == owner).ToList();
                    if (given.Count > 0 && Js.Statement(given[^1]) is { HasValue: true } set && set.Parent == owner.Field("body")) edits.InsertAfter(file, set, [$"if ({test}) {leave}"]);
                    else if (given.Count > 0) return false;
                    else edits.InsertAtStart(file, owner, [$"if ({test}) {leave}"]);
                    return true;
                case "var" or "let" or "const":
                    return AfterValues(binding);
            }
            return false;
        }
        if (!Js.IsPure(key) || !done.Add((function.Index, key.Text))) return Js.IsPure(key);
        var first = Js.Own(function).First(n => n.Kind == "subscript_expression" && n.Field("index").Text == key.Text);
        if (Js.Statement(Hoist(first, function, key.Text)) is not { HasValue: true } statement) return false;
        if ((refuse ? Throw() : Leave(statement)) is not { } way) return false;
        edits.InsertBefore(file, statement, [$"if ({test}) {way}"]);
        return true;

        string Throw() => FunctionExit.Throw(file, "Unsafe key: ", key.Text);

        bool AfterValues(Binding variable)
        {
            var any = false;
            var places = file.Names.Assignments(variable.Name, key).Where(a => a.Field("right").Kind != "string" && !keys.IsNumeric(a.Field("right"), 0)).ToList();
            if (variable.Value.HasValue && variable.Value.Kind is not ("string" or "null" or "undefined")) places.Insert(0, variable.Holder);
            // for (name in object) with a name that was declared before.
            foreach (var walk in file.Names.Uses(variable).Where(u => u.Parent.Kind == "for_in_statement" && u.FieldName == "left").Select(u => u.Parent))
            {
                var next = refuse ? Throw() : Walks(walk, key.Text) ? FunctionExit.Return(file, Js.Function(walk), walk.Start) : "continue" + file.Style.End;
                if (next is null) return false;
                InBody(walk.Field("body"), $"if ({test}) {next}");
                any = true;
            }
            foreach (var place in places)
            {
                if (Header(place) is { HasValue: true } loop)
                {
                    // while ((key = keys.shift())): the loop goes on by itself.
                    var next = refuse ? Throw() : Walks(loop, key.Text) ? FunctionExit.Return(file, Js.Function(loop), loop.Start) : loop.Kind == "while_statement" ? "continue" + file.Style.End : null;
                    if (next is null) return false;
                    InBody(loop.Field("body"), $"if ({test}) {next}");
                }
                else if (Js.Statement(place) is { HasValue: true } statement && !InCondition(place, statement))
                {
                    if ((refuse ? Throw() : Leave(statement)) is not { } way) return false;
                    edits.InsertAfter(file, statement, [$"if ({test}) {way}"]);
                }
                else return false;
                any = true;
            }
            return any;
        }

        // Leaving: the next round of a merge loop, but the whole function where a path is walked (or where "continue" would skip the step of a while loop).
        string? Leave(SyntaxNode statement)
        {
            var loop = FunctionExit.Loop(statement);
            if (loop.HasValue && loop.Kind is "for_statement" or "for_in_statement" && !Walks(loop, key.Text) && !IsCarried(loop)) return "continue" + file.Style.End;
            return FunctionExit.Return(file, Js.Function(statement), statement.Start);
        }

        bool IsCarried(SyntaxNode loop) => key.Kind == "identifier" && file.Names.Resolve(key) is { } b && !Js.Contains(loop, b.Node) && b.Value.HasValue;

        void InBody(SyntaxNode body, string line)
        {
            if (body.Kind != "statement_block") { edits.InsertBefore(file, body, [line]); return; }
            foreach (var child in body.NamedChildren)
            {
                if (child.IsExtra) continue;
                edits.InsertBefore(file, child, [line]);
                return;
            }
        }
    }

    // An assignment in the head of a loop: for (…; key = keys[i]; …), while (key = …).
    private static SyntaxNode Header(SyntaxNode place)
    {
        for (var n = place; n.HasValue && !Js.IsFunction(n); n = n.Parent)
        {
            if (n.Parent.Kind is "while_statement" or "for_statement" && n.FieldName is "condition") return n.Parent;
            if (n.Kind is "statement_block") return default;
        }
        return default;
    }

    private static bool InCondition(SyntaxNode place, SyntaxNode statement)
    {
        for (var n = place; n.HasValue && n != statement; n = n.Parent) if (n.FieldName is "condition" or "initializer" or "increment") return true;
        return false;
    }

    // The statement from which on every lookup with this key is covered: the one in the smallest block that holds them all.
    private static SyntaxNode Hoist(SyntaxNode first, SyntaxNode function, string key)
    {
        var uses = Js.Own(function).Where(n => n.Kind == "subscript_expression" && n.Field("index").Text == key).ToList();
        for (var n = first; n.HasValue && n != function; n = n.Parent)
        {
            // The one statement of a loop: outside of it the key is another one, or none.
            if (n.Parent.Kind is "for_statement" or "for_in_statement" or "while_statement" or "do_statement" && Js.IsLoneBody(n)) return n;
            if (n.Parent.Kind is "statement_block" or "program" or "switch_case" && (uses.All(u => Js.Contains(n.Parent, u)) || n.Parent.Parent.Kind is "for_statement" or "for_in_statement" or "while_statement" or "do_statement")) return n;
        }
        return first;
    }

    /// <summary>Whether an object variable steps down by this key: x = x[key].</summary>
    private static bool Walks(SyntaxNode body, string key) => Js.Own(body).Any(n => n.Kind == "assignment_expression" && n.Field("left").Kind == "identifier"
        && Js.Within(n.Field("right")).Any(s => s.Kind == "subscript_expression" && s.Field("object").Text == n.Field("left").Text && s.Field("index").Text == key));
}
