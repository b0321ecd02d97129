using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation.Editing;
using CodexSecurity.Pipeline.Remediation.Gates;

namespace CodexSecurity.Pipeline.Tests.Remediation;

public class StrictDiffTests
{
    private const string Text = "one\ntwo\r\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten";

    private static string Diff(params FileEdit[] edits) => UnifiedDiff.Write(edits, new Dictionary<string, SourceFile> { ["a.js"] = new("a.js", Text) });

    [Theory]
    [InlineData(0, 3, "1")]
    [InlineData(4, 7, "TWO")]
    [InlineData(TextLength, TextLength, " and more\n")]
    [InlineData(0, 0, "zero\n")]
    [InlineData(0, TextLength, "")]
    public void A_written_diff_gives_the_edited_text(int start, int end, string by)
    {
        var edit = new FileEdit("a.js", start, end, by);
        var applied = StrictDiff.Apply(Diff(edit), p => p == "a.js" ? Text : null, out string problem);
        Assert.Equal("", problem);
        Assert.Equal(UnifiedDiff.Apply(Text, [edit]), applied!["a.js"]);
    }

    private const int TextLength = 49;

    [Fact]
    public void The_constant_is_right() => Assert.Equal(TextLength, Text.Length);

    [Fact]
    public void Two_places_far_apart_are_two_hunks()
    {
        FileEdit[] edits = [new("a.js", 0, 3, "1"), new("a.js", TextLength - 3, TextLength, "10")];
        string diff = Diff(edits);
        Assert.Equal(UnifiedDiff.Apply(Text, edits), StrictDiff.Apply(diff, _ => Text, out _)!["a.js"]);
    }

    [Fact]
    public void A_text_that_is_not_as_the_diff_says_is_refused()
    {
        string diff = Diff(new FileEdit("a.js", 4, 7, "TWO"));
        Assert.Null(StrictDiff.Apply(diff, _ => Text.Replace("three", "3", StringComparison.Ordinal), out string context));
        Assert.Contains("not as the diff says", context, StringComparison.Ordinal);
        Assert.Null(StrictDiff.Apply(diff, _ => "zero\n" + Text, out _));
        Assert.Null(StrictDiff.Apply(diff.Replace("\r\n", "\n", StringComparison.Ordinal), _ => Text, out _));
        Assert.Null(StrictDiff.Apply(diff, _ => null, out _));
        Assert.Null(StrictDiff.Apply("", _ => Text, out _));
    }

    [Fact]
    public void A_diff_with_wrong_counts_is_refused()
    {
        string diff = Diff(new FileEdit("a.js", 4, 7, "TWO")).Replace("@@ -1,5", "@@ -1,4", StringComparison.Ordinal);
        Assert.Contains("-1,4", diff, StringComparison.Ordinal);
        Assert.Null(StrictDiff.Apply(diff, _ => Text, out _));
    }
}
