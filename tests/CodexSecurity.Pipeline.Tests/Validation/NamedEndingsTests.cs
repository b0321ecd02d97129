using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What the code itself puts behind the attacker's part of a path.</summary>
public sealed class NamedEndingsTests
{
    private static string? Ending(params ShapePiece[] shape)
    {
        var place = new CodeLocation("index.js", 1, 1, 1, 2, 0, 1);
        return NamedEndings.Of(new Candidate("r", place, "f", "read(x)", "fs.readFile", 0, "library-input", null, [], [], [], [], Confidence.High, "", new Dictionary<string, string>()) { SinkShape = shape });
    }

    private static readonly ShapePiece Attacker = new(null, 0);

    [Theory]
    [InlineData(".htm")]
    [InlineData("/config.json")]
    [InlineData("-en.txt")]
    public void What_follows_the_attackers_part_is_the_ending(string text) => Assert.Equal(text, Ending(new ShapePiece("pages/", -1), Attacker, new ShapePiece(text, -1)));

    [Theory]
    [InlineData("/")]
    [InlineData("/../x.txt")]
    [InlineData(" (copy).txt")]
    [InlineData("//x.txt")]
    public void A_folder_or_a_way_further_is_none(string text) => Assert.Null(Ending(Attacker, new ShapePiece(text, -1)));

    [Fact]
    public void What_is_followed_by_something_unknown_has_none() => Assert.Null(Ending(Attacker, new ShapePiece(".htm", -1), new ShapePiece(null, -1)));
}
