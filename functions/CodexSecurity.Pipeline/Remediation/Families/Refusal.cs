using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>How a request or a call is refused at a place: an HTTP response, an error to the callback, a rejected promise, an exception.</summary>
internal static class Refusal
{
    private static readonly Regex s_response = new("^_?(res|resp|response|rsp|reply|serverResponse|httpResponse)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    private static readonly Regex s_callback = new("^_?(cb|callback|done|fn|next|cont|complete|onDone|onComplete|clb|callBack)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    /// <summary>Statements of a refusal; null where only an exception is possible and <paramref name="mayThrow"/> is false.</summary>
    public static IReadOnlyList<string>? At(JsFile file, SyntaxNode node, int status, string message, bool mayThrow)
    {
        var end = file.Style.End;
        var error = $"new Error({file.Style.Literal(message)})";
        for (var f = Js.Function(node); f.HasValue; f = Js.Function(f))
        {
            var parameters = Js.Parameters(f).Select(Js.ParameterName).ToList();
            if (parameters.FirstOrDefault(p => s_response.IsMatch(p)) is { } response) return Respond(response);
            if (parameters.Count == 2 && f.Parent.Kind == "arguments" && Js.LastName(f.Parent.Parent.Field("function")) is "createServer" && parameters[1].Length > 0) return Respond(parameters[1]);
            if (parameters.FirstOrDefault(p => p is "ctx") is { } context) return [$"{context}.status = {status}{end}", $"return{end}"];
            if (parameters.Contains("reject")) return [$"return reject({error}){end}"];
            if (parameters.FirstOrDefault(p => s_callback.IsMatch(p)) is { } callback) return [$"return {callback}({error}){end}"];
            if (IsAsync(f)) return mayThrow ? [$"throw {error}{end}"] : null;
        }
        return mayThrow ? [$"throw {error}{end}"] : null;

        IReadOnlyList<string> Respond(string name) => [$"{name}.statusCode = {status}{end}", $"{name}.end({file.Style.Literal(status == 403 ? "Forbidden" : "Bad Request")}){end}", $"return{end}"];
    }

    private static bool IsAsync(SyntaxNode f) => !f.FirstChild.IsNamed && f.FirstChild.Kind == "async";

    /// <summary>An if statement around a refusal, as lines.</summary>
    public static IReadOnlyList<string> If(string condition, IReadOnlyList<string> refusal) => refusal.Count == 1
        ? [$"if ({condition}) {refusal[0]}"] : [$"if ({condition}) {{", .. refusal.Select(l => "\t" + l), "}"];
}
