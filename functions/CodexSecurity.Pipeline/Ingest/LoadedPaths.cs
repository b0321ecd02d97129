using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Finds which files code loads by a relative path, as far as its text tells.</summary>
internal static partial class LoadedPaths
{
    /// <summary>Paths that the files may mean: as they are written, with an ending, or the index of a folder.</summary>
    public static HashSet<string> Of(IEnumerable<SnapshotFile> files)
    {
        var loaded = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            foreach (Match match in Specifier().Matches(Encoding.Latin1.GetString(file.Content.Span)))
            {
                var path = ModuleResolver.Join(ModuleResolver.FolderOf(file.Path), match.Groups[1].Value);
                loaded.Add(path);
                loaded.Add(path + ".js");
                loaded.Add(path + "/index.js");
            }
        }
        return loaded;
    }

    [GeneratedRegex("""(?:require\s{0,4}\(|from|import\s{0,4}\(?)\s{0,4}["'](\.{1,2}/[^"'\r\n]{1,300})["']""", RegexOptions.CultureInvariant)]
    private static partial Regex Specifier();
}
