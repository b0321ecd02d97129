using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Adds small helper functions and module imports to a file, each once in an edit set.</summary>
internal sealed class Helpers(EditSet edits)
{
    private readonly Dictionary<(string Path, string Name), string> _added = [];

    /// <summary>A function at the top level: <paramref name="name"/> (or with a number where taken), its parameter, and its body lines in ES5.</summary>
    public string Function(JsFile file, string name, string parameter, string type, params string[] body)
    {
        if (_added.TryGetValue((file.Path, name), out var known)) return known;
        var free = name;
        for (var i = 2; file.Names.IsTaken(free); i++) free = name + i;
        var typed = file.Tree.Grammar != Grammar.JavaScript;
        var head = typed ? $"function {free}({parameter}: any): {type} {{" : $"function {free}({parameter}) {{";
        var lines = new List<string> { "", head };
        lines.AddRange(body.Select(l => "\t" + (l.EndsWith(';') ? l[..^1] + file.Style.End : l)));
        lines.Add("}");
        Place(file, lines);
        return _added[(file.Path, name)] = free;
    }

    /// <summary>The name of a module in a file; imported where it is not yet.</summary>
    public string Module(JsFile file, string module, SyntaxNode at)
    {
        if (_added.TryGetValue((file.Path, module), out var known)) return known;
        foreach (var n in file.All())
        {
            if (n.Kind == "identifier" && n.Parent.Kind == "variable_declarator" && n.FieldName == "name" && Requires(n.Parent.Field("value"), module)
                && file.Names.Resolve(n.Text, at)?.Node == n) return n.Text;
            if (n.Kind == "import_statement" && Js.StringValue(n.Field("source")) is { } source && (source == module || source == "node:" + module))
            {
                var whole = Js.Within(n).FirstOrDefault(x => x.Kind == "identifier" && x.Parent.Kind is "import_clause" or "namespace_import");
                if (whole.HasValue && file.Names.Resolve(whole.Text, at)?.Node == whole) return whole.Text;
            }
        }
        var name = file.Names.IsTaken(module) ? "node" + char.ToUpperInvariant(module[0]) + module[1..] : module;
        var quoted = file.Style.Literal(module);
        Place(file, [file.Style.Modules ? $"import {(file.Tree.Grammar == Grammar.JavaScript ? name : "* as " + name)} from {quoted}{file.Style.End}" : $"{file.Style.Const} {name} = require({quoted}){file.Style.End}"], atTop: true);
        return _added[(file.Path, module)] = name;
    }

    private static bool Requires(SyntaxNode value, string module)
    {
        value = Js.Unwrap(value);
        if (value.Kind != "call_expression") return false;
        var arguments = Js.Arguments(value);
        if (value.Field("function").Text == "require") return arguments.Count == 1 && Js.StringValue(arguments[0]) is { } m && (m == module || m == "node:" + module);
        return value.Field("function").Text.StartsWith('_') && arguments.Count == 1 && Requires(arguments[0], module);
    }

    // Behind the imports at the head of the file; at the very top where there are none.
    private void Place(JsFile file, IReadOnlyList<string> lines, bool atTop = false)
    {
        SyntaxNode last = default, first = default;
        foreach (var statement in file.Tree.Root.NamedChildren)
        {
            if (statement.IsExtra || statement.Kind == "hash_bang_line") continue;
            if (IsImport(statement) || EditSet.IsDirective(statement)) last = statement;
            else
            {
                if (!first.HasValue) first = statement;
                if (last.HasValue || statement.Kind != "expression_statement") break;
            }
        }
        if (last.HasValue) edits.InsertAfter(file, last, atTop || IsBlankBehind(file, last) ? lines : [.. lines, ""]);
        else if (first.HasValue) edits.InsertBefore(file, WithComments(file, first), atTop ? lines : [.. lines.Skip(1), ""]);
    }

    // A comment right above a statement belongs to it.
    private static SyntaxNode WithComments(JsFile file, SyntaxNode statement)
    {
        var before = file.Tree.Root.NamedChildren.ToList().TakeWhile(c => c != statement).Reverse();
        foreach (var comment in before)
        {
            if (!comment.IsExtra || file.Text.AsSpan(comment.End, statement.Start - comment.End).Count('\n') != 1 || !file.IsFirstOnLine(comment.Start)) break;
            statement = comment;
        }
        return statement;
    }

    private static bool IsBlankBehind(JsFile file, SyntaxNode statement)
    {
        var at = file.Text.IndexOf('\n', statement.End);
        if (at < 0) return true;
        var end = file.Text.IndexOf('\n', at + 1);
        return file.Text.AsSpan(at + 1, (end < 0 ? file.Text.Length : end) - at - 1).IsWhiteSpace();
    }

    private static bool IsImport(SyntaxNode statement)
    {
        if (statement.Kind == "import_statement") return true;
        if (statement.Kind is not ("variable_declaration" or "lexical_declaration")) return false;
        return Js.Within(statement).Any(n => n.Kind == "call_expression" && n.Field("function").Text == "require") && !Js.Within(statement).Any(Js.IsFunction);
    }
}
