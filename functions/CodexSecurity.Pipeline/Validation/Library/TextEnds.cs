using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>How a text has to begin and to end for the code on the way to go on with it ("" where it says nothing).</summary>
/// <param name="Start">What it begins with.</param>
/// <param name="End">What it ends with.</param>
public sealed record TextEnds(string Start, string End)
{
    /// <summary>Nothing is asked of the text.</summary>
    public bool IsFree => Start.Length == 0 && End.Length == 0;

    /// <summary>What the conditions on the path say of one value.</summary>
    public static TextEnds Of(Candidate candidate, string root, IReadOnlyList<string> path)
    {
        // The longest: of "-" and "--file=" both hold then.
        string Longest(string how) => candidate.Conditions.Where(c => c is { Holds: true, Value: not null } && c.Operator == how && c.Root == root && c.AccessPath.SequenceEqual(path)).Select(c => c.Value!).MaxBy(v => v.Length) ?? "";
        return new TextEnds(Longest("startsWith"), Longest("endsWith"));
    }

    /// <summary>The text with these ends; what it has already is not put there twice.</summary>
    public string Around(string text) =>
        (text.StartsWith(Start, StringComparison.Ordinal) ? "" : Start) + text + (text.EndsWith(End, StringComparison.Ordinal) ? "" : End);
}
