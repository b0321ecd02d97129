using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Tests.Reporting;

public class FindingIdentityTests
{
    [Fact]
    public void A_fingerprint_survives_moved_lines_and_reformatting()
    {
        var before = FindingIdentity.Of([Candidate("lib/a.js", 10, "exec('git ' + name)")]);
        var after = FindingIdentity.Of([Candidate("src/a.js", 99, "exec( \"git \" + name /* joined */ )")]);
        Assert.Equal(before[0], after[0]);
    }

    [Fact]
    public void Equal_sinks_of_one_function_are_told_apart_by_their_order()
    {
        var ids = FindingIdentity.Of([Candidate("a.js", 20, "exec(x)"), Candidate("a.js", 10, "exec(x)")]);
        Assert.NotEqual(ids[0].Id, ids[1].Id);
        Assert.Equal(ids[1], FindingIdentity.Of([Candidate("a.js", 5, "exec(x)")])[0]);
    }

    private static Candidate Candidate(string path, int line, string expression) => new(
        "injection.command", new CodeLocation(path, line, 1, line, 9, line * 10, line * 10 + 8), "run", expression, "child_process.exec", 0,
        "library-input", null, [], [], [], [], Confidence.High, "", new Dictionary<string, string>());
}
