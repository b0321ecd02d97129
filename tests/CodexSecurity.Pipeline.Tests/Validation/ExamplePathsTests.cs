using CodexSecurity.Pipeline.Validation.Library;
using Xunit;

namespace CodexSecurity.Pipeline.Tests.Validation;

public sealed class ExamplePathsTests
{
    private static CallPlan Plan(string origin, params JsValue[] args) => new(origin, "index.js", [], args, [], [], [], false, []);

    private static JsValue Operation(string path) =>
        JsValue.Object(new JsProperty("op", JsValue.String("replace")), new JsProperty("path", JsValue.String(path)), new JsProperty("value", JsValue.String("Joachim")));

    [Fact]
    public void Paths_in_an_example_are_found_wherever_they_stand()
    {
        var one = Assert.Single(ExamplePaths.Of(Plan("example 1 in README.md", JsValue.Object(), Operation("/firstName"))));
        Assert.Equal(("arg1", "path"), (one.Root, string.Join('.', one.AccessPath)));
        var second = Assert.Single(ExamplePaths.Of(Plan("example 2 in README.md, anything for argument 3", JsValue.Object(), JsValue.Array(Operation("none"), Operation("a.b[0]")))));
        Assert.Equal(("arg1", "1.path"), (second.Root, string.Join('.', second.AccessPath)));
    }

    [Theory]
    [InlineData("a", 0)]
    [InlineData("a.b", 1)]
    [InlineData("a['b'].c", 1)]
    [InlineData("names/first", 1)]
    [InlineData("index.js", 0)]
    [InlineData("two words. And more", 0)]
    [InlineData("http://localhost/a", 0)]
    public void What_looks_like_a_path(string text, int found) => Assert.Equal(found, ExamplePaths.Of(Plan("example 1 in README.md", JsValue.String(text))).Count);

    [Fact]
    public void Values_that_were_made_up_are_no_example() => Assert.Empty(ExamplePaths.Of(Plan("shape", JsValue.Object(), Operation("/firstName"))));
}
