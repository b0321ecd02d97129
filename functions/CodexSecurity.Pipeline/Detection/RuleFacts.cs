using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Detection;

/// <summary>Facts of the engine's rules in the words of the domain.</summary>
public static class RuleFacts
{
    /// <summary>Facts of a rule that the engine reported.</summary>
    /// <exception cref="ArgumentException">There is no such rule.</exception>
    public static RuleInfo Of(string id)
    {
        var rule = RuleCatalog.Default.Find(id) ?? throw new ArgumentException($"there is no rule {id}", nameof(id));
        return new RuleInfo(rule.Id, rule.Title, rule.Cwe, Level(rule.Severity), rule.Oracle, rule.Fix, rule.Help);
    }

    /// <summary>SHA-256 over models and rules, lower-case hex.</summary>
    public static string Digest { get; } = ModelCatalog.Default.Digest;

    private static Severity Level(string name) => name switch
    {
        "critical" => Severity.Critical, "high" => Severity.High, "medium" => Severity.Medium, "low" => Severity.Low, _ => Severity.Informational,
    };
}
