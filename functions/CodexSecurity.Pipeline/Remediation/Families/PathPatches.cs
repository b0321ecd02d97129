using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Path traversal: a containment check right behind the place where folder and name become one path; else the name is made relative to the
/// folder before it is joined; else a check before the file is touched.
/// </summary>
internal static class PathPatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression", "new_expression");
        if (!call.HasValue) call = Js.Within(context.Sink).FirstOrDefault(n => n.Kind is "call_expression");
        var arguments = call.HasValue ? Js.Arguments(call) : [];
        if (arguments.Count == 0) { context.Reason = "the call that opens the file was not found"; yield break; }
        var path = arguments[Math.Clamp(context.Candidate.SinkArgument, 0, arguments.Count - 1)];
        var origins = new PathOrigins(file).Of(path).ToList();
        if (origins.Count == 0) origins = [.. FromSteps(context)];
        if (origins.Count == 0) { context.Reason = "the place where the path is put together was not found"; yield break; }
        if (Check(origins, mayThrow: false) is { } check) yield return check;
        if (AtSink(file, call, path, origins, mayThrow: false) is { } sink) yield return sink;
        if (Relative(origins) is { } relative) yield return relative;
        if (Check(origins, mayThrow: true) is { } thrown) yield return thrown;
        if (AtSink(file, call, path, origins, mayThrow: true) is { } last) yield return last;
    }

    private static List<PathOrigin> FromSteps(PatchContext context)
    {
        foreach (var (file, node) in context.StepsBack())
        {
            for (var n = node; n.HasValue && !Js.IsFunction(n) && n.Kind != "program"; n = n.Parent)
            {
                if (n.Kind is not ("call_expression" or "binary_expression" or "template_string" or "variable_declarator")) continue;
                var found = new PathOrigins(file).Of(n.Kind == "variable_declarator" ? n.Field("name") : n).Where(o => o.Call.HasValue || o.Root != "process.cwd()").ToList();
                if (found.Count > 0) return found;
            }
        }
        return [];
    }

    private static string Inside(JsFile file, Helpers helpers, SyntaxNode at)
    {
        var path = helpers.Module(file, "path", at);
        var quote = file.Style.Literal("..");
        var typed = file.Tree.Grammar == Grammar.JavaScript ? "root, file" : "root: string, file: any";
        return helpers.Function(file, "isInside", typed, "boolean",
            $"{file.Style.Const} relative = {path}.relative(root, file);",
            $"return relative !== {quote} && relative.indexOf({quote} + {path}.sep) !== 0 && !{path}.isAbsolute(relative);");
    }

    /// <summary>Checks where the path is made.</summary>
    private static PatchProposal? Check(List<PathOrigin> origins, bool mayThrow)
    {
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        foreach (var origin in origins)
        {
            var file = origin.File;
            var anchor = origin.Place.HasValue ? Last(origin) : origin.Node;
            if (Refusal.At(file, anchor, 403, "Path is outside of the root folder", mayThrow) is not { } refusal || !RootIsKnown(origin, anchor)) return null;
            if (anchor.Parent.Kind == "for_statement" || Js.Statement(anchor) is not { HasValue: true } statement) return null;
            if (origin.Variable is { } variable && InsideCondition(anchor, statement) is false)
                edits.InsertAfter(file, statement, Refusal.If($"!{Inside(file, helpers, anchor)}({origin.Root}, {variable.Name})", refusal));
            else if (IsRepeatable(origin.Node))
                edits.InsertBefore(file, statement, Refusal.If($"!{Inside(file, helpers, anchor)}({origin.Root}, {origin.Node.Text})", refusal));
            else return null;
        }
        return edits.IsSound && !edits.IsEmpty
            ? new PatchProposal("contain-path", "The path is checked to lie inside its folder before it is used; a request for another one is refused.", edits.Edits) : null;
    }

    // Behind the last change of the variable that still belongs to making the path (decoding, normalising).
    private static SyntaxNode Last(PathOrigin origin)
    {
        var place = origin.Place;
        if (origin.Variable is not { } v) return place;
        var home = Js.Statement(place).Parent;
        foreach (var a in origin.File.Names.Assignments(v.Name, place))
        {
            if (a.Start > place.Start && Js.Statement(a) is { HasValue: true } s && s.Parent == home && Js.Within(a.Field("right")).Any(n => n.Kind == "identifier" && n.Text == v.Name)) place = a;
        }
        return place;
    }

    private static bool? InsideCondition(SyntaxNode n, SyntaxNode statement)
    {
        for (; n.HasValue && n != statement; n = n.Parent) if (n.FieldName is "condition" or "initializer" or "increment" || Js.IsFunction(n)) return true;
        return false;
    }

    private static bool IsRepeatable(SyntaxNode n) => Js.Within(n).All(x => x.Kind is not ("assignment_expression" or "update_expression" or "await_expression" or "yield_expression" or "function_expression" or "arrow_function" or "new_expression"
        or "augmented_assignment_expression") && (x.Kind != "call_expression" || Js.LastName(x.Field("function")) is "join" or "resolve" or "normalize" or "decodeURI" or "decodeURIComponent" or "cwd" or "parse" or "replace" or "slice" or "substr" or "substring" or "toString" or "dirname" or "split" or "format"));

    // Names of the root have to mean the same at the place of the check, and it must be cheap to evaluate.
    private static bool RootIsKnown(PathOrigin origin, SyntaxNode at)
    {
        if (origin.Root.Length > 160 || origin.Root.Contains('\n')) return false;
        return origin.Root == "process.cwd()" || Js.Within(origin.Node).Where(n => n.Kind == "identifier" && origin.Root.Contains(n.Text, StringComparison.Ordinal))
            .All(n => ReferenceEquals(origin.File.Names.Resolve(n), origin.File.Names.Resolve(n.Text, at)));
    }

    /// <summary>Checks before the file is touched.</summary>
    private static PatchProposal? AtSink(JsFile file, SyntaxNode call, SyntaxNode path, List<PathOrigin> origins, bool mayThrow)
    {
        if (origins.Select(o => o.Root).Distinct().ToList() is not [var root] || !ReferenceEquals(origins[0].File, file) || !IsRepeatable(path)) return null;
        if (!RootIsKnown(origins[0], call) || Refusal.At(file, call, 403, "Path is outside of the root folder", mayThrow) is not { } refusal) return null;
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        var lines = Refusal.If($"!{Inside(file, helpers, call)}({root}, {path.Text})", refusal);
        if (Js.Statement(call) is { HasValue: true } statement) edits.InsertBefore(file, statement, lines);
        else if (Js.Function(call) is { Kind: "arrow_function" } arrow && arrow.Field("body").Kind != "statement_block") edits.OpenArrow(file, arrow.Field("body"), lines);
        else return null;
        return edits.IsSound ? new PatchProposal("contain-path-at-use", "The path is checked to lie inside its folder right before the file is touched.", edits.Edits) : null;
    }

    /// <summary>Makes the name from outside relative to the folder: join('/', name) leaves no way up.</summary>
    private static PatchProposal? Relative(List<PathOrigin> origins)
    {
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        foreach (var origin in origins)
        {
            if (origin.User.Count == 0) return null;
            var file = origin.File;
            var path = helpers.Module(file, "path", origin.Node);
            var (first, last) = (origin.User[0], origin.User[^1]);
            var slash = file.Style.Literal("/");
            var names = string.Join(", ", origin.User.Select(u => u.Text));
            var text = origin.Root == "process.cwd()" && first == origin.Node ? $"{file.Style.Literal(".")} + {path}.join({slash}, {names})"
                : origin.Root == "process.cwd()" || (origin.Call.HasValue && Js.LastName(origin.Call.Field("function")) == "resolve") ? $"{file.Style.Literal(".")} + {path}.join({slash}, {names})"
                : $"{path}.join({slash}, {names})";
            if (first.Kind is "spread_element" || last.Kind is "spread_element") return null;
            edits.Replace(file, first.Start, last.End, text);
        }
        return edits.IsSound && !edits.IsEmpty
            ? new PatchProposal("relative-path", "The name from outside is resolved against an empty root first, so that no \"..\" in it leads out of the folder.", edits.Edits) : null;
    }
}
