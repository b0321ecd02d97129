using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Templates;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>
/// Builds the ledger of a scan from what was there, what was selected and what the engine says it did. A file in scope is analysed, or it stands in
/// <see cref="CoverageLedger.Unfinished"/>; constructs that the engine gave up inside an analysed file are its partial coverage, a known limit, and
/// leave the scan complete; work that a limit ended does not.
/// </summary>
public static class CoverageLedgers
{
    /// <summary>The ledger. A pure function.</summary>
    /// <param name="snapshot">What was there, its contents aside.</param>
    /// <param name="selection">The role of each file.</param>
    /// <param name="coverage">What became of each file that was given to the engine.</param>
    /// <param name="diagnostics">The engine's limits that were reached.</param>
    public static CoverageLedger Build(StoredSnapshot snapshot, SourceSelection selection, IReadOnlyList<FileCoverage> coverage, IReadOnlyList<AnalysisDiagnostic> diagnostics)
    {
        var covered = coverage.ToDictionary(c => c.Path, StringComparer.Ordinal);
        var leftOut = new List<LeftOut>(snapshot.LeftOut);
        var unfinished = new List<LeftOut>();
        foreach (var missing in snapshot.Unread) (MayHoldSource(missing.Path) ? unfinished : leftOut).Add(missing);
        foreach (var file in selection.Files) Enter(file, covered.GetValueOrDefault(file.Path), leftOut, unfinished);
        foreach (var limit in diagnostics.Where(d => d.Code == "failure" || d.Code.StartsWith("budget", StringComparison.Ordinal)))
            unfinished.Add(new(limit.Location?.Path ?? LeftOut.Everything, limit.Message));
        // Templates show what code hands them: alone they are no program.
        if (!coverage.Any(c => c.Status != CoverageStatus.NotAnalyzed && !TemplateReader.MayBeTemplate(c.Path)) && unfinished.Count == 0)
            unfinished.Add(new(LeftOut.Everything, "no source code in a language that is analysed: nothing was looked at"));
        return new(
            unfinished.Count == 0, selection.Files.Count + snapshot.Unread.Count, [.. coverage.OrderBy(c => c.Path, StringComparer.Ordinal)], Ordered(leftOut), Ordered(unfinished));
    }

    private static void Enter(SelectedFile file, FileCoverage? done, List<LeftOut> leftOut, List<LeftOut> unfinished)
    {
        switch (file.Role)
        {
            case FileRole.Source when done is null:
                unfinished.Add(new(file.Path, "it was not given to the engine"));
                break;
            case FileRole.Source when done.Status == CoverageStatus.NotAnalyzed:
                unfinished.Add(new(file.Path, done.Reason));
                break;
            case FileRole.NotSupported:
                unfinished.Add(new(file.Path, file.Note));
                break;
            case FileRole.LeftOut or FileRole.Made:
                leftOut.Add(new(file.Path, file.Note));
                break;
            case FileRole.Test or FileRole.Auxiliary when done is null || done.Status == CoverageStatus.NotAnalyzed:
                leftOut.Add(new(file.Path, $"{CodeRole.Of(file.Path)} code: not in scope"));
                break;
        }
    }

    // A folder may hold anything; a name without an extension may be a script.
    private static bool MayHoldSource(string path) =>
        path.EndsWith('/') || GrammarDetection.Detect(path) is not null || Languages.Foreign(path).Length > 0 || Languages.IsManifest(path) || Path.GetExtension(path).Length == 0;

    private static List<LeftOut> Ordered(List<LeftOut> list) => [.. list.Distinct().OrderBy(l => l.Path, StringComparer.Ordinal).ThenBy(l => l.Reason, StringComparer.Ordinal)];
}
