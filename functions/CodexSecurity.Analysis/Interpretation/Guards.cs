using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What conditions on text say about the kinds a text is still dangerous for.</summary>
internal static class Guards
{
    private const TaintKinds Paths = TaintKinds.PathRead | TaintKinds.PathWrite | TaintKinds.ArchiveEntry;

    // Some 10^8, 10^9 and 10^7 steps: by what the growth says, not measured for each pattern.
    private const int LongestForSquares = 10_000, LongestForCubes = 1_500, LongestForDoubling = 25;

    // For each kind the characters of which an attack needs at least one (of each set).
    private static readonly (TaintKinds Kind, string[] Needs)[] Metacharacters =
    [
        (TaintKinds.ShellText, [";|&$`\n<>(){}'\"\\ \t*?~#!"]),
        (TaintKinds.CommandName, ["/.;|&$`\n "]),
        (TaintKinds.Argv, ["-"]),
        (TaintKinds.CodeText, ["([`=;+\n"]),
        (Paths, ["/\\."]),
        (TaintKinds.SqlText, ["'\"`; ()/*-"]),
        (TaintKinds.HtmlText, ["<\"'&`"]),
        (TaintKinds.UrlRequest, ["/:.@\\"]),
        (TaintKinds.UrlRedirect, ["/:\\."]),
        (TaintKinds.TemplateText, ["{<$#%"]),
        (TaintKinds.XmlParse, ["<"]),
        (TaintKinds.RegexPattern, ["(*+{["]),
        (TaintKinds.ProtoKey, ["_"]),
        (TaintKinds.CtorKey, ["c", "o", "n", "s", "t", "r", "u"]),
        (TaintKinds.HeaderText | TaintKinds.LogText, ["\r\n"]),
        (TaintKinds.LdapText, ["*()\\"]),
        (TaintKinds.XpathText, ["'\"/["]),
        (TaintKinds.NosqlQuery, ["$"]),
    ];

    /// <summary>Kinds that a text of at most so many characters is harmless for.</summary>
    public static TaintKinds SafeUpTo(double length) =>
        (length <= LongestForSquares ? TaintKinds.RegexSubject : TaintKinds.None) | (length <= LongestForCubes ? TaintKinds.RegexSubjectCubed : TaintKinds.None)
        | (length <= LongestForDoubling ? TaintKinds.RegexSubjectDoubled : TaintKinds.None);

    /// <summary>Kinds that a text of only these characters can't be used for.</summary>
    public static TaintKinds SafeWith(CharacterSet accepted)
    {
        var safe = TaintKinds.None;
        foreach (var (kind, needs) in Metacharacters) if (needs.Any(n => !n.Any(c => accepted.Contains(c)))) safe |= kind;
        // A path needs a separator to leave its folder; ".." alone names the parent only.
        if (!accepted.Contains('/') && !accepted.Contains('\\')) safe |= Paths;
        if (!accepted.Contains('.') && !accepted.Contains('/')) safe |= Paths;
        return safe;
    }

    /// <summary>Kinds that a text is no longer dangerous for, once each of these characters is replaced by an escape.</summary>
    public static TaintKinds EscapedWith(CharacterSet escaped, string? replacement)
    {
        var safe = TaintKinds.None;
        if (escaped.Contains('<') && escaped.Contains('"')) safe |= TaintKinds.HtmlText;
        // A doubled quote is a quote inside the quotes, be they of a text or of a name.
        if (escaped.Contains('"') && replacement is "\"\"") safe |= TaintKinds.SqlText;
        if (escaped.Contains('\'') && replacement is "''" or "\\'" or "\\$&") safe |= TaintKinds.SqlText;
        if (replacement is "\\$&" or "\\$1" && escaped.Contains('(') && escaped.Contains('*')) safe |= TaintKinds.RegexPattern;
        if (replacement is "\\$&" or "\\$1" && escaped.Contains('$') && escaped.Contains(';') && escaped.Contains('`')) safe |= TaintKinds.ShellText;
        return safe;
    }

    /// <summary>Kinds that are harmless for a key that is not this word.</summary>
    public static TaintKinds KeyKinds(string word) => word switch
    {
        "__proto__" => TaintKinds.ProtoKey,
        "constructor" or "prototype" => TaintKinds.CtorKey,
        _ => TaintKinds.None,
    };

    /// <summary>Kinds that a key is harmless for by what the code itself puts into it: "cache:" and anything is no name of a prototype.</summary>
    public static TaintKinds KeyKinds(TextPiece[]? text) => text is null ? TaintKinds.None
        : (MayBe(text, "__proto__") ? TaintKinds.None : TaintKinds.ProtoKey) | (MayBe(text, "constructor") || MayBe(text, "prototype") ? TaintKinds.None : TaintKinds.CtorKey);

    private static bool MayBe(TextPiece[] text, string word)
    {
        var (at, anything) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            // No word that is asked for has a digit in it.
            if (text[i].HasNumber) return false;
            if (text[i].Literal is not { } literal) { anything = true; continue; }
            var found = !anything ? at : i == text.Length - 1 ? word.Length - literal.Length : word.IndexOf(literal, at, StringComparison.Ordinal);
            if (found < at || !word.AsSpan(found).StartsWith(literal, StringComparison.Ordinal)) return false;
            (at, anything) = (found + literal.Length, false);
        }
        return anything || at == word.Length;
    }

    /// <summary>A search for a text in a value: facts where it is found, and where not.</summary>
    public static TestFacts? Contains(AbstractValue value, string? text, AbstractValue? item)
    {
        FactSet yes = FactSet.Empty, no = FactSet.Empty;
        if (text is not null)
        {
            foreach (var l in value.Labels) no = no.Union(FactSet.Of(l.Label.FactKey, Missing(text, value)));
        }
        // A list of the code's own values that has the attacker's: an allow-list, or, where it is missing, a deny-list.
        if (item is { Labels.Length: > 0 } && value.Labels.Length == 0)
        {
            foreach (var l in item.Labels)
            {
                if (l.Label.Marks.Part() != TextPart.Section) yes = yes.Union(FactSet.Of(l.Label.FactKey, TaintKinds.All));
                var denied = TaintKinds.None;
                foreach (var o in value.Objects) foreach (var word in o.Elements.KnownStrings()) denied |= KeyKinds(word);
                if (item.SurelyString || l.Label.SurelyKey()) no = no.Union(FactSet.Of(l.Label.FactKey, FactKinds.Exactly(denied)));
            }
        }
        return yes.IsEmpty && no.IsEmpty ? null : TestFacts.Boolean(yes, no);
    }

    private static TaintKinds Missing(string text, AbstractValue value) => text switch
    {
        ".." or "../" or "/.." => Paths,
        // The path of an address begins with a slash; other text may begin with "../".
        "/../" => value.Labels.All(l => l.Label.Node is { Source.Root: "request" } n && n.Path() is ["url" or "originalUrl" or "path", ..]) ? Paths : TaintKinds.None,
        "." => Paths,
        "__proto__" or "prototype" or "constructor" => value.SurelyKey() ? KeyKinds(text) : TaintKinds.None,
        "<" => TaintKinds.HtmlText | TaintKinds.XmlParse,
        "//" or "://" => TaintKinds.UrlRedirect,
        _ => TaintKinds.None,
    };

    /// <summary>A value that begins with a text the code chose: a normalised path is inside a folder.</summary>
    public static FactSet StartFacts(AbstractValue value, string? prefix)
    {
        var facts = FactSet.Empty;
        foreach (var l in value.Labels)
        {
            if (l.Label.Marks.HasFlag(TextMarks.Normalized)) facts = facts.Union(FactSet.Of(l.Label.FactKey, Paths));
            if (prefix is { Length: > 8 } && prefix.Contains("://", StringComparison.Ordinal) && prefix.IndexOf('/', prefix.IndexOf("://", StringComparison.Ordinal) + 3) > 0) facts = facts.Union(FactSet.Of(l.Label.FactKey, TaintKinds.UrlRequest | TaintKinds.UrlRedirect));
        }
        return facts;
    }

    /// <summary>A host that ends in a domain is one that its owner gave a name to.</summary>
    public static FactSet EndFacts(AbstractValue value, string end)
    {
        var facts = FactSet.Empty;
        if (end.StartsWith('.') && end.IndexOf('.', 1) > 0) foreach (var l in value.Labels) if (l.Label.Marks.Part() == TextPart.Host) facts = facts.Union(FactSet.Of(l.Label.FactKey, TaintKinds.All));
        return facts;
    }

    /// <summary>A value that does not begin with a word is not that word, and neither is the part where it begins.</summary>
    public static FactSet NotAtStart(AbstractValue value, string word)
    {
        var facts = Interpreter.FactsOf(value, FactKinds.Exactly(KeyKinds(word)));
        foreach (var l in value.Labels) if (l.Label.Marks.Part() == TextPart.None) facts = facts.Union(FactSet.Of(TextParts.FactKey(l.Label.Node, l.Label.Marks, TextPart.Start), FactKinds.Exactly(KeyKinds(word))));
        return facts;
    }

    /// <summary>The comparison that says how a value begins, or null.</summary>
    public static Comparison? Begins(AbstractValue value, string? start) =>
        start is { Length: > 0 } && value is { Labels: [var l], Text: null } && l.Label.Marks.Part() is TextPart.None or TextPart.Start ? new Comparison(l.Label.Node, "startsWith", start) : null;

    /// <summary>What equality with a text, or undefined and null by their names, says of the whole value; null where it says nothing that can be written down.</summary>
    public static Comparison? IsEqual(TaintLabel label, string? text) => label.Marks.Part() switch
    {
        TextPart.None => new Comparison(label.Node, "===", text),
        TextPart.Start when text is { Length: > 0 } => new Comparison(label.Node, "startsWith", text),
        TextPart.Extension when text is { Length: > 0 } => new Comparison(label.Node, "endsWith", text),
        _ => null,
    };

    /// <summary>path.relative(root, x) compared: not below the root where it begins with "..".</summary>
    public static TestFacts? Relative(AbstractValue value, AbstractValue other)
    {
        if (other.SingleString is not { } text || !text.StartsWith("..", StringComparison.Ordinal)) return null;
        var facts = FactSet.Empty;
        foreach (var l in value.Labels) facts = facts.Union(FactSet.Of(l.Label.FactKey, Paths));
        return TestFacts.Boolean(FactSet.Empty, facts);
    }

    // Addresses on the same server, and such as lead elsewhere: browsers take a backslash for a slash.
    private static readonly string[] OwnPages = ["/a", "/a/b", "/a?b=c", "/abc/def.html"];
    private static readonly string[] OtherPages = ["//a.b", "/\\a.b", "\\\\a.b", "\\/a.b", "http://a.b", "https://a.b/", "http:a.b", "javascript:a", "javascript:alert(1)//", "///a.b"];

    private static bool Accepts(HeapObject regex, string[] texts) => Array.Exists(texts, t => RegexFacts.Matches(regex.Name, regex.Flags, t));

    // Whatever is tested is the text that it becomes as a key. A word that is found anywhere is in no part of what does not match.
    private static TaintKinds Denied(HeapObject regex, string word) => !RegexFacts.Matches(regex.Name, regex.Flags, word) ? TaintKinds.None
        : RegexFacts.Matches(regex.Name, regex.Flags, "." + word + ".") ? KeyKinds(word) : FactKinds.Exactly(KeyKinds(word));

    /// <summary>A test of a value against a regular expression.</summary>
    public static TestFacts Regex(HeapObject regex, AbstractValue value)
    {
        FactSet yes = FactSet.Empty, no = FactSet.Empty;
        if (value.Labels.Length == 0) return TestFacts.Boolean(yes, no);
        var accepted = RegexFacts.AcceptedCharacters(regex.Name, regex.Flags);
        var rejected = RegexFacts.RejectedSingleCharacters(regex.Name, regex.Flags);
        var safe = accepted is null ? TaintKinds.None : SafeWith(accepted);
        var clean = rejected is null ? TaintKinds.None : SafeWith(rejected.Complement());
        if (regex.Name is @"\.\." or @"\.\.\/" or @"\.\.\/|\/\.\." or @"\.{2}" or @"\.\.[\/\\]") clean |= Paths;
        foreach (var word in (ReadOnlySpan<string>)["__proto__", "constructor", "prototype"]) clean |= Denied(regex, word);
        if (regex.Name.StartsWith('^') && regex.Name.Contains('/', StringComparison.Ordinal) && Accepts(regex, OwnPages) && !Accepts(regex, OtherPages)) safe |= TaintKinds.UrlRedirect;
        foreach (var l in value.Labels)
        {
            yes = yes.Union(FactSet.Of(l.Label.FactKey, safe));
            no = no.Union(FactSet.Of(l.Label.FactKey, clean));
        }
        var comparison = value.Labels.Length == 1 && value.Labels[0].Label.Marks.Part() == TextPart.None ? new Comparison(value.Labels[0].Label.Node, "matches", "/" + regex.Name + "/" + regex.Flags) : null;
        return TestFacts.Boolean(yes, no, comparison);
    }
}

/// <summary>Questions about values that guards ask.</summary>
internal static class ValueQuestions
{
    public static object? SingleConstant(this AbstractValue v) => v.Types == Prim.None && v.Objects.Length == 0 && v.Labels.Length == 0 && v.Constants.Length == 1 ? v.Constants[0] : null;

    /// <summary>A key that is surely a string: an array would pass a comparison and still be that key.</summary>
    public static bool SurelyKey(this AbstractValue v) => v.SurelyString || (v.Labels.Length > 0 && v.Labels.All(l => l.Label.SurelyKey()));

    /// <summary>The same of what one label stands for.</summary>
    public static bool SurelyKey(this TaintLabel label) => label.Marks.HasFlag(TextMarks.Key) || (label.Removed & Keys) == Keys;

    // What can't name a prototype anyway, such as a number, needs to be no text.
    private const TaintKinds Keys = TaintKinds.ProtoKey | TaintKinds.CtorKey;
}
