using System.Globalization;
using System.Text;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Remediation.Editing;

/// <summary>Applies text edits and writes them as a unified diff that <c>git apply</c> takes. Lines end at LF, as git sees them; a CR stays part of its line.</summary>
public static class UnifiedDiff
{
    private const int Context = 3;

    /// <summary>The text with the edits of one file applied. Throws where edits overlap or lie outside the text.</summary>
    public static string Apply(string text, IEnumerable<FileEdit> edits)
    {
        var result = new StringBuilder(text.Length + 256);
        var at = 0;
        foreach (var edit in edits.OrderBy(e => e.Start).ThenBy(e => e.End))
        {
            if (edit.Start < at || edit.End < edit.Start || edit.End > text.Length) throw new ArgumentException($"edit {edit.Start}..{edit.End} of {edit.Path} overlaps another or lies outside the text", nameof(edits));
            result.Append(text, at, edit.Start - at).Append(edit.Replacement);
            at = edit.End;
        }
        return result.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Two sets of edits as one: what both hold counts once; null where they touch the same text in different ways.</summary>
    public static List<FileEdit>? Join(IReadOnlyList<FileEdit> first, IReadOnlyList<FileEdit> second)
    {
        var all = first.Concat(second.Where(e => !first.Contains(e))).OrderBy(e => e.Path, StringComparer.Ordinal).ThenBy(e => e.Start).ThenBy(e => e.End).ToList();
        for (var i = 1; i < all.Count; i++)
        {
            if (all[i].Path == all[i - 1].Path && (all[i].Start < all[i - 1].End || (all[i].Start == all[i - 1].Start && all[i].Start == all[i].End && all[i - 1].End > all[i - 1].Start))) return null;
        }
        return all;
    }

    /// <summary>The diff of all edits, files by path. A file that is not in <paramref name="files"/> is new when its one edit starts at 0.</summary>
    public static string Write(IReadOnlyList<FileEdit> edits, IReadOnlyDictionary<string, SourceFile> files)
    {
        var diff = new StringBuilder();
        foreach (var group in edits.GroupBy(e => e.Path, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var known = files.TryGetValue(group.Key, out var file);
            // The byte order mark is no part of the text, but it is part of git's first line.
            var mark = known && file!.HasByteOrderMark ? "\uFEFF" : "";
            var old = known ? mark + file!.Text : "";
            var body = Hunks(old, mark + Apply(known ? file!.Text : "", group));
            if (body.Length == 0) continue;
            var quoted = Quote(group.Key);
            diff.Append(CultureInfo.InvariantCulture, $"diff --git {Name("a/", quoted)} {Name("b/", quoted)}\n");
            if (!known) diff.Append("new file mode 100644\n");
            diff.Append(CultureInfo.InvariantCulture, $"--- {(known ? Name("a/", quoted) : "/dev/null")}\n+++ {Name("b/", quoted)}\n").Append(body);
        }
        return diff.ToString();
    }

    private static string Name(string prefix, string path) => path.StartsWith('"') ? "\"" + prefix + path[1..] : prefix + path;

    // git quotes names with control characters, quotes or backslashes; others are written as they are.
    private static string Quote(string path) => path.Any(c => c is < ' ' or '"' or '\\')
        ? "\"" + string.Concat(path.Select(c => c switch { '"' => "\\\"", '\\' => "\\\\", '\t' => "\\t", '\n' => "\\n", < ' ' => "\\" + Convert.ToString(c, 8).PadLeft(3, '0'), _ => c.ToString() })) + "\""
        : path;

    private static string Hunks(string before, string after)
    {
        var changes = new DiffPlex.Differ().CreateDiffs(before, after, false, false, LineChunker.Instance);
        if (changes.DiffBlocks.Count == 0) return "";
        var (old, now) = (changes.PiecesOld, changes.PiecesNew);
        var text = new StringBuilder();
        for (var i = 0; i < changes.DiffBlocks.Count;)
        {
            var last = i;
            while (last + 1 < changes.DiffBlocks.Count
                && changes.DiffBlocks[last + 1].DeleteStartA - (changes.DiffBlocks[last].DeleteStartA + changes.DiffBlocks[last].DeleteCountA) <= 2 * Context) last++;
            var (first, final) = (changes.DiffBlocks[i], changes.DiffBlocks[last]);
            var from = Math.Max(0, first.DeleteStartA - Context);
            var to = Math.Min(old.Count, final.DeleteStartA + final.DeleteCountA + Context);
            var shift = first.InsertStartB - first.DeleteStartA;
            var added = changes.DiffBlocks.Skip(i).Take(last - i + 1).Sum(b => b.InsertCountB - b.DeleteCountA);
            text.Append(CultureInfo.InvariantCulture, $"@@ -{Range(from, to - from)} +{Range(from + shift, to - from + added)} @@\n");
            var at = from;
            for (var b = i; b <= last; b++)
            {
                var block = changes.DiffBlocks[b];
                for (; at < block.DeleteStartA; at++) Line(text, ' ', old[at]);
                for (; at < block.DeleteStartA + block.DeleteCountA; at++) Line(text, '-', old[at]);
                for (var k = 0; k < block.InsertCountB; k++) Line(text, '+', now[block.InsertStartB + k]);
            }
            for (; at < to; at++) Line(text, ' ', old[at]);
            i = last + 1;
        }
        return text.ToString();
    }

    private static string Range(int start, int count)
    {
        var line = count == 0 ? start : start + 1;
        return count == 1 ? line.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{line},{count}");
    }

    private static void Line(StringBuilder text, char sign, string line)
    {
        text.Append(sign).Append(line);
        if (!line.EndsWith('\n')) text.Append("\n\\ No newline at end of file\n");
    }

    /// <summary>Lines with their ends, so that a missing last line end and mixed ends are seen as differences.</summary>
    private sealed class LineChunker : DiffPlex.IChunker
    {
        public static LineChunker Instance { get; } = new();

        public IReadOnlyList<string> Chunk(string text)
        {
            var lines = new List<string>();
            for (var at = 0; at < text.Length;)
            {
                var end = text.IndexOf('\n', at);
                end = end < 0 ? text.Length : end + 1;
                lines.Add(text[at..end]);
                at = end;
            }
            return lines;
        }
    }
}
