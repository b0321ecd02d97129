using System.Globalization;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>A character of a string literal with its place in the source, or a hole of a template.</summary>
/// <param name="Value">The text it stands for; "" for a hole.</param>
/// <param name="Start">First offset.</param>
/// <param name="End">Offset behind it.</param>
/// <param name="Hole">The expression of a template's hole; no node for text.</param>
internal readonly record struct LiteralUnit(string Value, int Start, int End, SyntaxNode Hole)
{
    /// <summary>Units of a string or template in order; null where an escape is not understood.</summary>
    public static List<LiteralUnit>? Read(SyntaxNode literal)
    {
        var units = new List<LiteralUnit>();
        var text = literal.Tree.File.Text;
        int at = literal.Start + 1, end = literal.End - 1;
        foreach (var child in literal.NamedChildren)
        {
            Plain(at, child.Start);
            switch (child.Kind)
            {
                case "template_substitution": units.Add(new LiteralUnit("", child.Start, child.End, Js.FirstNamed(child))); break;
                case "escape_sequence":
                    if (Decode(child.Text) is not { } value) return null;
                    units.Add(new LiteralUnit(value, child.Start, child.End, default));
                    break;
                default: Plain(child.Start, child.End); break;
            }
            at = child.End;
        }
        Plain(at, end);
        return units;

        void Plain(int from, int to)
        {
            for (var i = from; i < to; i++) units.Add(new LiteralUnit(text[i].ToString(), i, i + 1, default));
        }
    }

    private static string? Decode(string escape)
    {
        if (escape.Length < 2) return null;
        switch (escape[1])
        {
            case 'n': return "\n";
            case 't': return "\t";
            case 'r': return "\r";
            case 'b': return "\b";
            case 'f': return "\f";
            case 'v': return "\v";
            case '0' when escape.Length == 2: return "\0";
            case '\r' or '\n' or '\u2028' or '\u2029': return "";
            case 'x' or 'u':
                var digits = escape[2..].Trim('{', '}');
                return int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var code) && code is >= 0 and <= 0x10FFFF and not (>= 0xD800 and <= 0xDFFF)
                    ? char.ConvertFromUtf32(code) : null;
            case >= '0' and <= '9': return null;
            default: return escape[1..];
        }
    }
}
