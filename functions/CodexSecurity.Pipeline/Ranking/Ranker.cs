using System.Globalization;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ranking;

/// <summary>Accepts candidates as findings and orders them. Every point of a rank has a reason.</summary>
public static class Ranker
{
    /// <summary>Length of the short list.</summary>
    public const int ShortList = 10;

    /// <summary>Findings of candidates with identity, severity and group; not validated yet.</summary>
    /// <param name="candidates">In the engine's order.</param>
    /// <param name="rule">Facts of a rule by id.</param>
    /// <param name="model">The threat model, or null.</param>
    public static IReadOnlyList<Finding> Accept(IReadOnlyList<Candidate> candidates, Func<string, RuleInfo> rule, ThreatModel? model)
    {
        var kept = candidates.Where(c => model is null || !model.OutOfScope.Any(g => PathGlob.IsMatch(g, c.Sink.Path))).ToList();
        var identities = FindingIdentity.Of(kept);
        var groups = GroupsOf(kept);
        var findings = kept.Select((c, i) =>
        {
            var info = rule(c.RuleId);
            return new Finding(identities[i].Id, identities[i].Fingerprint, c, info, SeverityPolicy.Assess(c, info, model), ValidationSummary.NotAttempted("not yet validated"),
                Patch.None("not yet attempted"), FindingState.New, 0, [], groups[i], false, null, null);
        });
        return Rank([.. findings], model);
    }

    /// <summary>Sets rank, reasons and the short list, and sorts: by rank, then fingerprint. Call it again once verdicts are known.</summary>
    public static IReadOnlyList<Finding> Rank(IReadOnlyList<Finding> findings, ThreatModel? model)
    {
        var ranked = findings.Select(f => Score(f, model)).OrderByDescending(f => f.Rank).ThenBy(f => f.Fingerprint, StringComparer.Ordinal).ToList();
        var groups = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < ranked.Count; i++)
        {
            var f = ranked[i];
            var eligible = f.Suppression is null && f.State is not (FindingState.Resolved or FindingState.Unknown) && f.Severity.Level > Severity.Informational && groups.Count < ShortList;
            ranked[i] = f with { Recommended = eligible && groups.Add(f.GroupId) };
        }
        return ranked;
    }

    private static Finding Score(Finding f, ThreatModel? model)
    {
        var reasons = new List<string>();
        var score = 0;
        void Add(int points, string reason)
        {
            if (points == 0) return;
            score += points;
            reasons.Add($"{points.ToString("+0;-0", CultureInfo.InvariantCulture)} {reason}");
        }
        Add(f.Severity.Level switch { Severity.Critical => 60, Severity.High => 48, Severity.Medium => 30, Severity.Low => 12, _ => 2 }, $"severity {f.Severity.Level.ToString().ToLowerInvariant()}");
        Add(f.Validation.Verdict switch { ValidationVerdict.Confirmed => 25, ValidationVerdict.NotReproduced => -15, _ => 0 },
            f.Validation.Verdict == ValidationVerdict.Confirmed ? "confirmed by a proof of concept" : "proofs of concept ran and showed nothing");
        if (f.Validation.Verdict == ValidationVerdict.Confirmed) Add(f.Validation.Level == ValidationLevel.Reproduced ? 5 : 0, "through a real interface");
        Add(f.Candidate.Confidence switch { Confidence.High => 6, Confidence.Low => -8, _ => 0 }, $"{f.Candidate.Confidence.ToString().ToLowerInvariant()} confidence of the analysis");
        if (SeverityPolicy.Component(model, f.Candidate.Sink.Path) is { } c)
        {
            Add(c.Exposure switch { Exposure.Internet => 6, Exposure.Tenant => 3, Exposure.Internal => -2, _ => -6 }, $"component \"{c.Name}\" is exposed to: {c.Exposure.ToString().ToLowerInvariant()}");
            Add((c.Criticality - 3) * 2, $"component \"{c.Name}\" has criticality {c.Criticality.ToString(CultureInfo.InvariantCulture)} of 5");
        }
        if (model is not null && model.SourceKinds.TryGetValue(f.Candidate.SourceKind, out var weight)) Add((int)Math.Round((weight - 0.8) * 10, MidpointRounding.AwayFromZero), $"weight of source {f.Candidate.SourceKind} in the threat model");
        if (f.Candidate.EntryPoint is { Guards.Count: > 0 }) Add(-4, "a guard stands before the entry point");
        var role = CodeRole.Of(f.Candidate.Sink.Path);
        if (role != CodeRole.Production) Add(role == "development" ? -15 : -25, $"{role} code");
        if (f.Patch.Verdict == PatchVerdict.Verified) Add(2, "a verified patch is at hand");
        return f with { Rank = Math.Clamp(score, 0, 100), RankReasons = reasons };
    }

    // What was built from a line stands with what is found in that line.
    private static string[] GroupsOf(List<Candidate> candidates)
    {
        var groups = candidates.Select(GroupOf).ToArray();
        var written = new Dictionary<(string Rule, string Path, int Line), string>();
        for (var i = 0; i < groups.Length; i++) written.TryAdd((candidates[i].RuleId, candidates[i].Sink.Path, candidates[i].Sink.StartLine), groups[i]);
        for (var i = 0; i < groups.Length; i++)
        {
            if (WrittenPlace.Of(candidates[i]) is not { } place) continue;
            var key = (candidates[i].RuleId, place.Path, place.Line);
            if (!written.TryAdd(key, groups[i])) groups[i] = written[key];
        }
        return groups;
    }

    // One root cause: the same regular expression, else the same sink in the same function.
    private static string GroupOf(Candidate c)
    {
        var root = c.Properties.TryGetValue(CandidateProperties.RegexPattern, out var pattern) ? "regex\0" + pattern
            : c.FunctionName.Length > 0 ? $"function\0{c.Sink.Path}\0{c.FunctionName}\0{c.SinkCallable}" : $"place\0{c.Sink.Path}\0{FindingIdentity.Normalise(c.SinkExpression)}";
        return "csg_" + FindingIdentity.Hash(c.RuleId + "\0" + root)[..16];
    }
}
