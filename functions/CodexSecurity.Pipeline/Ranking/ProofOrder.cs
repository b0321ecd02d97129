using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ranking;

/// <summary>
/// The order in which findings are proved, and how much is tried for each. A program that has dozens of findings of one rule must not use up what the
/// sandbox may be asked for before the first finding of another rule comes: the best few of each rule come first, then the next, then the rest by rank.
/// </summary>
public static class ProofOrder
{
    // Chosen by what lodash gained (its slow expressions and its template came behind forty findings of one rule) and what mathjs and typeorm took longer.
    private const int Best = 2, Next = 8;
    // Patterns that a caller of a library writes rank about 24, slow expressions that an export reaches about 40: the first are most often meant.
    private const int WorthRank = 30;

    /// <summary>The findings in that order; of one rule, and within a tier, as they are ranked.</summary>
    /// <param name="ranked">Findings by rank, highest first.</param>
    public static IReadOnlyList<Finding> Of(IReadOnlyList<Finding> ranked) => [.. Tiers(ranked).OrderBy(f => f.Tier).Select(f => f.Finding)];

    /// <summary>0 for the best few of a rule, 1 for the next, 2 for the rest and for what has a low rank; in the order given.</summary>
    /// <param name="ranked">Findings by rank, highest first.</param>
    public static IEnumerable<(Finding Finding, int Tier)> Tiers(IReadOnlyList<Finding> ranked)
    {
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var finding in ranked)
        {
            var place = seen[finding.Rule.Id] = seen.GetValueOrDefault(finding.Rule.Id) + 1;
            yield return (finding, finding.Rank < WorthRank || place > Next ? 2 : place > Best ? 1 : 0);
        }
    }
}
