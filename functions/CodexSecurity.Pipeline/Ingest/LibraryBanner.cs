using System.Text;
using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Recognises the copy of a published library by the comment that its authors put at the top: what it is called, in which version, by whom or under which terms.</summary>
internal static partial class LibraryBanner
{
    private const int Looked = 2048, ShortestStem = 3;

    /// <summary>The line of the banner that names the library, without its decoration; "" where the file has none, or is called otherwise than the library.</summary>
    /// <param name="path">Path of a JavaScript file.</param>
    /// <param name="content">Its content.</param>
    public static string Of(string path, ReadOnlySpan<byte> content)
    {
        var start = content.StartsWith("\uFEFF"u8) ? content[3..] : content;
        var text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, Looked)]).TrimStart();
        if (!text.StartsWith("/*", StringComparison.Ordinal)) return "";
        var end = text.IndexOf("*/", StringComparison.Ordinal);
        var comment = end < 0 ? text : text[..end];
        if (!Terms().IsMatch(comment) || Stem(path) is not { Length: >= ShortestStem } stem) return "";
        foreach (var line in comment.Split('\n'))
        {
            var said = line.Trim(' ', '\t', '\r', '*', '/', '!');
            if (said.StartsWith("@license", StringComparison.Ordinal)) said = said[8..].Trim();
            if (Version().Match(said) is not { Success: true } version || !Letters(said[..version.Index]).Contains(stem, StringComparison.Ordinal)) continue;
            return said[..(version.Index + version.Length)];
        }
        return "";
    }

    // "jquery-3.2.1.min.js" is jquery, and so is "jquery.cookie.js": plugins go by the name of what they belong to.
    private static string Stem(string path) => Letters(Path.GetFileName(path).Split('-', '_', '.')[0]);

    private static string Letters(string text) => new([.. text.Where(char.IsAsciiLetter).Select(char.ToLowerInvariant)]);

    [GeneratedRegex(@"licen[sc]e|copyright|\([cC]\)|\u00A9|https?://|released under", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)] private static partial Regex Terms();
    [GeneratedRegex(@"\b[vV]?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-[\w.]{1,20})?\b", RegexOptions.CultureInvariant)] private static partial Regex Version();
}
