using System.Globalization;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>Parses ECMAScript patterns. A pattern it can't read, or one nested more than 120 deep, gives null and a reason.</summary>
internal sealed class RegexParser
{
    private const int MaxDepth = 120;
    private static readonly CharacterSet Digits = CharacterSet.Of([('0', '9')]);
    private static readonly CharacterSet Words = CharacterSet.Of([('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')]);
    private static readonly CharacterSet Spaces = CharacterSet.Of([(9, 13), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)]);
    private static readonly CharacterSet LineEnds = CharacterSet.Of([(10, 10), (13, 13), (0x2028, 0x2029)]);
    private readonly string _text;
    private readonly string _flags;
    private readonly bool _unicode;
    private readonly List<string> _names = [];
    private int _at;
    private int _groups;
    private string? _error;

    private RegexParser(string text, string flags) => (_text, _flags, _unicode) = (text, flags, flags.Contains('u') || flags.Contains('v'));

    internal static CharacterSet WordCharacters => Words;

    internal static (RegexNode? Root, int Groups, string? Error) Parse(string pattern, string flags)
    {
        var parser = new RegexParser(pattern, flags);
        parser.CollectNames();
        var root = parser.Choice(0);
        if (parser._error is null && parser._at < pattern.Length) parser._error = "unbalanced parenthesis";
        return (parser._error is null ? root : null, parser._groups, parser._error);
    }

    private bool More => _at < _text.Length && _error is null;

    // Names are collected first, because \k<name> may stand before its group. Index = position in the list + 1.
    private void CollectNames()
    {
        var inClass = false;
        for (var i = 0; i < _text.Length; i++)
        {
            if (_text[i] == '\\') i++;
            else if (_text[i] == '[') inClass = true;
            else if (_text[i] == ']') inClass = false;
            else if (_text[i] == '(' && !inClass)
            {
                if (i + 1 < _text.Length && _text[i + 1] == '?')
                {
                    if (i + 3 >= _text.Length || _text[i + 2] != '<' || _text[i + 3] is '=' or '!') continue;
                    var end = _text.IndexOf('>', i);
                    _names.Add(end < 0 ? "" : _text[(i + 3)..end]);
                }
                else _names.Add("");
            }
        }
    }

    private RegexNode Choice(int depth)
    {
        var start = _at;
        if (depth > MaxDepth) _error = "nested too deeply";
        var items = new List<RegexNode> { Sequence(depth) };
        while (More && _text[_at] == '|')
        {
            _at++;
            items.Add(Sequence(depth));
        }
        return items.Count == 1 ? items[0] : new ChoiceNode(new Span(start, _at), items);
    }

    private SequenceNode Sequence(int depth)
    {
        var start = _at;
        var items = new List<RegexNode>();
        while (More && _text[_at] is not ('|' or ')'))
        {
            var from = _at;
            var item = Quantified(Atom(depth), from);
            items.Add(item);
        }
        return new SequenceNode(new Span(start, _at), items);
    }

    private RegexNode Quantified(RegexNode item, int from)
    {
        if (!More) return item;
        int min, max;
        var c = _text[_at];
        if (c == '*') (min, max, _at) = (0, -1, _at + 1);
        else if (c == '+') (min, max, _at) = (1, -1, _at + 1);
        else if (c == '?') (min, max, _at) = (0, 1, _at + 1);
        else if (c != '{' || !Braces(out min, out max)) return item;
        if (item is AssertNode) _error = "nothing to repeat";
        if (max >= 0 && max < min) _error = "numbers out of order in a quantifier";
        var lazy = More && _text[_at] == '?';
        if (lazy) _at++;
        if (More && (_text[_at] is '*' or '+' or '?')) _error = "nothing to repeat";
        return new RepeatNode(new Span(from, _at), item, min, max, lazy);
    }

    private bool Braces(out int min, out int max)
    {
        (min, max) = (0, -1);
        var i = _at + 1;
        if (!Number(ref i, out min)) return false;
        max = min;
        if (i < _text.Length && _text[i] == ',')
        {
            i++;
            if (!Number(ref i, out max)) max = -1;
        }
        if (i >= _text.Length || _text[i] != '}') return false;
        _at = i + 1;
        return true;
    }

    private bool Number(ref int i, out int value)
    {
        var start = i;
        value = 0;
        for (; i < _text.Length && char.IsAsciiDigit(_text[i]); i++) value = Math.Min(1_000_000, (value * 10) + _text[i] - '0');
        return i > start;
    }

    private RegexNode Atom(int depth)
    {
        var start = _at;
        var c = _text[_at++];
        switch (c)
        {
            case '(': return Group(start, depth);
            case '[': return new SetNode(new Span(start, _at), Fold(Class(depth)));
            case '.': return new SetNode(new Span(start, _at), _flags.Contains('s') ? CharacterSet.All : LineEnds.Complement());
            case '^' or '$': return new AssertNode(new Span(start, _at), c);
            case '*' or '+' or '?': _error = "nothing to repeat"; return Nothing(start);
            case '\\': return AtomEscape(start);
            default:
                if (_unicode && char.IsHighSurrogate(c) && More && char.IsLowSurrogate(_text[_at]))
                    return new SetNode(new Span(start, _at + 1), CharacterSet.Of(char.ConvertToUtf32(c, _text[_at++])));
                return new SetNode(new Span(start, _at), Fold(CharacterSet.Of(c)));
        }
    }

    private static SequenceNode Nothing(int at) => new(new Span(at, at), []);

    private RegexNode Group(int start, int depth)
    {
        var index = -1;
        bool look = false, behind = false, negative = false;
        if (More && _text[_at] == '?')
        {
            var rest = _text.AsSpan(_at);
            if (rest.StartsWith("?:")) _at += 2;
            else if (rest.StartsWith("?=") || rest.StartsWith("?!")) (look, negative, _at) = (true, rest[1] == '!', _at + 2);
            else if (rest.StartsWith("?<=") || rest.StartsWith("?<!")) (look, behind, negative, _at) = (true, true, rest[2] == '!', _at + 3);
            else if (rest.StartsWith("?<") && rest.Contains('>'))
            {
                _at = _text.IndexOf('>', _at) + 1;
                index = ++_groups;
            }
            else { _error = "invalid group"; return Nothing(start); }
        }
        else index = ++_groups;
        var item = Choice(depth + 1);
        if (!More || _text[_at] != ')') { _error ??= "missing )"; return item; }
        var span = new Span(start, ++_at);
        return look ? new LookNode(span, item, behind, negative) : index > 0 ? new GroupNode(span, index, item) : item;
    }

    private RegexNode AtomEscape(int start)
    {
        if (!More) { _error = "\\ at the end"; return Nothing(start); }
        var c = _text[_at];
        if (c is 'b' or 'B') return new AssertNode(new Span(start, ++_at), c);
        if (c == 'k' && (_unicode || _names.Any(n => n.Length > 0)) && _at + 1 < _text.Length && _text[_at + 1] == '<' && _text.IndexOf('>', _at) is > 0 and var end)
        {
            var index = _names.IndexOf(_text[(_at + 2)..end]) + 1;
            _at = end + 1;
            if (index == 0) _error = "unknown group name";
            return new BackreferenceNode(new Span(start, _at), index);
        }
        if (c is >= '1' and <= '9')
        {
            var i = _at;
            Number(ref i, out var number);
            if (number <= _names.Count)
            {
                _at = i;
                return new BackreferenceNode(new Span(start, _at), number);
            }
            if (_unicode) _error = "unknown group";
        }
        var set = Escape(out _);
        return new SetNode(new Span(start, _at), Fold(set));
    }

    // Reads what follows a backslash; single = the code point when it is one character, else -1.
    private CharacterSet Escape(out int single)
    {
        single = -1;
        if (!More) { _error = "\\ at the end"; return CharacterSet.Empty; }
        var c = _text[_at++];
        switch (c)
        {
            case 'd': return Digits;
            case 'D': return Digits.Complement();
            case 'w': return Words;
            case 'W': return Words.Complement();
            case 's': return Spaces;
            case 'S': return Spaces.Complement();
            case 'p' or 'P' when _unicode && More && _text[_at] == '{' && _text.IndexOf('}', _at) is > 0 and var end:
                var name = _text[(_at + 1)..end];
                _at = end + 1;
                return c == 'P' ? Property(name).Complement() : Property(name);
            case 'n': single = 10; break;
            case 'r': single = 13; break;
            case 't': single = 9; break;
            case 'v': single = 11; break;
            case 'f': single = 12; break;
            case 'b': single = 8; break;
            case 'c' when More && char.IsAsciiLetter(_text[_at]): single = _text[_at++] & 31; break;
            case 'x' when Hex(2, out single): break;
            case 'u' when _unicode && More && _text[_at] == '{' && _text.IndexOf('}', _at) is > 0 and var close
                    && int.TryParse(_text.AsSpan(_at + 1, close - _at - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out single) && single is >= 0 and <= 0x10FFFF:
                _at = close + 1;
                break;
            case 'u' when Hex(4, out single): break;
            case >= '0' and <= '7':
                single = c - '0';
                while (More && _text[_at] is >= '0' and <= '7' && (single * 8) + _text[_at] - '0' < 256) single = (single * 8) + _text[_at++] - '0';
                break;
            default: single = c; break;
        }
        return CharacterSet.Of(single);
    }

    private bool Hex(int count, out int value)
    {
        value = -1;
        if (_at + count > _text.Length || !int.TryParse(_text.AsSpan(_at, count), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)) return false;
        _at += count;
        return true;
    }

    private CharacterSet Class(int depth)
    {
        if (depth > MaxDepth) { _error = "nested too deeply"; return CharacterSet.Empty; }
        var negative = More && _text[_at] == '^';
        if (negative) _at++;
        var sets = _flags.Contains('v');
        var result = CharacterSet.Empty;
        while (More && _text[_at] != ']')
        {
            if (sets && (string.CompareOrdinal(_text, _at, "--", 0, 2) == 0 || string.CompareOrdinal(_text, _at, "&&", 0, 2) == 0))
            {
                var minus = _text[_at] == '-';
                _at += 2;
                if (!More) break;
                var right = ClassAtom(depth, out _);
                result = result.Intersect(minus ? right.Complement() : right);
                continue;
            }
            var left = ClassAtom(depth, out var low);
            if (low >= 0 && _at + 1 < _text.Length && _text[_at] == '-' && _text[_at + 1] != ']' && !(sets && _text[_at + 1] == '-'))
            {
                _at++;
                var right = ClassAtom(depth, out var high);
                if (high >= 0 && high < low) _error = "range out of order";
                left = high >= 0 ? CharacterSet.Of([(low, high)]) : left.Union(right).Union(CharacterSet.Of('-'));
            }
            result = result.Union(left);
        }
        if (!More) { _error ??= "missing ]"; return result; }
        _at++;
        return negative ? result.Complement() : result;
    }

    private CharacterSet ClassAtom(int depth, out int single)
    {
        single = -1;
        var c = _text[_at++];
        if (c == '\\') return Escape(out single);
        if (c == '[' && _flags.Contains('v')) return Class(depth + 1);
        single = _unicode && char.IsHighSurrogate(c) && More && char.IsLowSurrogate(_text[_at]) ? char.ConvertToUtf32(c, _text[_at++]) : c;
        return CharacterSet.Of(single);
    }

    // Approximation: general categories by their short names inside ASCII and Latin; other properties are taken as letters and all non-ASCII.
    private static CharacterSet Property(string name)
    {
        var value = name[(name.IndexOf('=') + 1)..];
        CharacterSet upper = CharacterSet.Of([('A', 'Z')]), lower = CharacterSet.Of([('a', 'z')]), rest = CharacterSet.Of([(0x80, 0x10FFFF)]);
        return value switch
        {
            "Lu" or "Uppercase_Letter" or "Uppercase" => upper.Union(rest),
            "Ll" or "Lowercase_Letter" or "Lowercase" => lower.Union(rest),
            "N" or "Nd" or "Number" or "Decimal_Number" => Digits.Union(rest),
            "P" or "Punctuation" or "S" or "Symbol" => CharacterSet.Of([(33, 47), (58, 64), (91, 96), (123, 126)]).Union(rest),
            "Z" or "Zs" or "White_Space" or "Separator" => Spaces.Union(rest),
            "Any" => CharacterSet.All,
            "ASCII" => CharacterSet.Of([(0, 127)]),
            _ => upper.Union(lower).Union(rest),
        };
    }

    private CharacterSet Fold(CharacterSet set)
    {
        if (!_flags.Contains('i')) return set;
        var more = new List<(int, int)>(set.Ranges);
        for (var c = 'a'; c <= 'z'; c++)
        {
            if (set.Contains(c)) more.Add((c - 32, c - 32));
            if (set.Contains(c - 32)) more.Add((c, c));
        }
        return CharacterSet.Of(more);
    }
}
