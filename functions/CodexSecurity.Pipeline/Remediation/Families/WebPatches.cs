using System.Globalization;
using System.Text;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Queries, pages and redirects: bound parameters, values cast to text, escaped values, own pages only.</summary>
internal static class WebPatches
{
    private static readonly string[] Before = ["=", "<", ">", "(", ",", "like", "values", "limit", "offset", "and", "between", "then", "else", "select"];

    /// <summary>SQL: each value becomes a bound parameter. A value in the place of a name (a table, a column, a direction) has no such form.</summary>
    public static IEnumerable<PatchProposal> Sql(PatchContext context)
    {
        context.Mechanical = true;
        context.Reason = "the statement is not put together at its call, or a value stands where only a name may";
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression");
        if (!call.HasValue || Js.Arguments(call) is not { Count: > 0 } arguments) yield break;
        var at = Math.Clamp(context.Candidate.SinkArgument, 0, arguments.Count - 1);
        // Sequelize takes values among its options, and marks them "?" whatever the dialect.
        var isMapper = context.Candidate.SinkCallable.StartsWith("sequelize", StringComparison.Ordinal);
        var options = isMapper && at + 1 < arguments.Count && arguments[at + 1].Kind == "object" ? arguments[at + 1] : default;
        if (options.HasValue && Js.Within(options).Any(n => n.Text is "replacements" or "bind")) yield break;
        if (at + 1 < arguments.Count && !options.HasValue && !Js.IsFunction(arguments[at + 1]) && !(arguments[at + 1].Kind == "identifier" && file.Names.Resolve(arguments[at + 1]) is { Kind: "param" or "function" })) yield break;
        var (sql, edits) = (arguments[at], new EditSet());
        var text = Js.Unwrap(sql);
        if (text.Kind == "identifier" && file.Names.Resolve(text) is { Kind: "const" or "let" or "var" } b && b.Value.HasValue && file.Names.Values(text.Text, text).Count == 1
            && file.Names.Uses(b).Count() == 1 && Js.Function(b.Node) == Js.Function(call)) text = b.Value;
        var numbered = !isMapper && (context.Candidate.SinkCallable.StartsWith("pg", StringComparison.Ordinal) || file.All().Any(n => n.Kind == "string" && Js.StringValue(n) is "pg" or "pg-promise" or "postgres"));
        if (Bind(new TextBuilder(file).Take(text), file, text, numbered) is not { } bound) yield break;
        edits.Replace(file, text, bound.Sql);
        var values = $"[{string.Join(", ", bound.Values)}]";
        if (options.HasValue) edits.Insert(file, options.Start + 1, Js.Within(options).Any(n => n.Kind is "pair" or "spread_element" or "shorthand_property_identifier") ? $" replacements: {values}," : $" replacements: {values} ");
        else edits.Insert(file, sql.End, isMapper ? $", {{ replacements: {values} }}" : $", {values}");
        yield return new PatchProposal("bound-parameters", "The values are passed as bound parameters, so none of them can change the statement.", edits.Edits);
    }

    private static (string Sql, List<string> Values)? Bind(List<TextPiece> pieces, JsFile file, SyntaxNode whole, bool numbered)
    {
        var (sql, values, open) = (new StringBuilder(), new List<string>(), -1);
        var parts = new List<string>();
        foreach (var piece in pieces)
        {
            if (!ReferenceEquals(piece.File, file) || (piece.Node.HasValue && !Js.Contains(whole, piece.Node) && piece.IsDynamic) || piece.Kind is PieceKind.Choice or PieceKind.Joined || (!piece.IsDynamic && piece.Text is null)) return null;
            if (piece.IsDynamic)
            {
                if (open < 0 && !IsValue(sql.ToString())) return null;
                parts.Add(piece.Node.Kind is "binary_expression" or "ternary_expression" && open >= 0 ? $"({piece.Node.Text})" : piece.Node.Text);
                if (open < 0) Close();
                continue;
            }
            foreach (var c in piece.Text!)
            {
                if (c is '\'' or '"' && (open < 0 || sql[open] == c))
                {
                    if (open < 0) { open = sql.Length; sql.Append(c); continue; }
                    if (parts.Count == 0) { sql.Append(c); open = -1; continue; }
                    // '%' + name + '%': what stands between the quotes is one value.
                    Text();
                    sql.Length = open;
                    Close();
                    continue;
                }
                sql.Append(c);
            }
            if (open >= 0) Text();
        }
        return open < 0 && values.Count > 0 ? (file.Style.Literal(sql.ToString()), values) : null;

        // Literal text behind the opening quote, so far.
        void Text()
        {
            if (sql.Length <= open + 1) return;
            parts.Add(file.Style.Literal(sql.ToString(open + 1, sql.Length - open - 1)));
            sql.Length = open + 1;
        }

        void Close()
        {
            values.Add(string.Join(" + ", parts));
            parts.Clear();
            open = -1;
            sql.Append(numbered ? "$" + values.Count.ToString(CultureInfo.InvariantCulture) : "?");
        }
    }

    private static bool IsValue(string before)
    {
        before = before.TrimEnd().ToLowerInvariant();
        return Before.Any(w => before.EndsWith(w, StringComparison.Ordinal) && (!char.IsAsciiLetter(w[0]) || before.Length == w.Length || !char.IsAsciiLetterOrDigit(before[^(w.Length + 1)])));
    }

    /// <summary>NoSQL: a value of a query that comes from a request is cast to text, so that it can't be an operator.</summary>
    public static IEnumerable<PatchProposal> NoSql(PatchContext context)
    {
        context.Mechanical = true;
        context.Reason = "the query is not written as an object at its call";
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression");
        if (!call.HasValue) yield break;
        var origins = new PathOrigins(file);
        var pairs = Js.Arguments(call).SelectMany(a => a.Kind == "identifier" ? file.Names.Values(a.Text, a) : [a]).Where(a => a.Kind == "object").SelectMany(Js.Within).Where(n => n.Kind is "pair" or "shorthand_property_identifier").ToList();
        // A function that keeps to its database is handed the request's values as parameters. Keys of records are often no texts.
        if (Cast(IsUser) is { IsEmpty: false } read) yield return Proposal(read);
        else if (Cast(n => n.Kind != "member_expression" && file.Names.Resolve(n.Text, n) is { Kind: "param" }, "_id") is { IsEmpty: false } passed) yield return Proposal(passed);

        EditSet Cast(Func<SyntaxNode, bool> isUser, string except = "")
        {
            var edits = new EditSet();
            foreach (var pair in pairs)
            {
                var value = pair.Kind == "pair" ? Js.Unwrap(pair.Field("value")) : pair;
                if (value.Kind is not ("identifier" or "member_expression" or "subscript_expression" or "shorthand_property_identifier") || !isUser(value) || (pair.Kind == "pair" ? pair.Field("key") : pair).Text == except) continue;
                edits.Replace(file, pair.Kind == "pair" ? pair.Field("value") : pair, pair.Kind == "pair" ? $"String({value.Text})" : $"{pair.Text}: String({pair.Text})");
            }
            return edits.IsSound ? edits : new EditSet();
        }

        static PatchProposal Proposal(EditSet edits) => new("cast-to-text", "Values from the request are cast to text, so that an object with query operators can't stand in their place. Numbers need a cast of their own.", edits.Edits);

        bool IsUser(SyntaxNode n) => n.Kind == "shorthand_property_identifier" ? file.Names.Values(n.Text, n).Any(v => origins.IsUser(v)) : origins.IsUser(n);
    }

    /// <summary>HTML: each value is escaped where it enters the page. Scripts, styles and attributes without quotes have other rules.</summary>
    public static IEnumerable<PatchProposal> Html(PatchContext context)
    {
        context.Mechanical = true;
        context.Reason = "the page is not put together at this place, or a value stands inside a script, a style or a tag";
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression");
        if (!call.HasValue || Js.Arguments(call) is not { Count: > 0 } arguments) yield break;
        var pieces = new TextBuilder(file).Take(arguments[Math.Clamp(context.Candidate.SinkArgument, 0, arguments.Count - 1)]);
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        var before = new StringBuilder();
        foreach (var piece in pieces)
        {
            if (!piece.IsDynamic) { before.Append(piece.Text ?? "x"); continue; }
            if (piece.Kind != PieceKind.Hole || !IsText(before.ToString())) yield break;
            var name = helpers.Function(piece.File, "escapeHtml", "value", "string", $"return String(value).replace(/[&<>\"']/g, function (c) {{ return {piece.File.Style.Literal("&#")} + c.charCodeAt(0) + {piece.File.Style.Literal(";")}; }});");
            edits.Replace(piece.File, piece.Node, $"{name}({piece.Node.Text})");
        }
        if (!edits.IsEmpty && edits.IsSound) yield return new PatchProposal("escape-html", "Each value is escaped where it enters the page. Values that are meant to hold markup are shown as text.", edits.Edits);
    }

    // Between tags, or inside a quoted attribute that holds neither a script nor an address.
    private static bool IsText(string before)
    {
        foreach (var name in (string[])["script", "style"])
            if (before.LastIndexOf("<" + name, StringComparison.OrdinalIgnoreCase) > before.LastIndexOf("</" + name, StringComparison.OrdinalIgnoreCase)) return false;
        int open = before.LastIndexOf('<'), close = before.LastIndexOf('>');
        if (open <= close) return true;
        var tag = before[open..];
        var quote = tag.LastIndexOf("=\"", StringComparison.Ordinal) is >= 0 and var q && tag.Count(c => c == '"') % 2 == 1 ? q : tag.LastIndexOf("='", StringComparison.Ordinal) is >= 0 and var s && tag.Count(c => c == '\'') % 2 == 1 ? s : -1;
        if (quote < 0) return false;
        var attribute = tag[..quote].Split(' ', '\n', '\t')[^1].ToLowerInvariant();
        return !attribute.StartsWith("on", StringComparison.Ordinal) && attribute is not ("href" or "src" or "action" or "formaction" or "style" or "srcdoc");
    }

    /// <summary>Redirects lead to pages of this site only.</summary>
    public static IEnumerable<PatchProposal> Redirect(PatchContext context)
    {
        context.Mechanical = true;
        context.Reason = "the call that redirects was not found";
        var file = context.SinkFile!;
        var call = Js.Up(context.Sink, "call_expression");
        if (!call.HasValue || Js.LastName(call.Field("function")) != "redirect" || Js.Arguments(call) is not { Count: > 0 } arguments || !Js.IsPure(arguments[^1])) yield break;
        var edits = new EditSet();
        // A browser takes "//host" and "/\host" for another site, and leaves tabs and line ends out.
        var name = new Helpers(edits).Function(file, "isLocalPath", "value", "boolean", "return /^\\/(?:[^\\/\\\\\\s][^\\t\\r\\n]*)?$/.test(String(value));");
        var target = arguments[^1];
        edits.Replace(file, target, $"{name}({target.Text}) ? {target.Text} : {file.Style.Literal("/")}");
        yield return new PatchProposal("local-redirect", "Only a path of this site is redirected to; anything else leads to the start page.", edits.Edits);
    }
}
