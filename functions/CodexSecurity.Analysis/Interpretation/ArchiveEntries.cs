using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Entries of archives: whoever made the archive chose their names. Readers of archives, whichever library, tell of them by an event.
/// </summary>
internal static class ArchiveEntries
{
    /// <summary>Root of the access paths of entries.</summary>
    public const string Root = "archive";

    private static readonly SourceModel Source = new(PortPath.Return, "file-content", Root, []);

    /// <summary>x.on("entry", f): what f is given; null where it is another call.</summary>
    public static AbstractValue? Given(Interpreter interpreter, ReadOnlySpan<char> method, AbstractValue[] arguments, Place place) =>
        arguments.Length == 2 && arguments[0].SingleString == "entry" && method is "on" or "once" or "addListener" ? interpreter.FromSource(Source, null, "the name of an archive's entry", place) : null;

    /// <summary>What of these names an entry.</summary>
    public static Tainted[] NamesOf(Tainted[] labels) => Array.FindAll(labels, l => l.Label.Node.Source.Root == Root);
}
