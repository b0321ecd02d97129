using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Tests.Annotated;

/// <summary>The one place that knows the engine's interface: runs an annotated program and compares what it claims with what is found.</summary>
public static class FixtureRunner
{
    private static readonly string[] ManifestNames = ["package.json", "tsconfig.json", "jsconfig.json"];

    /// <summary>Fails where a claim does not hold, or a finding is not claimed.</summary>
    public static void Check(FixtureFile fixture) => Check(fixture, ModelCatalog.Default, RuleCatalog.Default);

    internal static void Check(FixtureFile fixture, ModelCatalog models, RuleCatalog rules)
    {
        var files = fixture.Files();
        var problems = Compare([.. files.SelectMany(f => Annotation.Read(f.Path, f.Text))], Run(files, models, rules).Candidates);
        Assert.True(problems.Count == 0, fixture + ":\n" + string.Join('\n', problems));
    }

    internal static AnalysisResult Run(IReadOnlyList<(string Path, string Text)> files, ModelCatalog models, RuleCatalog rules)
    {
        var sources = files.Where(f => !ManifestNames.Contains(Path.GetFileName(f.Path))).Select(f => new SourceFile(f.Path, f.Text)).ToList();
        var manifests = files.Where(f => ManifestNames.Contains(Path.GetFileName(f.Path))).Select(f => new SourceFile(f.Path, f.Text)).ToList();
        bool Installed(SourceFile f) => f.Path.Contains("node_modules/", StringComparison.Ordinal);
        return AnalysisEngine.Analyze(new ProjectInput([.. sources.Where(f => !Installed(f))], manifests, [.. sources.Where(Installed)]), AnalysisOptions.Default, models, rules);
    }

    internal static IReadOnlyList<string> Compare(IReadOnlyList<Annotation> claims, IReadOnlyList<Candidate> found)
    {
        var problems = new List<string>();
        bool Has(Annotation a) => found.Any(c => At(c, a) && (a.From is null || Starts(c, a, claims)));
        foreach (var a in claims)
        {
            var rule = a.From is null ? a.Rule : $"{a.Rule} from {a.From}";
            var problem = a.Claim switch
            {
                Claim.Expect when !Has(a) => $"{rule} was not found",
                Claim.Safe when Has(a) => $"{a.Rule} was found where it is safe",
                Claim.TodoExpect when Has(a) => $"{rule} is found now: make todo-expect an expect",
                Claim.TodoSafe when !Has(a) => $"{a.Rule} is not found any more: make todo-safe a safe",
                _ => null,
            };
            if (problem is not null) problems.Add($"  {a.Path}:{a.Line}: {problem}");
        }
        foreach (var c in found)
        {
            if (claims.Any(a => a.Claim is not Claim.Source && At(c, a))) continue;
            problems.Add($"  {c.Sink.Path}:{c.Sink.StartLine}: {c.RuleId} was not expected ({c.SinkExpression})");
        }
        return problems;
    }

    private static bool At(Candidate c, Annotation a) => c.RuleId == a.Rule && c.Sink.Path == a.Path && c.Sink.StartLine == a.Line;

    // A flow starts at a source where a step of it lies on the source's line.
    private static bool Starts(Candidate c, Annotation a, IReadOnlyList<Annotation> claims)
    {
        var source = claims.FirstOrDefault(s => s.Claim == Claim.Source && s.Rule == a.From) ?? throw new FormatException($"{a.Path}:{a.Line}: there is no source {a.From}");
        return c.Path.Any(s => s.Location.Path == source.Path && s.Location.StartLine <= source.Line && source.Line <= s.Location.EndLine);
    }
}
