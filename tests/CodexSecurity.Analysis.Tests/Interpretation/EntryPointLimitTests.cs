using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>A module with more exported functions than are run as entry points is not shown as wholly analysed.</summary>
public sealed class EntryPointLimitTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(6, true)]
    public void A_module_whose_exports_were_not_all_run_is_named(int groups, bool cut)
    {
        var group = string.Concat(Enumerable.Range(0, 390).Select(i => $" f{i}: function (a) {{ return a; }},\n"));
        var file = new SourceFile("index.js", string.Concat(Enumerable.Range(0, groups).Select(g => $"exports.g{g} = {{\n{group}}};\n")));
        var result = AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default);
        Assert.Equal(cut, result.Diagnostics.Any(d => d.Code == "budget" && d.Message.StartsWith("index.js exports more functions", StringComparison.Ordinal)));
    }

    /// <summary>Each of many objects that hold another one leads to its methods: only the shortest are taken, and what is found has the shortest of all.</summary>
    [Fact]
    public void A_method_that_many_ways_lead_to_is_run_by_the_first_ones()
    {
        var holders = string.Concat(Enumerable.Range(0, 40).Select(i => $"class Holder{i} extends Tool {{ }}\nexports.holder{i} = new Holder{i}();\n"));
        var file = new SourceFile("index.js", "const cp = require('child_process');\nclass Tool { run(command) { cp.exec(command); } }\nexports.tool = new Tool();\n" + holders);
        var result = AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default);
        Assert.InRange(result.EntryPoints.Count(e => e.FunctionName.EndsWith("run", StringComparison.Ordinal)), 1, 8);
        Assert.Equal("tool/run", string.Join('/', Assert.Single(result.Candidates).EntryPoint!.Access.Select(a => a.Name)));
    }
}
