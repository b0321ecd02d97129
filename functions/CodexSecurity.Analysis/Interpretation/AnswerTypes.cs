using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Of what type a program says that its answer is: what browsers do not show as a page runs no script of whoever wrote a part of it.</summary>
internal static class AnswerTypes
{
    private const string ContentType = "content-type";

    // What browsers read as markup that can hold scripts: by the type's name, or by the ending that frameworks make one of.
    private static readonly string[] Pages = ["htm", "xml", "svg", "xsl"];

    /// <summary>The facts behind a call that says the type. That the answer is no page counts only where the call surely says so, in each of the objects that may hold the headers.</summary>
    public static FactSet Said(Interpreter i, CallSite call, AnswerModel answer)
    {
        var before = call.Frame.Facts;
        var surely = answer.When is null || Ports.Read(i, call, answer.When.Port).SingleString is not null;
        var after = answer.Type is { } type ? Said(before, Ports.Read(i, call, type)) : Listed(before, Ports.Read(i, call, answer.Headers!), ref surely);
        return surely || !after.AnswerIsNoPage ? after : before;
    }

    private static FactSet Listed(FactSet facts, AbstractValue headers, ref bool surely)
    {
        surely &= !headers.HasLabels && (headers.Types & Prim.Other) == 0;
        var said = 0;
        var page = false;
        foreach (var o in headers.Objects)
        {
            foreach (var name in o.FieldNames)
            {
                if (!name.Equals(ContentType, StringComparison.OrdinalIgnoreCase) || !o.TryGetOwn(name, out var value)) continue;
                said++;
                page |= !IsNoPage(value);
            }
        }
        surely &= said == headers.Objects.Length;
        return said == 0 ? facts : facts.WithAnswer(!page);
    }

    /// <summary>The facts once the type was said to be this.</summary>
    public static FactSet Said(FactSet facts, AbstractValue type) => facts.WithAnswer(IsNoPage(type));

    // Known whole, or up to its parameters ("text/plain; charset=" …).
    private static bool IsNoPage(AbstractValue type) =>
        type.Text is [{ Literal: { } begin }, ..] && type.Constants.Length == 0 ? begin.Contains(';') && IsNoPage(begin)
        : type.OnlyKnownStrings && type.Constants.All(c => IsNoPage((string)c));

    private static bool IsNoPage(string type) => type.Trim().Length > 0 && !Array.Exists(Pages, p => type.Contains(p, StringComparison.OrdinalIgnoreCase));
}
