using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ranking;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.Pipeline.Tests.Ranking;

/// <summary>Which findings are proved first.</summary>
public sealed class ProofOrderTests
{
    private static List<Finding> Many(string rule, int cwe, int count, int rank) =>
        [.. Enumerable.Range(0, count).Select(i => Samples.Finding($"{rule}{i:00}.js", "run", Samples.Rule(rule, cwe), rank))];

    [Fact]
    public void Dozens_of_one_rule_leave_room_for_the_first_of_another()
    {
        var ranked = Many("pollution", 1321, 40, 60).Concat(Many("redos", 1333, 4, 42)).ToList();
        var order = ProofOrder.Of(ranked);
        Assert.Equal(["pollution", "pollution", "redos", "redos"], order.Take(4).Select(f => f.Rule.Id));
        Assert.Equal(ranked.Select(f => f.Id).Order(), order.Select(f => f.Id).Order());
    }

    [Fact]
    public void Findings_of_one_rule_stay_as_they_are_ranked()
    {
        var ranked = Many("pollution", 1321, 12, 60);
        Assert.Equal(ranked, ProofOrder.Of(ranked));
        Assert.Equal([0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2], ProofOrder.Tiers(ranked).Select(x => x.Tier));
    }

    [Fact]
    public void What_has_a_low_rank_comes_last()
    {
        var ranked = Many("pollution", 1321, 10, 60).Concat(Many("regex", 1333, 2, 24)).ToList();
        Assert.Equal(["regex", "regex"], ProofOrder.Of(ranked).Skip(10).Select(f => f.Rule.Id));
    }
}
