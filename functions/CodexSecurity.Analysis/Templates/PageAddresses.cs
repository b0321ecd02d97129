namespace CodexSecurity.Analysis.Templates;

/// <summary>What becomes of the addresses and scripts that stand in a page.</summary>
public static class PageAddresses
{
    /// <summary>An address of the attacker's choice runs his script in the page: by itself, by what it loads, or by a click.</summary>
    public static bool IsFollowed(string element, string attribute) => RunsScripts(element, attribute) || (Is(attribute, "src") && Is(element, "script")) || (Is(attribute, "href") && Is(element, "base"));

    /// <summary>An address of the scheme javascript in this attribute of this element is run.</summary>
    public static bool RunsScripts(string element, string attribute) =>
        (Is(attribute, "href") && (Is(element, "a") || Is(element, "area"))) || (Is(attribute, "src") && (Is(element, "iframe") || Is(element, "frame")))
        || (Is(attribute, "action") && Is(element, "form")) || (Is(attribute, "formaction") && (Is(element, "button") || Is(element, "input")));

    /// <summary>A script of this type is run; others hold data or templates.</summary>
    /// <param name="type">Value of the attribute; "" where it has none.</param>
    public static bool IsRun(string type)
    {
        ArgumentNullException.ThrowIfNull(type);
        var plain = type.Split(';')[0].Trim();
        return plain.Length == 0 || Is(plain, "module") || plain.EndsWith("javascript", StringComparison.OrdinalIgnoreCase) || plain.EndsWith("ecmascript", StringComparison.OrdinalIgnoreCase);
    }

    private static bool Is(string name, string other) => name.Equals(other, StringComparison.OrdinalIgnoreCase);
}
