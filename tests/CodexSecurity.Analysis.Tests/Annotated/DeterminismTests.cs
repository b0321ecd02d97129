using System.Text.Json;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Tests.Annotated;

/// <summary>Equal input gives an equal result, whatever the number of threads and the order of the files.</summary>
public sealed class DeterminismTests
{
    [Fact]
    public void The_result_depends_neither_on_jobs_nor_on_the_order_of_files()
    {
        var files = FixtureFile.Below("Fixtures").SelectMany((f, i) => f.Files().Select(x => new SourceFile($"p{i}/{x.Path}", x.Text))).Where(f => !f.Path.EndsWith(".json", StringComparison.Ordinal)).ToList();
        Assert.True(files.Count > 3);
        var first = Run(files, 1);
        Assert.Contains("injection.command", first, StringComparison.Ordinal);
        Assert.Equal(first, Run(files, 4));
        files.Reverse();
        Assert.Equal(first, Run(files, 2));
    }

    private static string Run(IReadOnlyList<SourceFile> files, int jobs) =>
        JsonSerializer.Serialize(AnalysisEngine.Analyze(new ProjectInput(files, [], []), AnalysisOptions.Default with { Jobs = jobs }));
}
