using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>Turns a use of <c>exec</c> into one of <c>execFile</c>: the name at the call and, where needed, its declaration.</summary>
internal static class ChildProcess
{
    private static readonly string[] Modules = ["child_process", "node:child_process", "mz/child_process"];

    /// <summary>Adds the edits; false where the callee does not surely come from child_process.</summary>
    public static bool UseFile(JsFile file, SyntaxNode callee, string sinkCallable, EditSet edits)
    {
        callee = Js.Unwrap(callee);
        var name = Js.LastName(callee);
        if (callee.Kind == "member_expression")
        {
            if (name is not ("exec" or "execSync") || !IsModule(file, callee.Field("object"), sinkCallable)) return false;
            edits.Replace(file, callee.Field("property"), FileName(name));
            return true;
        }
        if (callee.Kind != "identifier" || file.Names.Resolve(callee) is not { } binding) return false;
        return binding.Kind == "import" ? FromImport(file, callee, binding, edits) : FromDeclaration(file, callee, binding, edits);
    }

    private static string FileName(string name) => name.EndsWith("Sync", StringComparison.Ordinal) ? "execFileSync" : "execFile";

    private static bool FromImport(JsFile file, SyntaxNode callee, Binding binding, EditSet edits)
    {
        var import = Js.Up(binding.Node, "import_statement");
        if (binding.Holder.Kind != "import_specifier" || !Modules.Contains(Js.StringValue(import.Field("source")) ?? "")) return false;
        var imported = binding.Holder.Field("name").Text;
        if (imported is not ("exec" or "execSync")) return false;
        return Extend(file, callee, binding, binding.Holder, imported, edits);
    }

    private static bool FromDeclaration(JsFile file, SyntaxNode callee, Binding binding, EditSet edits)
    {
        var (declarator, value) = (binding.Holder, binding.Holder.Kind == "variable_declarator" ? Js.Unwrap(binding.Holder.Field("value")) : default);
        if (!value.HasValue) return false;
        if (!binding.Value.HasValue)
        {
            // const { exec } = require('child_process')
            var holder = binding.Node.Parent.Kind == "pair_pattern" ? binding.Node.Parent : binding.Node;
            var imported = holder.Kind == "pair_pattern" ? holder.Field("key").Text : binding.Name;
            return imported is "exec" or "execSync" && IsModule(file, value, "") && holder.Parent.Kind == "object_pattern" && Extend(file, callee, binding, holder, imported, edits);
        }
        var member = value;
        var promised = value.Kind == "call_expression" && Js.LastName(value.Field("function")) is "promisify" or "pify" or "denodeify" or "promisifyAll";
        if (promised) member = Js.Unwrap(Js.Arguments(value).FirstOrDefault());
        if (member.Kind != "member_expression")
        {
            // const run = promisify(exec), with exec itself from child_process
            if (!promised || member.Kind != "identifier" || file.Names.Resolve(member) is not { } inner || Origin(file, inner) is not ("exec" or "execSync")) return false;
            return Declare(file, callee, declarator, binding, $"{value.Field("function").Text}(require({file.Style.Literal("child_process")}).{FileName(inner.Name)})", edits);
        }
        var property = member.Field("property");
        if (property.Text is not ("exec" or "execSync") || !IsModule(file, member.Field("object"), "")) return false;
        var text = file.Text[value.Start..property.Start] + FileName(property.Text) + file.Text[property.End..value.End];
        return Declare(file, callee, declarator, binding, text, edits);
    }

    // The imported name of a binding from child_process, or "".
    private static string Origin(JsFile file, Binding b)
    {
        if (b.Kind == "import") return Modules.Contains(Js.StringValue(Js.Up(b.Node, "import_statement").Field("source")) ?? "") && b.Holder.Kind == "import_specifier" ? b.Holder.Field("name").Text : "";
        if (b.Holder.Kind != "variable_declarator") return "";
        var value = Js.Unwrap(b.Holder.Field("value"));
        if (value.Kind == "member_expression" && IsModule(file, value.Field("object"), "")) return value.Field("property").Text;
        return !b.Value.HasValue && IsModule(file, value, "") ? b.Name : "";
    }

    private static bool Declare(JsFile file, SyntaxNode callee, SyntaxNode declarator, Binding binding, string value, EditSet edits)
    {
        var sync = binding.Name.EndsWith("Sync", StringComparison.Ordinal);
        var name = binding.Name is "exec" or "execSync" ? FileName(binding.Name) : sync ? "execFileSync" : "execFile" + (binding.Name.StartsWith("exec", StringComparison.Ordinal) ? binding.Name[4..] : "");
        if (Known(file, callee, name, value)) { edits.Replace(file, callee, name); return true; }
        if (file.Names.IsTaken(name)) return false;
        edits.Replace(file, callee, name);
        if (file.Names.Uses(binding).Count() == 1)
        {
            edits.Replace(file, declarator.Field("name"), name);
            edits.Replace(file, declarator.Field("value"), value);
            return true;
        }
        var word = declarator.Parent.Kind == "variable_declaration" ? "var" : declarator.Parent.Field("kind").Text;
        edits.InsertAfter(file, Js.Statement(declarator), [$"{word} {name} = {value}{file.Style.End}"]);
        return true;
    }

    private static bool Known(JsFile file, SyntaxNode at, string name, string value) =>
        file.Names.Resolve(name, at) is { } b && ((b.Value.HasValue && b.Value.Text == value) || Origin(file, b) == name);

    private static bool Extend(JsFile file, SyntaxNode callee, Binding binding, SyntaxNode holder, string imported, EditSet edits)
    {
        var name = FileName(imported);
        var known = file.Names.Resolve(name, callee) is { } other && Origin(file, other) == name;
        if (!known && file.Names.IsTaken(name)) return false;
        edits.Replace(file, callee, name);
        if (known) return true;
        if (holder.Kind != "pair_pattern" && binding.Name == imported && file.Names.Uses(binding).Count() == 1) edits.Replace(file, holder, name);
        else edits.Insert(file, holder.End, ", " + name);
        return true;
    }

    /// <summary>Whether an expression is the child_process module.</summary>
    public static bool IsModule(JsFile file, SyntaxNode n, string sinkCallable)
    {
        n = Js.Unwrap(n);
        if (n.Kind == "call_expression")
        {
            if (n.Field("function").Text is "require" or "import") return Modules.Contains(Js.StringValue(Js.Arguments(n).FirstOrDefault()) ?? "");
            // Helpers of compilers: __importStar(require('child_process'))
            return Js.Arguments(n) is [var only] && n.Field("function").Text.StartsWith('_') && IsModule(file, only, sinkCallable);
        }
        if (n.Kind != "identifier") return sinkCallable.StartsWith("child_process.", StringComparison.Ordinal);
        if (file.Names.Resolve(n) is not { } b) return false;
        if (b.Kind == "import") return Modules.Contains(Js.StringValue(Js.Up(b.Node, "import_statement").Field("source")) ?? "") && b.Holder.Kind != "import_specifier";
        return b.Value.HasValue && b.Value != n && !Js.Contains(b.Value, n) && IsModule(file, b.Value, "");
    }
}
