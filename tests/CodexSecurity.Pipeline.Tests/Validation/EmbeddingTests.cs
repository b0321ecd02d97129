using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>Where a payload keeps the form of a text.</summary>
public sealed class EmbeddingTests
{
    [Theory]
    [InlineData("calc(1 + 1)", "1 + 1")]
    [InlineData("f(g(a), b)", "a")]
    [InlineData("name: value; other=2", "value|2")]
    [InlineData("say 'hi'", "hi")]
    [InlineData("<b>x</b>", "b|/b")]
    [InlineData("plain text", "")]
    [InlineData("()", "")]
    public void The_places_are_what_brackets_quotes_and_signs_hold(string text, string inside)
    {
        var found = Embedding.Of(text);
        Assert.Equal(inside, string.Join('|', found.Select(e => e.Inside)));
        Assert.All(found, e => Assert.Equal(text, e.Before + e.Inside + e.After));
    }
}
