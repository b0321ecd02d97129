using CodexSecurity.Pipeline.Validation.Http;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>Which servers are started with stand-ins for what the sandbox lacks.</summary>
public sealed class AssistedStartTests
{
    [Fact]
    public void Assisted_starts_come_last_and_only_where_something_is_lacking()
    {
        const string Manifest = """{ "scripts": { "start": "NODE_ENV=production node app.js" }, "dependencies": { "PACKAGE": "1" } }""";
        IReadOnlyList<HttpStart> With(string package) => HttpStarts.Of(NestedPackageTests.Input("app.js", ("package.json", Manifest.Replace("PACKAGE", package, StringComparison.Ordinal)), ("app.js", "")));
        Assert.DoesNotContain(With("express"), s => s.Assisted);
        // All that a stand-in is there for among them.
        var names = HarnessFiles.Get("http-drivers.js").Content.Split("const names = [")[1].Split(']')[0].Split(',').Select(n => n.Trim().Trim('\'')).Where(n => n.Length > 0 && !n.Contains('/', StringComparison.Ordinal)).ToList();
        Assert.Contains("mongoose", names);
        foreach (string package in (string[])[.. names, "bcrypt", "passport-local", "connect-mongo", "jsonwebtoken", "express-session"])
        {
            var starts = With(package);
            int first = starts.TakeWhile(s => !s.Assisted).Count();
            Assert.Equal(4, starts.Count - first);
            Assert.All(starts.Skip(first), (s, i) => Assert.Equal((true, starts[i].Command, starts[i].Module), (s.Assisted, s.Command, s.Module)));
            Assert.Equal(["node", "app.js"], starts.First(s => s.Name.StartsWith("npm start", StringComparison.Ordinal)).Command);
        }
    }
}
