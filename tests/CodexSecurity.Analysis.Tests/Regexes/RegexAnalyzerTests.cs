using CodexSecurity.Analysis.Regexes;

namespace CodexSecurity.Analysis.Tests.Regexes;

public sealed class RegexAnalyzerTests
{
    [Theory]
    [InlineData("^(a+)+$")]
    [InlineData("^(a|a)*$")]
    [InlineData("^(a|aa)+$")]
    [InlineData("(.*a){12}$")]
    [InlineData("^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+$")]
    [InlineData("^(\\w+\\s?)*$")]
    [InlineData("^(([a-z])+.)+[A-Z]([a-z])+$")]
    [InlineData("^(?:(?:a*)*b)$")]
    [InlineData("(x+x+)+y")]
    [InlineData("^(\\d+)*x$")]
    [InlineData("^(.|\\s)*end$")]
    [InlineData("\"(?:[^\"]|\\\\.)*;")]
    public void Slow_patterns_are_reported(string pattern) =>
        Assert.True(RegexAnalyzer.Analyze(pattern, "").Complexity is RegexComplexity.Exponential or RegexComplexity.Polynomial);

    [Theory]
    [InlineData("\\s+$", "")]
    [InlineData("a*b", "")]
    [InlineData("^\\s*\\s*$", "")]
    [InlineData("^a*a*a*$", "")]
    [InlineData("\\s*,\\s*$", "")]
    [InlineData("<!--.*?-->", "")]
    [InlineData("^.*=.*;$", "")]
    [InlineData("^\\d+\\d+$", "")]
    [InlineData("^\\s*|\\s*$", "g")]
    [InlineData("\\^\\[[^\\]]*]|\\^(.)", "g")]
    public void Polynomial_patterns_are_reported(string pattern, string flags) =>
        Assert.Equal(RegexComplexity.Polynomial, RegexAnalyzer.Analyze(pattern, flags).Complexity);

    [Theory]
    [InlineData("^a+$")]
    [InlineData("^[\\w-]+$")]
    [InlineData("^(a|b)*$")]
    [InlineData("^(ab)+$")]
    [InlineData("abc")]
    [InlineData("^\\d{1,3}(\\.\\d{1,3}){3}$")]
    [InlineData("[;&|]")]
    [InlineData("^(?:a+b)+$")]
    [InlineData("\\s+")]
    [InlineData("^\\s+")]
    [InlineData("^[a-z]+(?:-[a-z]+)*$")]
    [InlineData("a+")]
    [InlineData("^#?([a-f0-9]{6}|[a-f0-9]{3})$")]
    public void Fast_patterns_are_linear(string pattern) =>
        Assert.Equal(RegexComplexity.Linear, RegexAnalyzer.Analyze(pattern, "").Complexity);

    [Theory]
    // Without the flag the first match is the only one.
    [InlineData("^\\s*|\\s*$", "")]
    [InlineData("\\s+", "g")]
    [InlineData("^\\s+", "g")]
    [InlineData("[a-z]+|[0-9]+|", "g")]
    [InlineData("\"[^\"]*\"", "")]
    [InlineData("a(?=b)|a", "g")]
    public void A_search_that_goes_on_behind_each_match_is_linear(string pattern, string flags) =>
        Assert.Equal(RegexComplexity.Linear, RegexAnalyzer.Analyze(pattern, flags).Complexity);

    [Fact]
    public void Sticky_and_anchored_searches_have_no_start_loop() =>
        Assert.Equal(RegexComplexity.Linear, RegexAnalyzer.Analyze("\\s+$", "y").Complexity);

    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("\\")]
    [InlineData("*")]
    [InlineData("(?<n")]
    [InlineData("[z-a]")]
    public void Invalid_patterns_are_unknown(string pattern) =>
        Assert.Equal(RegexComplexity.Unknown, RegexAnalyzer.Analyze(pattern, "").Complexity);

    [Fact]
    public void Hostile_patterns_are_bounded()
    {
        Assert.Equal(RegexComplexity.Unknown, RegexAnalyzer.Analyze(new string('(', 100_000), "").Complexity);
        Assert.NotNull(RegexAnalyzer.Analyze(string.Concat(Enumerable.Repeat("(a*|b)?", 700)), ""));
    }

    [Fact]
    public void Facts_tell_accepted_and_rejected_characters()
    {
        Assert.False(RegexFacts.AcceptedCharacters("^[\\w-]+$", "")!.ContainsAny(";&|/ "));
        Assert.Null(RegexFacts.AcceptedCharacters("^[\\w-]+$", "m"));
        Assert.Null(RegexFacts.AcceptedCharacters("^a|b$", ""));
        Assert.True(RegexFacts.RejectedSingleCharacters("[;&|]+", "")!.Contains('&'));
        Assert.Null(RegexFacts.RejectedSingleCharacters("^;", ""));
    }
}
