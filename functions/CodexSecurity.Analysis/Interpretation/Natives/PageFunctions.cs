namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>What pages do by more than a call: elements by their names, handlers that are written, and where a page goes.</summary>
internal static class PageFunctions
{
    public static void Register(Dictionary<string, NativeFunction> t) =>
        t["document.createElement"] = (i, c) => i.External(string.Equals(c.Argument(0).SingleString, "script", StringComparison.OrdinalIgnoreCase) ? "HTMLScriptElement" : "Element", null).Value;

    /// <summary>A property of an API object is written: what handles messages of other pages, or of a server, is run with one. Workers are the page's own.</summary>
    public static void Written(Interpreter i, Frame frame, HeapObject target, string name, AbstractValue value, Place place)
    {
        if (name == "onmessage" && target.Name is "window" or "self" or "new WebSocket" or "WebSocket") i.CallBack(frame, place, value, [i.External("MessageEvent", null).Value], target.Value);
    }

    /// <summary>A global variable is written: <c>location = address</c> goes there.</summary>
    public static void Stored(Interpreter i, Frame frame, string name, AbstractValue value, Place place)
    {
        if (name == "location") i.SetProperty(i.External("window", null).Value, name, value, place, frame, false);
    }
}
