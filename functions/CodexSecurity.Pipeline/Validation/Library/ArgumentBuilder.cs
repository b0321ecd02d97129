using System.Globalization;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>Benign values for what the code expects.</summary>
public static class ArgumentBuilder
{
    /// <summary>What stands for a file that the project reads.</summary>
    public const string FileName = "input.txt";

    private static readonly string[] CallbackNames = ["cb", "callback", "done", "next", "fn", "func", "handler", "iteratee", "resolve", "reject", "oncomplete", "onend", "listener"];
    private static readonly string[] ObjectNames = ["opt", "opts", "option", "options", "config", "conf", "settings", "params", "obj", "object", "target", "source", "props", "data"];
    private static readonly string[] ListNames = ["args", "argv", "list", "items", "files", "arr", "array", "paths"];

    /// <summary>Names that show the value is a string or an array, not an object with such properties.</summary>
    private static readonly string[] StringMembers = ["split", "replace", "trim", "toLowerCase", "toUpperCase", "charAt", "charCodeAt", "substr", "substring", "match", "startsWith", "endsWith", "localeCompare", "search"];
    private static readonly string[] ListMembers = ["forEach", "map", "filter", "push", "join", "reduce", "some", "every", "shift", "pop", "unshift", "splice", "concat"];

    /// <summary>A value for a shape. <paramref name="full"/>: optional ones too.</summary>
    public static JsValue Of(ValueShape shape, bool full = false, int depth = 0)
    {
        if (depth > 5) return JsValue.Undefined;
        bool Has(string type) => shape.Types.Contains(type);
        bool Reads(string[] names) => shape.Properties.Any(p => names.Contains(p.Name));
        // Code that asks whether a value is a function, among other things that it may be, has a use for those.
        if (shape.CallbackParameters >= 0 || (Has("function") && shape.Types.Count == 1) || CallbackNames.Contains(shape.Name, StringComparer.OrdinalIgnoreCase)) return JsValue.Function;
        if (shape.Optional && !full && depth > 0) return JsValue.Undefined;
        if (shape.Literals.Count > 0 && Literal(shape.Literals[0]) is { } literal) return literal;
        if (Has("string")) return JsValue.String(Text(shape.Name));
        if (Has("array") || shape.Element is not null && !Has("object")) return JsValue.Array(shape.Element is { } e ? Of(e, full, depth + 1) : JsValue.String("benign"));
        if (Has("number")) return JsValue.Number("1");
        if (Has("boolean")) return JsValue.True;
        if (Has("regexp")) return new JsValue("regexp", "benign");
        if (Has("buffer")) return new JsValue("buffer", "benign");
        if (Has("stream")) return new JsValue("readable", "benign");
        if (Reads(["on", "once", "emit"]) && !Has("object")) return new JsValue("emitter");
        if (Reads(StringMembers) && !Has("object")) return JsValue.String(Text(shape.Name));
        if (Reads(ListMembers) && !Has("object")) return JsValue.Array(JsValue.String("benign"));
        if (Has("function") && !Has("object")) return JsValue.Function;
        if (Has("object") || shape.Properties.Count > 0)
        {
            if (shape.Properties.All(p => p.Name == "length") && shape.Properties.Count > 0) return JsValue.String(Text(shape.Name));
            return JsValue.Object([.. shape.Properties.Select(p => new JsProperty(p.Name, Of(p, full, depth + 1))).Where(p => p.Value.Kind != "undefined")]);
        }

        if (shape.Optional && !full) return JsValue.Undefined;
        if (ObjectNames.Contains(shape.Name, StringComparer.OrdinalIgnoreCase)) return JsValue.Object();
        if (ListNames.Contains(shape.Name, StringComparer.OrdinalIgnoreCase)) return JsValue.Array(JsValue.String("benign"));
        return JsValue.String(Text(shape.Name));
    }

    /// <summary>A harmless text that a parameter of that name may hold.</summary>
    public static string Text(string name)
    {
        bool Is(params string[] words) => words.Any(w => name.Contains(w, StringComparison.OrdinalIgnoreCase));
        return Is("repo", "project", "package") && Is("path", "dir", "folder") ? "/work/run"
            : Is("url", "uri", "href", "link", "repo", "remote") ? "http://127.0.0.1/benign"
            : Is("host", "addr", "domain") || name is "ip" || name.EndsWith("Ip", StringComparison.Ordinal) || name.EndsWith("IP", StringComparison.Ordinal) ? "127.0.0.1"
            : Is("shell") ? "/bin/sh"
            : Is("encoding", "charset") ? "utf8"
            : Is("port", "pid") ? "4321"
            : Is("version") ? "1.0.0"
            : Is("dest", "target", "outdir") ? "/work/run/made"
            : Is("dir", "folder", "cwd", "root") ? "/work/run"
            : Is("file", "path", "src", "output", "input") ? FileName
            : "benign";
    }

    /// <summary>A literal as the engine writes it: a quoted or bare text, a number, true, false, null.</summary>
    public static JsValue? Literal(string? text)
    {
        if (text is null or "undefined") return null;
        if (text is "true") return JsValue.True;
        if (text is "false") return JsValue.False;
        if (text is "null") return JsValue.Null;
        if (text.Length >= 2 && text[0] is '"' or '\'' && text[^1] == text[0]) return JsValue.String(text[1..^1]);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? JsValue.Number(text) : JsValue.String(text);
    }
}
