using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ranking;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Pipeline.Tests.Ranking;

/// <summary>What has one root cause stands together.</summary>
public sealed class GroupTests
{
    private static readonly RuleInfo s_rule = Samples.Rule("prototype-pollution.write", 1321);

    private static Candidate At(string path, int line, string function) =>
        Samples.Finding(path, function, s_rule, 0).Candidate with { Sink = new CodeLocation(path, line, 1, line, 9, 0, 8), FunctionName = function };

    [Fact]
    public void What_was_built_from_a_line_stands_with_what_is_found_there()
    {
        var source = At("src/patches.ts", 245, "apply");
        var built = new WrittenPlace("src/patches.ts", 245, 16).On(At("dist/lib.js", 1393, "load.apply"));
        var smaller = new WrittenPlace("src/patches.ts", 245, 16).On(At("dist/lib.min.js", 1, "t"));
        var other = new WrittenPlace("src/patches.ts", 234, 16).On(At("dist/lib.js", 1378, "load.apply.other"));
        var groups = Ranker.Accept([built, smaller, other, source], _ => s_rule, null).ToDictionary(f => (f.Candidate.Sink.Path, f.Candidate.Sink.StartLine), f => f.GroupId);
        Assert.Single(new[] { groups[("src/patches.ts", 245)], groups[("dist/lib.js", 1393)], groups[("dist/lib.min.js", 1)] }.Distinct());
        Assert.NotEqual(groups[("src/patches.ts", 245)], groups[("dist/lib.js", 1378)]);
        Assert.Equal(2, Ranker.Accept([built, smaller, other, source], _ => s_rule, null).Count(f => f.Recommended));
    }
}
