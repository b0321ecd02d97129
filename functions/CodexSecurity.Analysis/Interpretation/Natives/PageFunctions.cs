namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>What pages do whose result depends on a name: the elements that they make.</summary>
internal static class PageFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t) =>
        t["document.createElement"] = (i, c) => i.External(string.Equals(c.Argument(0).SingleString, "script", StringComparison.OrdinalIgnoreCase) ? "HTMLScriptElement" : "Element", null).Value;
}
