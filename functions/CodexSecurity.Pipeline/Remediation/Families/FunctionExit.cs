using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>How a function is left early in its own style.</summary>
internal static class FunctionExit
{
    /// <summary>A return statement that fits what the function returns; null where none is safe to guess.</summary>
    /// <param name="file">The file.</param>
    /// <param name="function">The function; no node at the top level.</param>
    /// <param name="at">Offset of the exit: what is returned must be known there.</param>
    public static string? Return(JsFile file, SyntaxNode function, int at)
    {
        if (!function.HasValue) return null;
        var end = file.Style.End;
        if (PrototypeKeys.IsIterator(function, out var method))
        {
            if (method is "reduce" or "reduceRight") return Js.ParameterName(Js.Parameters(function).FirstOrDefault()) is { Length: > 0 } first ? $"return {first}{end}" : null;
            return method is "map" or "some" or "every" or "filter" ? null : $"return{end}";
        }
        var values = Js.Own(function).Where(n => n.Kind == "return_statement").Select(Js.FirstNamed).Where(v => v.HasValue).ToList();
        if (values.Count == 0) return function.Field("body").Kind == "statement_block" ? $"return{end}" : null;
        var last = values[^1];
        // return (object[key] = value), object
        while (Js.Unwrap(last) is { Kind: "sequence_expression" } sequence) last = sequence.Field("right").HasValue ? sequence.Field("right") : sequence.NamedChildren.ToList()[^1];
        if (values.All(v => v.Kind is "true" or "false")) return $"return false{end}";
        if (last.Kind == "this") return $"return this{end}";
        if (last.Kind == "identifier" && file.Names.Resolve(last) is { } b && (b.Kind == "param" || b.Kind == "import" || (b.Node.End < at && !Js.Own(function).Any(n => n.Kind == "return_statement" && n.End < b.Node.Start && n == last.Parent))))
            return $"return {last.Text}{end}";
        // The early exits say what is returned when there is nothing to do.
        var early = values.FirstOrDefault(v => v != last && v.Kind is "identifier" or "true" or "false" or "null" or "undefined");
        if (early.HasValue && (early.Kind != "identifier" || early.Text == "undefined" || file.Names.Resolve(early) is { Kind: "param" })) return $"return {early.Text}{end}";
        return last.Kind == "undefined" ? $"return{end}" : null;
    }

    /// <summary>A throw statement with a text.</summary>
    public static string Throw(JsFile file, string message, string value) => $"throw new Error({file.Style.Literal(message)} + {value}){file.Style.End}";

    /// <summary>The loop around a node inside its function; no node for none.</summary>
    public static SyntaxNode Loop(SyntaxNode n)
    {
        for (var p = n.Parent; p.HasValue && !Js.IsFunction(p); p = p.Parent) if (p.Kind is "for_statement" or "for_in_statement" or "while_statement" or "do_statement") return p;
        return default;
    }
}
