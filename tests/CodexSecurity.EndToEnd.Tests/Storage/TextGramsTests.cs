using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.EndToEnd.Tests.Storage;

/// <summary>The columns that stand for a text in a row: what they leave out can't be in the text.</summary>
public sealed class TextGramsTests
{
    private const string Text = "command injection\ninjection.command\na text of a request reaches a shell\nsrc/räume/öffnen.js\nrouter.handler7777";

    [Fact]
    public void Every_part_of_a_text_is_found_by_its_columns()
    {
        var columns = TextGrams.Of(Text).ToHashSet();
        for (var from = 0; from < Text.Length; from++)
            for (var length = 0; from + length <= Text.Length; length++)
                foreach (var most in (int[])[0, 1, 2, 6, 100]) Assert.Subset(columns, TextGrams.Wanted(Text.Substring(from, length), most).ToHashSet());
    }

    [Theory]
    [InlineData("handle8888r")]
    [InlineData("sql injection")]
    [InlineData("öffnet")]
    public void Another_text_asks_for_a_column_that_is_not_there(string other) => Assert.Contains(TextGrams.Wanted(other, 12), c => !TextGrams.Of(Text).Contains(c));

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    public void A_text_that_is_too_short_asks_for_none(string text) => Assert.Empty(TextGrams.Wanted(text, 6));

    [Fact]
    public void A_row_has_room_for_all_of_them() => Assert.InRange(TextGrams.Of(string.Concat(Enumerable.Range(0, 16_000).Select(i => $"{i * 7919}"))).Count(), 190, 200);

    [Fact]
    public void With_every_filter_set_no_more_is_compared_than_the_service_takes()
    {
        var all = new FindingQuery(null, "main", Severity.High, FindingState.New, TriageState.Open, ValidationVerdict.Confirmed, "a.rule", 79, "src/a eq b", "a text of a request");
        foreach (var q in (FindingQuery[])[all, all with { Cwe = null }, all with { Cwe = null, Path = null, Rule = null }, new(Text: "handler7777")])
        {
            var compared = FindingIndex.Filter(q).Split('\'').Where((_, i) => i % 2 == 0).Sum(p => p.Split(' ').Count(w => w is "eq" or "ge" or "lt"));
            Assert.InRange(compared, 1, 12);
        }
    }
}
