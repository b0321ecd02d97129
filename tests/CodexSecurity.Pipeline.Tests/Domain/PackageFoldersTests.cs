using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Tests.Domain;

public sealed class PackageFoldersTests
{
    [Theory]
    [InlineData("server/src/index.js", "server")]
    [InlineData("server/package.json", "server")]
    [InlineData("client/app.js", "")]
    [InlineData("serverless/app.js", "")]
    [InlineData("index.js", "")]
    public void A_file_belongs_to_the_nearest_package(string path, string folder) =>
        Assert.Equal(folder, PackageFolders.Of(path, file => file is "package.json" or "server/package.json"));

    [Fact]
    public void Without_a_manifest_it_is_the_top() => Assert.Equal("", PackageFolders.Of("a/b/c.js", _ => false));
}
