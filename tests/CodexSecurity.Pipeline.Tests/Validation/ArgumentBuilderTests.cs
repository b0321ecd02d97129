using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What a call is given where the code says several things of a value.</summary>
public sealed class ArgumentBuilderTests
{
    private static ValueShape Shape(string name, int callback, params string[] types) => new(name, types, [], null, callback, [], false);

    [Theory]
    [InlineData("function", "function")]
    // extend(deep?, target, …): the flag is what makes it deep.
    [InlineData("boolean", "boolean", "function", "object")]
    [InlineData("object", "function", "object")]
    [InlineData("string", "function", "string")]
    public void One_that_may_be_a_function_among_others_is_one_of_the_others(string expected, params string[] types) =>
        Assert.Equal(expected, ArgumentBuilder.Of(Shape("a", -1, types)).Kind);

    [Fact]
    public void One_that_is_called_is_a_function() => Assert.Equal("function", ArgumentBuilder.Of(Shape("a", 1, "function", "object", "boolean")).Kind);
}
