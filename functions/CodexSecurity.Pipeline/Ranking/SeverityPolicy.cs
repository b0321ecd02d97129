using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ranking;

/// <summary>Severity by the documented matrix of impact × likelihood (findings-model §5). Confidence is no input.</summary>
public static class SeverityPolicy
{
    /// <summary>Severity of a candidate at its place.</summary>
    public static SeverityAssessment Assess(Candidate candidate, RuleInfo rule, ThreatModel? model)
    {
        var (why, change) = (new List<string>(), new List<string>());
        var impact = rule.Severity switch
        {
            Severity.Critical or Severity.High => MatrixLevel.High,
            Severity.Medium => MatrixLevel.Medium,
            Severity.Low => MatrixLevel.Low,
            _ => MatrixLevel.Ignore,
        };
        why.Add($"impact {Text(impact)}: {rule.Title}");
        var component = Component(model, candidate.Sink.Path);
        var likelihood = Likelihood(candidate, rule, component, model, why, change);
        if (component is { Criticality: >= 5 } && impact == MatrixLevel.Medium) { impact = MatrixLevel.High; why.Add($"raised: component \"{component.Name}\" is of the highest criticality"); }
        if (component is { Criticality: <= 1 } && impact == MatrixLevel.High) { impact = MatrixLevel.Medium; why.Add($"lowered: component \"{component.Name}\" is of the lowest criticality"); }
        if (CodeRole.Of(candidate.Sink.Path) is not CodeRole.Production and var role)
        {
            likelihood = MatrixLevel.Low;
            why.Add($"lowered: {role} code does not run in production");
            change.Add("raised if this file is shipped and reached in production");
        }
        var guarded = candidate.EntryPoint is { Guards.Count: > 0 };
        var critical = rule.Severity == Severity.Critical && candidate.SourceKind == "http-request" && !guarded && component?.Exposure is null or Exposure.Internet;
        var level = Matrix(impact, likelihood, critical);
        return new SeverityAssessment(level, Score(level), impact, likelihood, why, change);
    }

    /// <summary>The matrix itself.</summary>
    public static Severity Matrix(MatrixLevel impact, MatrixLevel likelihood, bool critical) => (impact, likelihood) switch
    {
        (MatrixLevel.Ignore, _) or (_, MatrixLevel.Ignore) => Severity.Informational,
        (MatrixLevel.High, MatrixLevel.High) => critical ? Severity.Critical : Severity.High,
        (MatrixLevel.High, MatrixLevel.Medium or MatrixLevel.Unknown) => Severity.Medium,
        (MatrixLevel.Medium, MatrixLevel.High) or (MatrixLevel.Unknown, MatrixLevel.High) => Severity.Medium,
        _ => Severity.Low,
    };

    /// <summary>Score of a level, on the scale of security-severity.</summary>
    public static double Score(Severity level) => level switch { Severity.Critical => 9.5, Severity.High => 8.0, Severity.Medium => 5.0, Severity.Low => 2.0, _ => 0.0 };

    internal static ModelComponent? Component(ThreatModel? model, string path) =>
        model?.Components.FirstOrDefault(c => c.Paths.Any(p => PathGlob.IsMatch(p, path)));

    private static MatrixLevel Likelihood(Candidate c, RuleInfo rule, ModelComponent? component, ThreatModel? model, List<string> why, List<string> change)
    {
        // Archives come from others for the most part, and who made one chose the names of its entries.
        var ofArchive = c.Inputs is [{ Root: "archive" }, ..];
        var level = c.SourceKind switch
        {
            _ when ofArchive => MatrixLevel.High,
            "http-request" or "message" => MatrixLevel.High,
            // Who calls a library decides what reaches it; for weaknesses that need nothing but the value, that is enough.
            "library-input" => MatrixLevel.High,
            "command-line" or "environment" => MatrixLevel.Low,
            "file-content" or "stored" => MatrixLevel.Medium,
            // A check without flow found the weakness itself, not a way to it.
            "none" => rule.Severity >= Severity.Medium ? MatrixLevel.High : MatrixLevel.Medium,
            _ => MatrixLevel.Unknown,
        };
        why.Add(ofArchive ? $"likelihood {Text(level)}: whoever made the archive chose it" : $"likelihood {Text(level)}: source is {c.SourceKind}");
        if (c.SourceKind == "library-input") change.Add("lowered if every caller passes trusted values only");
        if (c.SourceKind is "command-line" or "environment") change.Add("raised if a less privileged party controls this input");
        if (!ofArchive && model is not null && model.SourceKinds.TryGetValue(c.SourceKind, out var weight) && weight < 0.5 && level is MatrixLevel.High or MatrixLevel.Medium)
        {
            level = weight <= 0 ? MatrixLevel.Ignore : MatrixLevel.Low;
            why.Add("lowered: the threat model gives this source little weight");
        }
        if (c.EntryPoint is { Guards.Count: > 0 } e && level == MatrixLevel.High)
        {
            level = MatrixLevel.Medium;
            why.Add($"lowered: {string.Join(", ", e.Guards)} stand before the entry point");
            change.Add("raised if the guard can be passed without an account");
        }
        if (component is { Exposure: Exposure.Local or Exposure.None } && level > MatrixLevel.Low) { level = MatrixLevel.Low; why.Add($"lowered: component \"{component.Name}\" is not reachable from outside"); }
        else if (component is { Exposure: Exposure.Internal } && level == MatrixLevel.High) { level = MatrixLevel.Medium; why.Add($"lowered: component \"{component.Name}\" is internal"); }
        return level;
    }

    private static string Text(MatrixLevel level) => level.ToString().ToLowerInvariant();
}
