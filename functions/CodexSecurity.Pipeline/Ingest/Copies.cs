using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>
/// Files that say nothing which another file of their package does not say, line by line: the same program for another loader, with fewer parts, or put away;
/// and what was put together from many files that lie beside it. What a package gives to those who require it, what it starts, and what other code loads, is no copy; nor is
/// what lies in a folder of sources. In which order lines stand is not looked at.
/// </summary>
internal sealed partial class Copies
{
    // Files of few lines say too little to be told apart, and what is put together from others has many.
    private const int MostMarks = 3, FewLines = 40, ManyLines = 300;
    // Builds that go by one name differ in what their surroundings ask for; two written files of such names may differ in what matters.
    private const double MostOther = 0.03;
    // A compiler that puts files together adds helpers of its own.
    private const double MostAdded = 0.05;
    // "" for what is said by several files.
    private readonly Dictionary<string, (string Of, int Other)> _copies = new(StringComparer.Ordinal);

    /// <summary>Makes one.</summary>
    /// <param name="files">Source files that are analysed otherwise.</param>
    /// <param name="builds">Source files that are not, for each is another build of one of these.</param>
    /// <param name="required">What a package gives to those who require it, or starts.</param>
    /// <param name="originals">Tells packages and names.</param>
    public Copies(IReadOnlyList<SnapshotFile> files, IReadOnlyList<SnapshotFile> builds, IReadOnlySet<string> required, Originals originals)
    {
        var texts = files.Select(f => new Text(f, originals.Package(f.Path))).ToList();
        var all = texts.Concat(builds.Select(f => new Text(f, originals.Package(f.Path)))).ToList();
        texts = [.. texts.Where(t => t.Lines.Count >= FewLines)];
        // Only what holds the longest lines of a file can hold the file.
        var holders = texts.SelectMany(t => t.Marks).Distinct(StringComparer.Ordinal).ToDictionary(m => m, _ => new List<Text>(), StringComparer.Ordinal);
        foreach (var text in all) foreach (var line in text.Lines) if (holders.TryGetValue(line, out var list)) list.Add(text);
        var named = required.Select(Unminified).ToHashSet(StringComparer.Ordinal);
        texts = [.. texts.OrderBy(t => required.Contains(t.Path) ? 0 : named.Contains(t.Path) ? 1 : 2).ThenByDescending(t => t.Lines.Count).ThenBy(t => t.Path, StringComparer.Ordinal)];
        for (var place = 0; place < texts.Count; place++)
        {
            var text = texts[place];
            text.Place = place;
            if (required.Contains(text.Path) || IsSource(text.Path)) continue;
            var candidates = text.Marks.SelectMany(m => holders[m]).Distinct().Where(k => k.Place < place && k.Package == text.Package && !_copies.ContainsKey(k.Path) && text.Lines.Count * 2 >= k.Lines.Count);
            foreach (var other in candidates.OrderBy(k => k.Place))
            {
                var missing = text.OwnLines.Count(l => !other.Lines.Contains(l));
                var isBuild = originals.IsOutput(text.Path) && Originals.Stem(text.Path) == Originals.Stem(other.Path);
                if (missing > (isBuild ? text.OwnLines.Count * MostOther : 0)) continue;
                _copies[text.Path] = (other.Path, missing);
                break;
            }
            // Parts are smaller than the whole. Their other builds say what they say.
            if (text.OwnLines.Count < ManyLines || _copies.ContainsKey(text.Path) || !text.Marks.All(m => holders[m].Any(h => IsPart(h, text)))) continue;
            var parts = all.Where(t => IsPart(t, text)).SelectMany(t => t.Lines).ToHashSet(StringComparer.Ordinal);
            var rest = text.OwnLines.Count(l => !parts.Contains(l));
            if (rest <= text.OwnLines.Count * MostAdded) _copies[text.Path] = ("", rest);
        }
        LoadedPaths.TakeBack(files, _copies);
    }

    /// <summary>Why a file is left out; "" where it is not.</summary>
    public string NoteOf(string path)
    {
        if (!_copies.TryGetValue(path, out var copy)) return "";
        var said = copy.Of.Length == 0 ? "put together from other files of the package, which are analysed" : $"says what {copy.Of} says, which is analysed";
        return copy.Other == 0 ? said : FormattableString.Invariant($"{said}, but for {copy.Other} of its lines");
    }

    private static bool IsPart(Text text, Text whole) => text.Package == whole.Package && text.OwnLines.Count * 2 <= whole.OwnLines.Count;

    private static bool IsSource(string path) => ModuleResolver.FolderOf(path).Split('/').Any(p => p is "src" or "source" or "sources");

    private static string Unminified(string path) => Minified().Replace(path, ".");

    // A line that says nothing but how the file is loaded, a comment, or no word at all. Any other difference is one, be it as short as a call.
    private static bool IsOfLoader(string line) => Tie().IsMatch(line) || Word().Matches(line).All(w => s_loaders.Contains(w.Value));

    // What loaders are written with.
    private static readonly HashSet<string> s_loaders = new(StringComparer.Ordinal)
    {
        "typeof", "exports", "module", "define", "amd", "factory", "global", "globalThis", "self", "window", "root", "this", "function", "undefined", "object", "require", "use", "strict", "default", "__esModule",
        "Object", "defineProperty", "value", "true", "return", "if", "else",
    };

    [GeneratedRegex("""
        ^(?:import\b[^(]*$ | export\s*[{*][^(]*$ | exports(?:\.[\w$]+)+\ =\ [\w$.=\ ]+;?$ | module\.exports\ =\ [\w$.]+;?$
          | (?:var|let|const)\ [\w${},:\ ]+\ =\ (?:_\w+\()?require\(["'][^"']+["']\)+[;,]?$ | // | /\*(?:(?!\*/).)*(?:\*/)?$ | \*(?:\s|/?$))
        """, RegexOptions.CultureInvariant | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tie();

    [GeneratedRegex(@"[A-Za-z_$][\w$]*", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"^export (?:default )?(?=(?:async |function\b|class\b|const |let |var ))", RegexOptions.CultureInvariant)]
    private static partial Regex Exported();

    [GeneratedRegex(@"(?<=[A-Za-z])\$\d{1,3}\b", RegexOptions.CultureInvariant)]
    private static partial Regex Numbered();

    [GeneratedRegex(@"[.-]min\.", RegexOptions.CultureInvariant)]
    private static partial Regex Minified();

    private sealed class Text
    {
        public Text(SnapshotFile file, string package)
        {
            (Path, Package) = (file.Path, package);
            foreach (var range in Encoding.Latin1.GetString(file.Content.Span).AsSpan().EnumerateLines())
            {
                var line = range.Trim();
                if (line.Length == 0) continue;
                // What is exported where it is written is the same elsewhere, and so is a name that was numbered where files were put together.
                var said = Numbered().Replace(Exported().Replace(line.ToString(), ""), "");
                if (Lines.Add(said) && !IsOfLoader(said)) OwnLines.Add(said);
            }
            Marks = [.. OwnLines.OrderByDescending(l => l.Length).ThenBy(l => l, StringComparer.Ordinal).Take(MostMarks)];
        }

        public string Path { get; }
        public string Package { get; }
        public int Place { get; set; } = int.MaxValue;
        public HashSet<string> Lines { get; } = new(StringComparer.Ordinal);
        public List<string> OwnLines { get; } = [];
        public IReadOnlyList<string> Marks { get; }
    }
}
