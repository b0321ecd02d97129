using System.Globalization;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>Where the code of a made file was written, by its source map. The file need not be in the snapshot.</summary>
/// <param name="Path">The written file, relative to the project.</param>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based, in UTF-16 units.</param>
public sealed record WrittenPlace(string Path, int Line, int Column)
{
    /// <summary>Where a candidate's sink was written; null where that is its own place.</summary>
    public static WrittenPlace? Of(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        // A path may hold colons.
        if (candidate.Properties.GetValueOrDefault(CandidateProperties.WrittenAt, "").Split(':') is not [.. { Length: > 0 } path, var line, var column]) return null;
        return int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var l) && int.TryParse(column, NumberStyles.None, CultureInfo.InvariantCulture, out var c) ? new WrittenPlace(string.Join(':', path), l, c) : null;
    }

    /// <summary>The candidate with this as the place where its sink was written.</summary>
    public Candidate On(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return candidate with { Properties = new SortedDictionary<string, string>(candidate.Properties.ToDictionary(), StringComparer.Ordinal) { [CandidateProperties.WrittenAt] = FormattableString.Invariant($"{Path}:{Line}:{Column}") } };
    }
}
