using System.Text;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>The report formats that are files.</summary>
public static class ScanReports
{
    /// <summary>Format to media type.</summary>
    public static IReadOnlyDictionary<string, string> Formats { get; } = new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["html"] = "text/html; charset=utf-8", ["json"] = "application/json", ["md"] = "text/markdown; charset=utf-8", ["sarif"] = "application/sarif+json",
    };

    /// <summary>The report as UTF-8.</summary>
    /// <exception cref="ArgumentException">No such format.</exception>
    public static byte[] Write(string format, ScanResult scan, SourceLookup sources) => format switch
    {
        "json" => JsonReport.Write(scan, sources),
        "sarif" => SarifReport.Write(scan, sources),
        "md" => Encoding.UTF8.GetBytes(MarkdownReport.Write(scan, sources)),
        "html" => Encoding.UTF8.GetBytes(HtmlReport.Write(scan, sources)),
        _ => throw new ArgumentException($"there is no report format \"{format}\"", nameof(format)),
    };

    /// <summary>Source texts of a snapshot for excerpts.</summary>
    public static SourceLookup Sources(Snapshot snapshot)
    {
        var files = snapshot.Files.ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        return new SourceLookup(path => files.TryGetValue(path, out var content) ? SourceFile.FromBytes(path, content.Span).Text : null);
    }
}
