namespace CodexSecurity.Analysis.Models;

/// <summary>
/// What untrusted text may still become. A label starts with all kinds; sanitizers and guards remove some; a sink names one.
/// The values are part of summary cache keys: append, never renumber.
/// </summary>
[Flags]
public enum TaintKinds : uint
{
    None = 0,
    /// <summary>Text that a shell parses.</summary>
    ShellText = 1,
    /// <summary>Name of the program that is started.</summary>
    CommandName = 2,
    /// <summary>One argument of a program that is started without a shell.</summary>
    Argv = 4,
    /// <summary>Source text that is evaluated.</summary>
    CodeText = 8,
    /// <summary>Path of a file that is read.</summary>
    PathRead = 0x10,
    /// <summary>Path of a file that is written, moved or removed.</summary>
    PathWrite = 0x20,
    /// <summary>Name of an archive's entry that becomes a path.</summary>
    ArchiveEntry = 0x40,
    /// <summary>Text of an SQL statement.</summary>
    SqlText = 0x80,
    /// <summary>Query document of a document database.</summary>
    NosqlQuery = 0x100,
    /// <summary>Markup that a browser parses.</summary>
    HtmlText = 0x200,
    /// <summary>Address of a request that the program makes.</summary>
    UrlRequest = 0x400,
    /// <summary>Address that a client is sent to.</summary>
    UrlRedirect = 0x800,
    /// <summary>Source text of a template.</summary>
    TemplateText = 0x1000,
    /// <summary>Input of a deserializer that can build more than data.</summary>
    Deserialize = 0x2000,
    /// <summary>Input of an XML parser that resolves entities.</summary>
    XmlParse = 0x4000,
    /// <summary>Text that a regular expression is matched against whose time grows with the square of the length: not of a text that is short.</summary>
    RegexSubject = 0x8000,
    /// <summary>Text of a regular expression.</summary>
    RegexPattern = 0x10000,
    /// <summary>A key that may be <c>__proto__</c>.</summary>
    ProtoKey = 0x20000,
    /// <summary>A key that may be <c>constructor</c> or <c>prototype</c>.</summary>
    CtorKey = 0x40000,
    /// <summary>Value of a header.</summary>
    HeaderText = 0x80000,
    /// <summary>A line of a log.</summary>
    LogText = 0x100000,
    /// <summary>Filter or name of an LDAP query.</summary>
    LdapText = 0x200000,
    /// <summary>Text of an XPath expression.</summary>
    XpathText = 0x400000,
    /// <summary>Text that a regular expression is matched against whose time grows with the third power of the length, or more.</summary>
    RegexSubjectCubed = 0x800000,
    /// <summary>Text that a regular expression is matched against whose time doubles with each character: some thirty are enough.</summary>
    RegexSubjectDoubled = 0x1000000,
    /// <summary>Everything; "text" in YAML.</summary>
    Text = 0x1FFFFFF,
    /// <summary>Everything.</summary>
    All = Text,
}

/// <summary>Names of kinds in YAML: "shell-text", "path-read" …; "text" is all of them.</summary>
public static class TaintKindNames
{
    private static readonly (string Name, TaintKinds Kind)[] Names =
    [
        ("shell-text", TaintKinds.ShellText), ("command-name", TaintKinds.CommandName), ("argv", TaintKinds.Argv), ("code-text", TaintKinds.CodeText),
        ("path-read", TaintKinds.PathRead), ("path-write", TaintKinds.PathWrite), ("archive-entry", TaintKinds.ArchiveEntry), ("sql-text", TaintKinds.SqlText),
        ("nosql-query", TaintKinds.NosqlQuery), ("html-text", TaintKinds.HtmlText), ("url-request", TaintKinds.UrlRequest), ("url-redirect", TaintKinds.UrlRedirect),
        ("template-text", TaintKinds.TemplateText), ("deserialize", TaintKinds.Deserialize), ("xml-parse", TaintKinds.XmlParse), ("regex-subject", TaintKinds.RegexSubject), ("regex-subject-cubed", TaintKinds.RegexSubjectCubed),
        ("regex-subject-doubled", TaintKinds.RegexSubjectDoubled),
        ("regex-pattern", TaintKinds.RegexPattern), ("proto-key", TaintKinds.ProtoKey), ("ctor-key", TaintKinds.CtorKey), ("header-text", TaintKinds.HeaderText),
        ("log-text", TaintKinds.LogText), ("ldap-text", TaintKinds.LdapText), ("xpath-text", TaintKinds.XpathText),
    ];

    private static readonly Dictionary<string, TaintKinds> ByName = Names.Append(("text", TaintKinds.Text)).ToDictionary(n => n.Item1, n => n.Item2, StringComparer.Ordinal);

    /// <summary>The kind of a name.</summary>
    public static bool TryParse(string name, out TaintKinds kind) => ByName.TryGetValue(name, out kind);

    /// <summary>Name of one kind.</summary>
    /// <exception cref="ArgumentException">It is none or several.</exception>
    public static string NameOf(TaintKinds single)
    {
        foreach (var (name, kind) in Names)
        {
            if (kind == single) return name;
        }
        throw new ArgumentException($"{single} is not one kind", nameof(single));
    }

    /// <summary>The kinds of a mask, one by one, lowest first.</summary>
    public static IEnumerable<TaintKinds> Each(TaintKinds mask) => Names.Where(n => (mask & n.Kind) != 0).Select(n => n.Kind);
}
