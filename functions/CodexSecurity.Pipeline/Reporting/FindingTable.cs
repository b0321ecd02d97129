using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>A row of the findings table, texts without markup. Control characters are gone, so a terminal can show it.</summary>
public sealed record FindingRow(
    int Rank, string Severity, string Confidence, string Title, string Rule, string Place, string EntryPoint, string Verdict, string Patch, string State, string Id, bool Recommended, bool Suppressed);

/// <summary>Table model of a scan; the host renders it.</summary>
public static class FindingTable
{
    /// <summary>Rows in the scan's order.</summary>
    public static IReadOnlyList<FindingRow> Rows(ScanResult scan) => [.. scan.Findings.Select(f => new FindingRow(
        f.Rank, ReportText.Name(f.Severity.Level), ReportText.Name(f.Candidate.Confidence), Line(f.Rule.Title), f.Rule.Id,
        Line(FormattableString.Invariant($"{f.Candidate.Sink.Path}:{f.Candidate.Sink.StartLine}")), Line(ReportText.EntryPoint(f.Candidate)),
        ReportText.Name(f.Validation.Verdict) + (f.Validation.Verdict == ValidationVerdict.Confirmed ? $" ({ReportText.Name(f.Validation.Level)})" : ""),
        ReportText.Name(f.Patch.Verdict), ReportText.Name(f.State), f.Id, f.Recommended, f.Suppression is not null))];

    /// <summary>One sentence on the coverage: an incomplete scan is never called clean.</summary>
    public static string CoverageLine(CoverageLedger coverage)
    {
        var analysed = coverage.Files.Count(f => f.Status == Analysis.Results.CoverageStatus.Analyzed);
        var partly = coverage.Files.Count(f => f.Status == Analysis.Results.CoverageStatus.Partial);
        var not = coverage.Files.Count - analysed - partly;
        return FormattableString.Invariant($"{(coverage.Complete ? "Complete" : "INCOMPLETE")} scan: {analysed} source files analysed, {partly} in part, {not} not; {coverage.FilesTotal} files in all, {coverage.LeftOut.Count} left out on purpose, {coverage.Unfinished.Count} unfinished.");
    }

    private static string Line(string text) => ReportText.Clean(text).ReplaceLineEndings(" ").Replace('\t', ' ');
}
