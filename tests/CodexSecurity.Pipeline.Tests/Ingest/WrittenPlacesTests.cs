using System.Text;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Reporting;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Pipeline.Tests.Ingest;

/// <summary>Where a sink in a made file was written. Samples.Candidate has its sink at line 2, column 22.</summary>
public class WrittenPlacesTests
{
    private const string Made = "first();\n  cp.exec('ls ');  cp.exec('ls ' + a);\n//# sourceMappingURL=a.js.map\n";

    // Line 2 begins with a segment for column 1, then one for column 20 (VLQ: 0 and +19), the second two lines and four columns further in the source.
    [Theory]
    [InlineData("AAAA;AAKA,mBAEI", "src/a.ts:8:5")]
    [InlineData("AAAA;AAKA,mBAEI,GAAC", "src/a.ts:8:5")]
    [InlineData("AAAA;AAKA", "src/a.ts:6:1")]
    // What stands before the line's first segment belongs to it.
    [InlineData(";gCAKA", "src/a.ts:6:1")]
    // A segment without a source says nothing, one with a name does.
    [InlineData("A;A,CAKAA", "src/a.ts:6:1")]
    [InlineData("AAAA", "")]
    [InlineData("", "")]
    [InlineData(";AC", "")]
    [InlineData(";AAK", "")]
    [InlineData(";A?KA", "")]
    [InlineData(";AEKA", "")]
    [InlineData(";ADKA", "")]
    [InlineData(";AADA", "")]
    [InlineData(";ggggggggA", "")]
    public void A_source_map_says_where_a_sink_was_written(string mappings, string expected) =>
        Assert.Equal(expected, Written(JsonSerializer.Serialize(new { version = 3, sources = new[] { "../src/a.ts" }, mappings })));

    [Theory]
    [InlineData("""{"sources":["../src/a.ts"]}""")]
    [InlineData("""{"sources":["../src/a.ts"],"mappings":7}""")]
    [InlineData("""{"sources":["../node_modules/x/a.ts"],"mappings":";AAKA"}""")]
    [InlineData("""{"sources":[null],"mappings":";AAKA"}""")]
    [InlineData("""{"sources":["a.js"],"mappings":";AAKA"}""")]
    [InlineData("""{"sections":[]}""")]
    [InlineData("{")]
    public void A_map_that_does_not_say_it_changes_nothing(string map) => Assert.Equal("", Written(map));

    [Fact]
    public void Reports_name_the_written_place()
    {
        var candidate = With("""{"sources":["../src/a:b.ts"],"mappings":";AAKA"}""");
        var finding = Samples.Finding("dist/a.js") with { Candidate = candidate };
        var scan = new ScanResult("s", new(TargetKind.DirectorySnapshot, "r", "demo", null, null, "", ""), "1", "d", Samples.Day, Samples.Day, "m", [finding], new CoverageLedger(true, 1, [], [], []), []);
        using var sarif = JsonDocument.Parse(SarifReport.Write(scan, SourceLookup.None));
        var related = sarif.RootElement.GetProperty("runs")[0].GetProperty("results")[0].GetProperty("relatedLocations")[0].GetProperty("physicalLocation");
        Assert.Equal("src/a%3Ab.ts", related.GetProperty("artifactLocation").GetProperty("uri").GetString());
        Assert.Equal(6, related.GetProperty("region").GetProperty("startLine").GetInt32());
        Assert.Contains("src/a:b.ts:6", MarkdownReport.Write(scan, SourceLookup.None), StringComparison.Ordinal);
    }

    private static string Written(string map) => With(map) is var candidate && WrittenPlace.Of(candidate) is { } at ? FormattableString.Invariant($"{at.Path}:{at.Line}:{at.Column}") : "";

    private static Candidate With(string map) =>
        new WrittenPlaces(SourceSelectionTests.Make(("package.json", "{}"), ("dist/a.js", Made), ("dist/a.js.map", map))).With(Samples.Candidate("dist/a.js"));
}
