using System.Text;
using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Recognises the copy of a published library by the comment that its authors put at the top: what it is called, in which version, by whom or under which terms.</summary>
internal static partial class LibraryBanner
{
    private const int Looked = 2048, ShortestStem = 3, ShortestName = 6;

    /// <summary>The line of the banner that names the library, without its decoration; "" where the file has none, or is called otherwise than the library.</summary>
    /// <param name="path">Path of a JavaScript file.</param>
    /// <param name="content">Its content.</param>
    public static string Of(string path, ReadOnlySpan<byte> content)
    {
        var start = content.StartsWith("\uFEFF"u8) ? content[3..] : content;
        var text = Encoding.Latin1.GetString(start[..Math.Min(start.Length, Looked)]).TrimStart();
        var comment = Comment(text);
        if (!Terms().IsMatch(comment) || Stem(path) is not { Length: >= ShortestStem } stem) return "";
        foreach (var line in comment.Split('\n'))
        {
            var said = line.Trim(' ', '\t', '\r', '*', '/', '!');
            if (said.StartsWith("@license", StringComparison.Ordinal)) said = said[8..].Trim();
            if (Version().Match(said) is not { Success: true } version || !Letters(said[..version.Index]).Contains(stem, StringComparison.Ordinal)) continue;
            return said[..(version.Index + version.Length)];
        }
        // The version on a line of its own, the name elsewhere: in a title, or in the library's address.
        var name = Letters(Path.GetFileNameWithoutExtension(path).Replace(".min", "", StringComparison.Ordinal));
        return name.Length >= ShortestName && NamedVersion().Match(comment) is { Success: true } own && Letters(comment).Contains(name, StringComparison.Ordinal) ? $"{name} {own.Groups[1].Value}" : "";
    }

    private static string Comment(string text)
    {
        if (text.StartsWith("/*", StringComparison.Ordinal)) return text.IndexOf("*/", StringComparison.Ordinal) is var end and >= 0 ? text[..end] : text;
        return string.Join('\n', text.Split('\n').TakeWhile(l => l.StartsWith("//", StringComparison.Ordinal)));
    }

    // "jquery-3.2.1.min.js" is jquery, and so is "jquery.cookie.js": plugins go by the name of what they belong to.
    private static string Stem(string path) => Letters(Path.GetFileName(path).Split('-', '_', '.')[0]);

    private static string Letters(string text) => new([.. text.Where(char.IsAsciiLetter).Select(char.ToLowerInvariant)]);

    [GeneratedRegex(@"licen[sc]e|copyright|\([cC]\)|\u00A9|https?://|released under", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)] private static partial Regex Terms();
    [GeneratedRegex(@"\bversion\s{0,4}:?\s{1,4}([vV]?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?)\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)] private static partial Regex NamedVersion();
    [GeneratedRegex(@"\b[vV]?\d{1,4}\.\d{1,4}(?:\.\d{1,4})?(?:-[\w.]{1,20})?\b", RegexOptions.CultureInvariant)] private static partial Regex Version();
}
