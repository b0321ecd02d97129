using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Rules;

namespace CodexSecurity.Analysis.Tests.Annotated;

/// <summary>Annotated programs against the product's models and rules (Fixtures) and against toy ones (Engine).</summary>
public sealed class FixtureTests
{
    private static readonly Lazy<(ModelCatalog Models, RuleCatalog Rules)> Toy = new(() =>
    {
        (string, string) Text(string name) => (name, File.ReadAllText(Path.Combine(FixtureFile.Home, "Engine", name)));
        return (ModelCatalog.FromTexts(Text("toy.model.yml")), RuleCatalog.FromTexts(Text("toy.rule.yml")));
    });

    [Theory, FixtureFiles("Fixtures")]
    public void Annotations_hold(FixtureFile file) => FixtureRunner.Check(file);

    [Theory, FixtureFiles("Engine")]
    public void Engine_features_hold(FixtureFile file) => FixtureRunner.Check(file, Toy.Value.Models, Toy.Value.Rules);

    [Fact]
    public void Every_folder_of_fixtures_is_a_rule_with_an_expect_and_a_safe()
    {
        foreach (var group in FixtureFile.Below("Fixtures").GroupBy(f => f.Relative[..f.Relative.LastIndexOf('/')]))
        {
            var rule = group.Key[(group.Key.LastIndexOf('/') + 1)..];
            Assert.True(RuleCatalog.Default.Find(rule) is not null, rule + " is no rule");
            var claims = group.SelectMany(f => f.Files()).SelectMany(f => Annotation.Read(f.Path, f.Text)).Where(a => a.Rule == rule).ToList();
            Assert.True(claims.Any(a => a.Claim == Claim.Expect), group.Key + " has no expect");
            Assert.True(claims.Any(a => a.Claim == Claim.Safe), group.Key + " has no safe");
        }
    }

    [Fact]
    public void The_runner_notices_every_kind_of_mistake()
    {
        static IReadOnlyList<string> Problems(string text) =>
            FixtureRunner.Compare(Annotation.Read("a.js", text), FixtureRunner.Run([("a.js", text)], Toy.Value.Models, Toy.Value.Rules).Candidates);
        Assert.Empty(Problems("const x = source(); // source: s\nsink(x); // expect: toy.flow from s\nsink(1); // safe: toy.flow"));
        Assert.Contains("was not expected", Assert.Single(Problems("sink(source());")), StringComparison.Ordinal);
        Assert.Contains("was not found", Assert.Single(Problems("sink(1); // expect: toy.flow")), StringComparison.Ordinal);
        Assert.Contains("where it is safe", Assert.Single(Problems("sink(source()); // safe: toy.flow")), StringComparison.Ordinal);
        Assert.Contains("is found now", Assert.Single(Problems("sink(source()); // todo-expect: toy.flow")), StringComparison.Ordinal);
        Assert.Contains("not found any more", Assert.Single(Problems("sink(1); // todo-safe: toy.flow")), StringComparison.Ordinal);
        Assert.Contains("from s was not found", Assert.Single(Problems("const x = source(); // source: s\nconst y = source();\nsink(y); // expect: toy.flow from s")), StringComparison.Ordinal);
    }
}
