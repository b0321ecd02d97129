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

    /// <summary>What readers of ZIP archives call an entry's name.</summary>
    public const string NameOfZip = "entryName";

    /// <summary>x.entryName: what was read, and an entry's name where it is no field that the program itself fills in.</summary>
    public static AbstractValue Named(Interpreter interpreter, AbstractValue target, AbstractValue read, Place place)
    {
        if (NamesOf(read.Labels).Length > 0 || target.Labels.Length == 0 && target.Objects.Length > 0 && target.Objects.All(o => o.Kind == ObjectKind.Plain && o.HasOwn(NameOfZip))) return read;
        return read.Join(interpreter.FromSource(Source, null, "the name of an archive's entry", place));
    }

    /// <summary>What of these names an entry.</summary>
    public static Tainted[] NamesOf(Tainted[] labels) => Array.FindAll(labels, l => l.Label.Node.Source.Root == Root);
}
