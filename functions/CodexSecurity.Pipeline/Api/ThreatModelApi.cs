using CodexSecurity.Pipeline.Api.Routing;
using CodexSecurity.Pipeline.Context;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ranking;

namespace CodexSecurity.Pipeline.Api;

/// <summary>A threat model as a caller sends it.</summary>
internal sealed record ThreatModelBody(string? Text);

/// <summary>Threat models of connected repositories, and what they do to the ranking.</summary>
internal sealed class ThreatModelApi(IScanStore scans, IArtifactStore artifacts, AuditTrail audit)
{
    private const int LongestText = 256 * 1024;

    public async Task<ApiReply> GetAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        return await scans.GetThreatModelAsync(repository.Id, call.Number("version"), ct).ConfigureAwait(false) is { } stored ? Reply(stored)
            : ApiReply.NotFound("there is no such version; the first one is drafted by the first full scan");
    }

    public async Task<ApiReply> PutAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        var text = Read(call).Text;
        if (call.Header("If-Match") is not { } given) return ApiReply.Problem(428, "Precondition required", "If-Match names the version that this one follows: its ETag, or * for any");
        var latest = await scans.GetThreatModelAsync(repository.Id, null, ct).ConfigureAwait(false);
        if (given != "*" && (latest is null || RepositoryApi.Tag(latest.ETag) != given)) return Changed();
        var condition = latest is null ? WriteCondition.IfAbsent : WriteCondition.IfMatch(latest.ETag);
        if (await scans.AddThreatModelAsync(repository.Id, text, call.Request.Caller, call.Request.At, condition, ct).ConfigureAwait(false) is not { } added) return Changed();
        await audit.AddAsync(call.Request, "threat-model.put", $"{repository.Owner}/{repository.Name}", FormattableString.Invariant($"version {added.Value.Version}"), ct).ConfigureAwait(false);
        return Reply(added);
    }

    public async Task<ApiReply> PreviewAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        var model = Read(call).Model;
        if (await LatestAsync(repository, call.Query("branch"), ct).ConfigureAwait(false) is not { } scan) return ApiReply.NotFound("no scan of this branch has finished");
        var kept = scan.Findings.Where(f => !model.OutOfScope.Any(g => PathGlob.IsMatch(g, f.Candidate.Sink.Path))).ToList();
        var after = Ranker.Rank([.. kept.Select(f => f with { Severity = SeverityPolicy.Assess(f.Candidate, f.Rule, model) })], model).ToDictionary(f => f.Id, StringComparer.Ordinal);
        var moves = scan.Findings.Select(f => after.TryGetValue(f.Id, out var now)
            ? new { f.Id, f.Rule.Title, InScope = true, Rank = f.Rank, NewRank = now.Rank, Severity = f.Severity.Level, NewSeverity = now.Severity.Level, f.Recommended, NewRecommended = now.Recommended, Reasons = now.RankReasons }
            : new { f.Id, f.Rule.Title, InScope = false, Rank = f.Rank, NewRank = 0, Severity = f.Severity.Level, NewSeverity = f.Severity.Level, f.Recommended, NewRecommended = false, Reasons = (IReadOnlyList<string>)["out of scope"] });
        return ApiReply.Of(new { scan = scan.Id, findings = moves.OrderByDescending(m => m.NewRank).ThenBy(m => m.Id, StringComparer.Ordinal) }) with { ETag = "" };
    }

    public async Task<ApiReply> RecommendedAsync(RouteCall call, CancellationToken ct)
    {
        if (await RepositoryApi.FindAsync(scans, call, ct).ConfigureAwait(false) is not { Value: var repository }) return RepositoryApi.Unknown(call);
        if (await LatestAsync(repository, call.Query("branch"), ct).ConfigureAwait(false) is not { } scan) return ApiReply.NotFound("no scan of this branch has finished");
        var open = new List<object>();
        foreach (var f in scan.Findings.Where(f => f.Recommended))
        {
            // A decision that came after the scan takes a finding off the list.
            var record = (await scans.GetFindingAsync(repository.Id, scan.Target.Branch, f.Id, ct).ConfigureAwait(false))?.Value;
            if (record is { Triage: not TriageState.Open }) continue;
            open.Add(new { f.Id, f.Rank, Severity = f.Severity.Level, f.Rule.Title, Rule = f.Rule.Id, f.Candidate.Sink.Path, f.Candidate.Sink.StartLine, f.Validation.Verdict, Patch = f.Patch.Verdict, Reasons = f.RankReasons });
        }
        return ApiReply.Of(new { scan = scan.Id, complete = scan.Coverage.Complete, findings = open });
    }

    private async Task<ScanResult?> LatestAsync(RepositoryRecord repository, string? branch, CancellationToken ct)
    {
        var page = await scans.ListScansAsync(repository.Id, branch ?? repository.Branch, null, 50, null, ct).ConfigureAwait(false);
        return page.Items.FirstOrDefault(s => s is { Kind: ScanKind.Full, Result: not null }) is { } scan ? await artifacts.GetJsonAsync<ScanResult>(scan.Result!, ct).ConfigureAwait(false) : null;
    }

    private static (string Text, ThreatModel Model) Read(RouteCall call)
    {
        var text = call.Header("Content-Type")?.StartsWith("text/markdown", StringComparison.OrdinalIgnoreCase) == true ? System.Text.Encoding.UTF8.GetString(call.Request.Body.Span) : call.Body<ThreatModelBody>().Text;
        if (text is not { Length: > 0 and <= LongestText }) throw new ArgumentException("text is the threat model's Markdown, at most 256 Ki characters");
        var (model, errors) = ThreatModelFile.Read(ThreatModelFile.DefaultPath, text);
        return (text, model ?? throw new ArgumentException(string.Join("; ", errors.Take(10))));
    }

    private static ApiReply Changed() => ApiReply.Problem(412, "Precondition failed", "the threat model was changed meanwhile, or there is none yet");

    private static ApiReply Reply(Stored<ThreatModelVersion> stored) => ApiReply.Of(stored.Value) with { ETag = RepositoryApi.Tag(stored.ETag) };
}
