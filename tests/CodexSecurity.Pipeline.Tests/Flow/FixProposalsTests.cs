using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Pipeline.Tests.Flow;

/// <summary>What a fix pull request brings and says.</summary>
public sealed class FixProposalsTests
{
    private const string Diff = "diff --git a/lib/run.js b/lib/run.js\n--- a/lib/run.js\n+++ b/lib/run.js\n@@ -1,2 +1,2 @@\n \uFEFFconst cp = 1;\n-bad();\n+good();\n";

    private static FindingRecord Record(string path = "lib/run.js", string reason = "Arguments go as a list.")
    {
        var finding = Samples.Finding(path) with
        {
            Patch = new Patch(PatchVerdict.Verified, reason, Diff, [], new ProposedTest("test/security.test.js", "check();\n", ""),
                [new("exploit-stopped", GateOutcome.Passed, "ran; touch /tmp/pwned"), new("project-tests", GateOutcome.NotRun, "there is no script")]),
        };
        return new FindingRecord("r1", "main", finding, "s1", Samples.Day, "s1", Samples.Day, TriageState.Open);
    }

    private static SnapshotFile File(string path, string text) => new(path, Encoding.UTF8.GetBytes(text), false);

    private static Pipeline.Ports.GitHub.FixProposal Of(FindingRecord record, params SnapshotFile[] files) => FixProposals.Of(Samples.Repository("r1", "acme", "shop"), record, files);

    [Fact]
    public void The_files_are_those_of_the_patch_byte_for_byte_and_the_test()
    {
        var proposal = Of(Record(), File("lib/run.js", "\uFEFFconst cp = 1;\nbad();\n"), File("other.js", ""));
        Assert.Equal(["lib/run.js", "test/security.test.js"], proposal.Files.Select(f => f.Path));
        Assert.Equal("\uFEFFconst cp = 1;\ngood();\n", Encoding.UTF8.GetString(proposal.Files[0].After.Span));
        Assert.Null(proposal.Files[1].Before);
        Assert.StartsWith("codex-security/fix-csf_", proposal.Head, StringComparison.Ordinal);
        Assert.EndsWith("-injection-command", proposal.Head, StringComparison.Ordinal);
        Assert.Throws<StepRejectedException>(() => Of(Record(), File("lib/run.js", "const cp = 2;\nbad();\n")));
    }

    [Fact]
    public void A_test_that_is_there_already_is_left_alone() =>
        Assert.Single(Of(Record(), File("lib/run.js", "\uFEFFconst cp = 1;\nbad();\n"), File("test/security.test.js", "mine\n")).Files);

    [Fact]
    public void The_text_mentions_nobody_links_nothing_and_tells_no_attack()
    {
        var body = Of(Record(reason: "Thanks @everyone, see [this](https://evil.example) and #1 <img src=x>"), File("lib/run.js", "\uFEFFconst cp = 1;\nbad();\n")).Body;
        Assert.Contains("exploit-stopped: passed\n", body, StringComparison.Ordinal);
        Assert.Contains("project-tests: not run (there is no script)", body, StringComparison.Ordinal);
        Assert.Contains("CWE-78", body, StringComparison.Ordinal);
        foreach (var bad in (string[])["pwned", "@everyone", "[this](", " #1", " <img"]) Assert.DoesNotContain(bad, body, StringComparison.Ordinal);
    }
}
