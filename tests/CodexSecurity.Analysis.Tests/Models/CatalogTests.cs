using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Rules;

namespace CodexSecurity.Analysis.Tests.Models;

public sealed class CatalogTests
{
    private const string Head = "language: javascript\npackage: p\nprovenance: manual\n";

    [Fact]
    public void The_models_and_rules_of_the_product_load()
    {
        Assert.NotEmpty(ModelCatalog.Default.Callables);
        Assert.Equal(64, ModelCatalog.Default.Digest.Length);
        var rules = RuleCatalog.Default.Rules;
        Assert.All(rules, r => Assert.True(r.Fix.Length > 20 && r.Help.Contains("**How to fix**", StringComparison.Ordinal) && r.Title.Length > 10, r.Id));
        Assert.All(TaintKindNames.Each(TaintKinds.All), k => Assert.NotEmpty(RuleCatalog.Default.ForSink(k)));
        var named = ModelCatalog.Default.Callables.SelectMany(c => c.Sinks).Select(s => s.Rule).Where(r => r.Length > 0).Distinct();
        Assert.All(named, id => Assert.NotNull(RuleCatalog.Default.Find(id)));
    }

    [Theory]
    [InlineData("sinks:\n  - { callable: a, input: \"arg[0]\", kind: shell-txt }", 5)]
    [InlineData("sinks:\n  - { callable: a, input: \"arg[x]\", kind: shell-text }", 5)]
    [InlineData("sinks:\n  - { callable: a, inptu: \"arg[0]\", kind: shell-text }", 5)]
    [InlineData("sinks:\n  - { callable: a, input: \"arg[0]\", kind: text }", 5)]
    [InlineData("sinks:\n  - { callable: \"a..b\", input: \"arg[0]\", kind: shell-text }", 5)]
    [InlineData("sinks:\n  - { callable: a, input: \"arg[0]\", kind: shell-text, when: { port: this, test: like } }", 5)]
    [InlineData("sinks:\n  - { callable: a, input: \"arg[0]\", kind: shell-text, when: { port: this, test: equals } }", 5)]
    [InlineData("sources:\n  - { read: a, kind: web, root: request }", 5)]
    [InlineData("\nsnks: []", 5)]
    [InlineData("callbacks:\n  - callable: a\n    callback: \"arg[0]\"\n    passes: [oops]", 7)]
    [InlineData("sinks: {", 4)]
    public void A_mistake_in_a_model_is_an_error_with_file_and_line(string body, int line)
    {
        var problem = Assert.Throws<ModelFormatException>(() => ModelCatalog.FromTexts(("bad.model.yml", Head + body)));
        Assert.StartsWith("bad.model.yml:", problem.Message, StringComparison.Ordinal);
        Assert.InRange(problem.Line, line, line + 1);
    }

    [Fact]
    public void Mistakes_in_rules_are_errors_too()
    {
        const string Rule = "id: a.b\ncwe: 1\ntitle: t\nseverity: high\nprecision: high\nfrom: [message]\nto: [sql-text]\noracle: none\nfix: f\nhelp: h\nmessage: m\n";
        Assert.Single(RuleCatalog.FromTexts(("r.yml", Rule)).Rules);
        foreach (var bad in new[] { Rule.Replace("high", "huge", StringComparison.Ordinal), Rule.Replace("help: h\n", "", StringComparison.Ordinal), Rule + "more: x\n", Rule.Replace("sql-text", "sql", StringComparison.Ordinal), Rule + "---\n" + Rule })
        {
            Assert.StartsWith("r.yml:", Assert.Throws<ModelFormatException>(() => RuleCatalog.FromTexts(("r.yml", bad))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Aliases_types_and_inheritance_lead_to_one_model()
    {
        var catalog = ModelCatalog.FromTexts(("m.yml", Head + """
            aliases:
              - { from: "fs/promises", to: fs.promises }
            extends:
              - { type: fs-extra, base: fs }
            returns:
              - { callable: "p.{createPool,connect}", type: p.Connection }
              - { callable: new p.Client, type: p.Client }
            sinks:
              - { callable: "fs.{promises.,}readFile", input: "arg[0]", kind: path-read }
              - { callable: "p.{Connection,Client}.query", input: "arg[0]", kind: sql-text }
            """));
        foreach (var path in new[] { "fs.readFile", "node:fs.readFile", "fs/promises.readFile", "node:fs/promises.default.readFile", "fs-extra.readFile", "fs-extra.promises.readFile", "p.createPool().query", "p.default.connect().query", "new p.Client.query" })
        {
            Assert.Single(catalog.FindCall(path)!.Sinks);
        }
        Assert.Equal("p.Client", catalog.FindCall("new p.Client")!.ReturnType);
        Assert.Equal("p.Client", catalog.Normalize("new p.Client"));
        Assert.Null(catalog.FindCall("fs.readFileX"));
        Assert.Null(catalog.FindCall("my-fs.readFile"));
    }
}
