using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Http;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>A server in a folder of its own is loaded and started as a package of its own.</summary>
public sealed class NestedPackageTests
{
    internal static ValidationInput Input(string module, params (string Path, string Text)[] texts)
    {
        var at = new CodeLocation(module, 1, 1, 1, 2, 0, 1);
        var entry = new EntryPoint(EntryPointKind.HttpServer, at, "handler", module, [], [], [], null, null, "", false, []);
        var candidate = new Candidate("r", at, "handler", "", "", 0, "http-request", entry, [], [], [], [], Confidence.High, "", new Dictionary<string, string>());
        return new ValidationInput(candidate, new RuleInfo("r", "", [22], Severity.High, "", "", ""), ProjectUnderTest.At("/nowhere", new DependencySet.NotNeeded()),
            [.. texts.Select(t => new SourceFile(t.Path, t.Text))], new EvidenceContext("f", "", "", "", "", ""), ValidationBudget.Default);
    }

    [Fact]
    public void Its_own_manifest_says_how_it_starts()
    {
        var input = Input("server/lib/routes.ts", ("package.json", """{ "scripts": { "start": "node other.js" } }"""), ("server/package.json", """{ "main": "./dist/main.js", "scripts": { "start": "node dist/main.js" } }"""), ("server/app.js", ""));
        var starts = HttpStarts.Of(input);
        var script = Assert.Single(starts, s => s.Name.StartsWith("npm start", StringComparison.Ordinal));
        Assert.Equal(("/work/app/server", "node dist/main.js"), (script.Cwd, string.Join(' ', script.Command)));
        Assert.Contains(starts, s => s.Module?.File == "/work/app/server/dist/main.js");
        Assert.Contains(starts, s => s.Command is ["node", "/work/app/server/app.js"]);
        // A source that node can't load stands for its package, not for the one around it.
        Assert.Contains(starts, s => s.Module?.File == "/work/app/server");
        Assert.DoesNotContain(starts, s => s.Module?.File == "/work/app");
    }

    [Fact]
    public void Without_one_the_package_around_it_counts() =>
        Assert.Equal(("", "/work/app"), (Input("lib/a.js", ("package.json", "{}")).Package, Input("lib/a.js", ("package.json", "{}")).PackageRoot));
}
