using System.Diagnostics;
using CodexSecurity.Adapters.Git;
using CodexSecurity.Analysis;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>
/// Figures, not checks: lines that detection reads in a second, in a process that begins and in one that has done it before. Run by
/// <c>CODEX_SECURITY_LOAD_FOLDER=/path …/CodexSecurity.EndToEnd.Tests -explicit only -method '*DetectionLoad*' -showLiveOutput</c>.
/// </summary>
public sealed class DetectionLoad(ITestOutputHelper output)
{
    private const int Repeats = 4;

    [Fact(Explicit = true)]
    public async Task Of_a_folder()
    {
        var folder = Environment.GetEnvironmentVariable("CODEX_SECURITY_LOAD_FOLDER") ?? throw new InvalidOperationException("CODEX_SECURITY_LOAD_FOLDER names the folder");
        var taken = await new GitSnapshotSource().TakeAsync(folder, null, TestContext.Current.CancellationToken);
        var snapshot = taken.Value ?? throw new InvalidOperationException(taken.Problem);
        var roles = SourceSelector.Select(snapshot, TestContext.Current.CancellationToken).Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        List<SourceFile> Texts(params FileRole[] wanted) => [.. snapshot.Files.Where(f => wanted.Contains(roles[f.Path])).Select(f => SourceFile.FromBytes(f.Path, f.Content.Span))];
        var project = new ProjectInput(Texts(FileRole.Source, FileRole.Auxiliary), Texts(FileRole.Manifest), []);
        var lines = project.Sources.Sum(f => (long)f.Lines.LineCount);
        output.WriteLine($"{project.Sources.Count} files, {lines:N0} lines, {Environment.ProcessorCount} processors");
        for (var i = 0; i <= Repeats; i++)
        {
            var (time, allocated, paused) = (Stopwatch.StartNew(), GC.GetTotalAllocatedBytes(), GC.GetTotalPauseDuration());
            var result = AnalysisEngine.Analyze(project, AnalysisOptions.Default with { Jobs = Environment.ProcessorCount });
            output.WriteLine($"{(i == 0 ? "first" : "again"),5} {time.Elapsed.TotalSeconds,6:0.00} s  {lines / time.Elapsed.TotalSeconds,9:N0} lines/s  {result.Candidates.Count,4} candidates  {result.Coverage.Count(c => c.Status == CoverageStatus.Analyzed)} files analysed, {(GC.GetTotalAllocatedBytes() - allocated) >> 20,5:N0} MiB allocated, {(GC.GetTotalPauseDuration() - paused).TotalSeconds:0.00} s collecting");
        }
        output.WriteLine($"peak of the process {Process.GetCurrentProcess().PeakWorkingSet64 >> 20:N0} MiB");
    }
}
