using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Reporting.Redaction;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Names and texts that every report shares.</summary>
internal static class ReportText
{
    /// <summary>Text without secrets and without half surrogates (which neither JSON nor HTML can carry).</summary>
    public static string Clean(string text) => WellFormed(Redactor.Redact(text));

    /// <summary>Replaces half surrogates and control characters other than tab and line feed.</summary>
    public static string WellFormed(string text)
    {
        StringBuilder? copy = null;
        for (var i = 0; i < text.Length; i++)
        {
            var pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            var bad = (char.IsSurrogate(text[i]) && !pair) || (char.IsControl(text[i]) && text[i] is not ('\t' or '\n' or '\r'));
            if (bad) copy ??= new StringBuilder(text.Length).Append(text, 0, i);
            copy?.Append(bad ? '\uFFFD' : text[i]);
            if (pair) copy?.Append(text[++i]);
            if (pair && copy is null) i++;
        }
        return copy?.ToString() ?? text;
    }

    /// <summary>Where the sink was written, as "path:line"; "" where that is its own place.</summary>
    public static string WrittenAt(Analysis.Results.Candidate candidate) => WrittenPlace.Of(candidate) is { } at ? FormattableString.Invariant($"{at.Path}:{at.Line}") : "";

    public static string Name(Severity value) => value switch
    {
        Severity.Critical => "critical", Severity.High => "high", Severity.Medium => "medium", Severity.Low => "low", _ => "informational",
    };

    public static string Name(Analysis.Results.Confidence value) => value switch
    {
        Analysis.Results.Confidence.High => "high", Analysis.Results.Confidence.Medium => "medium", _ => "low",
    };

    public static string Name(MatrixLevel value) => value switch
    {
        MatrixLevel.High => "high", MatrixLevel.Medium => "medium", MatrixLevel.Low => "low", MatrixLevel.Ignore => "ignore", _ => "unknown",
    };

    public static string Name(ValidationVerdict value) => value switch
    {
        ValidationVerdict.Confirmed => "confirmed", ValidationVerdict.NotReproduced => "not-reproduced",
        ValidationVerdict.Inconclusive => "inconclusive", _ => "not-attempted",
    };

    public static string Name(ValidationLevel value) => value switch
    {
        ValidationLevel.Reproduced => "reproduced", ValidationLevel.Harness => "harness", _ => "static",
    };

    public static string Name(PatchVerdict value) => value switch
    {
        PatchVerdict.Verified => "verified", PatchVerdict.Unverified => "unverified", _ => "none",
    };

    public static string Name(GateOutcome value) => value switch
    {
        GateOutcome.Passed => "passed", GateOutcome.Failed => "failed", _ => "not run",
    };

    public static string Name(FindingState value) => value switch
    {
        FindingState.New => "new", FindingState.Persisting => "persisting", FindingState.Reopened => "reopened",
        FindingState.Resolved => "resolved", _ => "unknown",
    };

    public static string Name(TargetKind value) => value switch
    {
        TargetKind.GitRevision => "git_revision", TargetKind.GitWorktree => "git_worktree", TargetKind.GitDiff => "git_diff", _ => "directory_snapshot",
    };

    public static string Name(Analysis.Results.CoverageStatus value) => value switch
    {
        Analysis.Results.CoverageStatus.Analyzed => "analyzed", Analysis.Results.CoverageStatus.Partial => "partial", _ => "not-analyzed",
    };

    /// <summary>RFC 3339 in UTC, seconds.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>How the outsider gets in: "GET /users/:id", or the function's name.</summary>
    public static string EntryPoint(Analysis.Results.Candidate c) => c.EntryPoint is not { } e ? ""
        : e.Route is { Length: > 0 } ? $"{e.HttpMethod ?? "*"} {e.Route}" : e.FunctionName.Length > 0 ? e.FunctionName : e.ModulePath;
}
