using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Of what type a program says that its answer is: what browsers do not show as a page runs no script of whoever wrote a part of it.</summary>
internal static class AnswerTypes
{
    private const string ContentType = "content-type";

    // What browsers read as markup that can hold scripts: by the type's name, or by the ending that frameworks make one of.
    private static readonly string[] Pages = ["htm", "xml", "svg", "xsl"];

    /// <summary>The facts behind a call that says the type.</summary>
    public static FactSet Said(Interpreter i, CallSite call, AnswerModel answer)
    {
        var facts = call.Frame.Facts;
        if (answer.Type is { } type) return Said(facts, Ports.Read(i, call, type));
        foreach (var o in Ports.Read(i, call, answer.Headers!).Objects)
        {
            foreach (var name in o.FieldNames)
                if (name.Equals(ContentType, StringComparison.OrdinalIgnoreCase) && o.TryGetOwn(name, out var value)) facts = Said(facts, value);
        }
        return facts;
    }

    /// <summary>The facts once the type was said to be this.</summary>
    public static FactSet Said(FactSet facts, AbstractValue type) => facts.WithAnswer(IsNoPage(type));

    // Known whole, or up to its parameters ("text/plain; charset=" …).
    private static bool IsNoPage(AbstractValue type) =>
        type.Text is [{ Literal: { } begin }, ..] && type.Constants.Length == 0 ? begin.Contains(';') && IsNoPage(begin)
        : type.OnlyKnownStrings && type.Constants.All(c => IsNoPage((string)c));

    private static bool IsNoPage(string type) => type.Trim().Length > 0 && !Array.Exists(Pages, p => type.Contains(p, StringComparison.OrdinalIgnoreCase));
}
