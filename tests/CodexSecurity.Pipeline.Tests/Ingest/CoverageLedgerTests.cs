using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Pipeline.Tests.Ingest;

public class CoverageLedgerTests
{
    private static readonly FileCoverage Done = new("a.js", CoverageStatus.Analyzed, 3, "");

    private static CoverageLedger Ledger(IReadOnlyList<SelectedFile> files, IReadOnlyList<FileCoverage> coverage, LeftOut[]? unread = null, LeftOut[]? leftOut = null, AnalysisDiagnostic[]? limits = null) =>
        CoverageLedgers.Build(
            new(new(TargetKind.DirectorySnapshot, "r", "demo", null, null, "", ""), null, new(new('0', 64), 0, "application/x-tar"), leftOut ?? [], unread ?? [], []),
            new(files), coverage, limits ?? []);

    private static SelectedFile Source(string path) => new(path, FileRole.Source, "");

    [Fact]
    public void Everything_in_scope_analysed_is_complete()
    {
        var ledger = Ledger([Source("a.js"), new("README.md", FileRole.Documentation, ""), new("x.png", FileRole.Data, "")], [Done], leftOut: [new("node_modules/", "installed")]);
        Assert.True(ledger.Complete);
        Assert.Equal(3, ledger.FilesTotal);
        Assert.Equal([Done], ledger.Files);
        Assert.Equal([new LeftOut("node_modules/", "installed")], ledger.LeftOut);
    }

    [Fact]
    public void What_was_not_analysed_in_scope_is_unfinished()
    {
        var ledger = Ledger(
            [Source("a.js"), Source("big.js"), Source("lost.js"), new("n.cc", FileRole.NotSupported, "C++ is not analysed")],
            [Done, new("big.js", CoverageStatus.NotAnalyzed, 0, "not parsed: longer than 2 MB")]);
        Assert.False(ledger.Complete);
        Assert.Equal([new("big.js", "not parsed: longer than 2 MB"), new("lost.js", "it was not given to the engine"), new LeftOut("n.cc", "C++ is not analysed")], ledger.Unfinished);
    }

    [Fact]
    public void What_is_out_of_scope_is_left_out()
    {
        var ledger = Ledger(
            [Source("a.js"), new("test/a.js", FileRole.Test, ""), new("test/b.js", FileRole.Test, ""), new("docs/x.js", FileRole.Auxiliary, ""), new("a.min.js", FileRole.LeftOut, "minified")],
            [Done, new("test/b.js", CoverageStatus.Analyzed, 1, ""), new("docs/x.js", CoverageStatus.NotAnalyzed, 0, "too long")]);
        Assert.True(ledger.Complete);
        Assert.Equal(["a.min.js", "docs/x.js", "test/a.js"], ledger.LeftOut.Select(l => l.Path));
    }

    [Theory]
    [InlineData("big.js", false)]
    [InlineData("lib/", false)]
    [InlineData("bin/tool", false)]
    [InlineData("lib/package.json", false)]
    [InlineData("App.vue", false)]
    [InlineData("film.mp4", true)]
    public void An_unread_file_is_a_hole_where_it_may_hold_source(string path, bool complete)
    {
        var ledger = Ledger([Source("a.js")], [Done], unread: [new(path, "unreadable")]);
        Assert.Equal(complete, ledger.Complete);
        Assert.Equal([new LeftOut(path, "unreadable")], complete ? ledger.LeftOut : ledger.Unfinished);
    }

    [Fact]
    public void Work_that_a_limit_ended_is_unfinished_and_a_construct_given_up_is_not()
    {
        var partial = new FileCoverage("a.js", CoverageStatus.Partial, 3, "constructs given up: with (1)");
        Assert.True(Ledger([Source("a.js")], [partial]).Complete);
        var cut = Ledger([Source("a.js")], [partial], limits: [new("budget-total", "The step budget ended", null)]);
        Assert.Equal([new LeftOut("./", "The step budget ended")], cut.Unfinished);
    }

    [Fact]
    public void A_scan_that_looked_at_nothing_is_not_complete()
    {
        Assert.False(Ledger([new("README.md", FileRole.Documentation, "")], []).Complete);
        Assert.False(Ledger([], []).Complete);
    }
}
