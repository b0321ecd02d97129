using CodexSecurity.Pipeline.Api.Routing;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Answers every request of contracts §6 below /api, for any host. The host authenticates first: only the webhook comes without a caller.</summary>
public sealed class ApiRouter
{
    /// <summary>The one path that is authenticated by its signature.</summary>
    public const string Webhook = "/api/github/webhook";

    private readonly IReadOnlyList<Route> _routes;
    private readonly byte[] _description;

    /// <summary>The API over these.</summary>
    /// <param name="scans">Records.</param>
    /// <param name="artifacts">Bulk.</param>
    /// <param name="control">Starts and steers scans.</param>
    /// <param name="settings">What this host allows.</param>
    public ApiRouter(IScanStore scans, IArtifactStore artifacts, IScanControl control, ApiSettings settings)
    {
        var audit = new AuditTrail(scans);
        var (repositories, models) = (new RepositoryApi(scans, control, audit, settings), new ThreatModelApi(scans, artifacts, audit));
        var (scanned, findings, webhook) = (new ScanApi(scans, artifacts), new FindingApi(scans, artifacts), new WebhookApi(scans, control, audit, settings.WebhookSecrets));
        var work = new WorkApi(scans, control, audit, settings.PullRequests);
        const string Repository = "/api/repositories/{owner}/{name}";
        _routes =
        [
            new("POST", Webhook, "A signed delivery of GitHub", [], [202, 413], (c, ct) => webhook.ReceiveAsync(c.Request, ct)),
            new("GET", "/api/repositories", "Connected repositories", ["limit", "cursor"], [200], repositories.ListAsync),
            new("POST", "/api/repositories", "Connects a repository", [], [201, 409], repositories.ConnectAsync),
            new("GET", Repository, "A repository", [], [200, 404], repositories.GetAsync),
            new("PATCH", Repository, "Changes branch, schedule, window or settings; If-Match guards against another's change", [], [200, 404, 409, 412], repositories.ChangeAsync),
            new("DELETE", Repository, "Disconnects a repository and forgets its findings", [], [204, 404], repositories.DisconnectAsync),
            new("POST", Repository + "/scans", "Starts a full, diff or history scan", [], [202, 404], work.ScanAsync),
            new("POST", Repository + "/backfill", "Holds or resumes the walk through the history", [], [200, 404, 409], work.HoldAsync),
            new("GET", Repository + "/threat-model", "The threat model, the latest version unless one is named", ["version"], [200, 304, 404], models.GetAsync),
            new("PUT", Repository + "/threat-model", "Adds a version; If-Match names the one that it follows", [], [200, 404, 412, 428], models.PutAsync),
            new("POST", Repository + "/threat-model/preview", "How the ranking would move; nothing is saved", ["branch"], [200, 404], models.PreviewAsync),
            new("GET", Repository + "/recommended", "The short list, with the reason for each place", ["branch"], [200, 304, 404], models.RecommendedAsync),
            new("GET", "/api/scans", "Scans, latest first", ["repository", "status", "limit", "cursor"], [200, 304], (c, ct) => scanned.ListAsync(c.Query("repository"), c.Query("status"), c.Number("limit"), c.Query("cursor"), ct)),
            new("GET", "/api/scans/{id}", "A scan", [], [200, 304, 404], (c, ct) => scanned.GetAsync(c.Id, ct)),
            new("POST", "/api/scans/{id}/cancel", "Ends a scan and its sandboxes", [], [202, 404, 409], work.CancelAsync),
            new("GET", "/api/scans/{id}/report", "The report of a finished scan", ["format"], [200, 304, 404], (c, ct) => scanned.ReportAsync(c.Id, c.Query("format"), ct)),
            new("GET", "/api/scans/{id}/coverage", "What was looked at and what was not", [], [200, 304, 404], (c, ct) => scanned.CoverageAsync(c.Id, ct)),
            new("GET", "/api/findings", "Findings by the query", ["repository", "branch", "severity", "state", "triage", "verdict", "rule", "cwe", "path", "q", "sort", "limit", "cursor"], [200, 304], (c, ct) => findings.ListAsync(Filter(c), ct)),
            new("GET", "/api/findings/{id}", "A finding, on every branch where it was seen", [], [200, 304, 404], (c, ct) => findings.GetAsync(c.Id, ct)),
            new("POST", "/api/findings/{id}/triage", "Records a decision", [], [200, 404], (c, ct) => work.TriageAsync(findings, c, ct)),
            new("POST", "/api/findings/{id}/revalidate", "Validates a finding again", [], [202, 404, 409], work.RevalidateAsync),
            new("GET", "/api/findings/{id}/pull-request", "How its fix pull request stands", [], [200, 304, 404], work.FixAsync),
            new("POST", "/api/findings/{id}/pull-request", "Asks for a fix pull request, or approves or refuses it", [], [202, 404, 409], work.PullRequestAsync),
            new("GET", "/api/findings/{id}/evidence", "The evidence bundle", [], [200, 304, 404], (c, ct) => findings.EvidenceAsync(c.Id, ct)),
            new("GET", "/api/findings/{id}/patch", "The patch as a unified diff", [], [200, 304, 404], (c, ct) => findings.PatchAsync(c.Id, ct)),
            new("GET", "/api/openapi.json", "This description", [], [200, 304], (_, _) => Task.FromResult(ApiReply.Of("application/json", _description!))),
        ];
        _description = OpenApi.Write(_routes);
    }

    /// <summary>Methods and path templates of all routes.</summary>
    public IEnumerable<(string Method, string Template)> Routes => _routes.Select(r => (r.Method, r.Template));

    /// <summary>Answers a request. What a caller got wrong is a problem document.</summary>
    /// <exception cref="StoreUnavailableException">A store can't be used.</exception>
    /// <exception cref="StoreCorruptException">Stored content is damaged.</exception>
    public Task<ApiReply> HandleAsync(ApiRequest request, CancellationToken ct)
    {
        var method = request.Method == "HEAD" ? "GET" : request.Method;
        var path = request.Path.Length > 1 ? request.Path.TrimEnd('/').Split('/') : [];
        var matches = _routes.Select(r => (Route: r, Values: r.Match(path))).Where(m => m.Values is not null).ToList();
        if (matches.Count == 0) return Task.FromResult(ApiReply.NotFound("there is nothing here"));
        if (matches.FirstOrDefault(m => m.Route.Method == method) is not { Route: { } route, Values: { } values })
        {
            var allowed = string.Join(", ", matches.Select(m => m.Route.Method).Order(StringComparer.Ordinal));
            return Task.FromResult(ApiReply.Problem(405, "Method not allowed", $"this path takes {allowed}") with { Headers = new Dictionary<string, string> { ["Allow"] = allowed } });
        }
        return ApiQuery.GuardAsync(() => route.Answer(new RouteCall(request, values), ct));
    }

    private static FindingFilter Filter(RouteCall c) => new(
        c.Query("repository"), c.Query("branch"), c.Query("severity"), c.Query("state"), c.Query("triage"), c.Query("verdict"), c.Query("rule"), c.Number("cwe"), c.Query("path"), c.Query("q"), c.Query("sort"),
        c.Number("limit"), c.Query("cursor"));
}
