using System.Text;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Reporting;

namespace CodexSecurity.Local.Hosting;

/// <summary>A scan as one of the report formats.</summary>
public static class ReportWriter
{
    /// <summary>The formats of files.</summary>
    public static IReadOnlyList<string> Formats { get; } = ["table", "json", "sarif", "md", "html"];

    /// <summary>The report as UTF-8.</summary>
    /// <exception cref="ArgumentException">No such format.</exception>
    public static byte[] Write(string format, ScanResult scan, SourceLookup sources) => format switch
    {
        "json" => JsonReport.Write(scan, sources),
        "sarif" => SarifReport.Write(scan, sources),
        "md" => Encoding.UTF8.GetBytes(MarkdownReport.Write(scan, sources)),
        "html" => Encoding.UTF8.GetBytes(HtmlReport.Write(scan, sources)),
        "table" => Encoding.UTF8.GetBytes(TableReport.Write(scan, 120)),
        _ => throw new ArgumentException($"there is no report format \"{format}\"", nameof(format)),
    };

    /// <summary>Source texts of a snapshot for excerpts.</summary>
    public static SourceLookup Sources(Snapshot snapshot)
    {
        var files = snapshot.Files.ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        return new SourceLookup(path => files.TryGetValue(path, out var content) ? SourceFile.FromBytes(path, content.Span).Text : null);
    }
}
