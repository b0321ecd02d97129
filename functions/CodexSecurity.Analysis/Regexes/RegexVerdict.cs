using System.Text;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>How the time of a match grows with the subject's length.</summary>
public enum RegexComplexity
{
    /// <summary>No super-linear growth was found.</summary>
    Linear,

    /// <summary>A power of the length, at least quadratic.</summary>
    Polynomial,

    /// <summary>Exponential in the length.</summary>
    Exponential,

    /// <summary>The pattern is invalid or the step budget ended.</summary>
    Unknown,
}

/// <summary>Limits, counted in steps.</summary>
/// <param name="SearchSteps">Steps of the search for ambiguous loops.</param>
/// <param name="MatchSteps">Steps of one simulated match.</param>
/// <param name="TotalMatchSteps">Steps of all simulated matches.</param>
public sealed record RegexBudget(int SearchSteps = 400_000, int MatchSteps = 400_000, int TotalMatchSteps = 4_000_000);

/// <summary>What an attack must respect.</summary>
/// <param name="Forbidden">Characters that may not occur in the attack.</param>
/// <param name="RequiredFirst">The first character the attack must have.</param>
/// <param name="RequiredLast">The last character the attack must have.</param>
/// <param name="NotFirst">Characters that the attack may not begin with.</param>
public sealed record RegexAttackConstraints(CharacterSet? Forbidden = null, char? RequiredFirst = null, char? RequiredLast = null, CharacterSet? NotFirst = null);

/// <summary>A family of subjects that makes the match slow. Degree 0 means exponential.</summary>
public sealed record RegexAttack(string Prefix, string Pump, string Suffix, int Degree, Span Span, string Explanation)
{
    /// <summary>The subject with that many pumps; 0 or more.</summary>
    public string Build(int pumps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(pumps);
        var text = new StringBuilder(Prefix, Prefix.Length + (Pump.Length * pumps) + Suffix.Length);
        for (var i = 0; i < pumps; i++) text.Append(Pump);
        return text.Append(Suffix).ToString();
    }
}

/// <summary>The answer for one pattern; attacks are ordered best first, Reason is set when the complexity is unknown.</summary>
public sealed record RegexVerdict(RegexComplexity Complexity, int Degree, IReadOnlyList<RegexAttack> Attacks, string? Reason = null);
