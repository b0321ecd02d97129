using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What conditions on the path say of how a text begins and ends.</summary>
public sealed class TextEndsTests
{
    private static TextEnds Of(params PathCondition[] conditions)
    {
        var place = new CodeLocation("index.js", 1, 1, 1, 2, 0, 1);
        return TextEnds.Of(new Candidate("r", place, "f", "eval(x)", "eval", 0, "library-input", null, [], [], [], conditions, Confidence.High, "", new Dictionary<string, string>()), "arg0", ["name"]);
    }

    private static PathCondition Condition(string how, string value, bool holds = true, string root = "arg0", string field = "name") => new(root, [field], how, value, holds);

    [Fact]
    public void The_longest_of_several_holds() =>
        Assert.Equal(new TextEnds("--file=", ".zip"), Of(Condition("startsWith", "-"), Condition("startsWith", "--file="), Condition("endsWith", ".zip")));

    [Fact]
    public void Other_values_and_refused_ends_say_nothing() =>
        Assert.True(Of(Condition("startsWith", "a", root: "arg1"), Condition("startsWith", "a", field: "other"), Condition("endsWith", ".zip", holds: false), Condition("===", "a")).IsFree);

    [Theory]
    [InlineData("x", "http:x.zip")]
    [InlineData("http:x", "http:x.zip")]
    [InlineData("x.zip", "http:x.zip")]
    public void What_is_there_is_not_put_there_twice(string text, string whole) => Assert.Equal(whole, new TextEnds("http:", ".zip").Around(text));
}
