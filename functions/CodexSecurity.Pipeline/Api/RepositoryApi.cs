using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Api.Routing;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Scans;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Settings of a repository as a caller sends them; what is null stays as it is.</summary>
internal sealed record RepositoryBody(string? Owner, string? Name, string? Location, string? Branch, string? Schedule, int? HistoryWindow, OptionsBody? Options);

/// <summary>Stages and budgets as a caller sends them.</summary>
internal sealed record OptionsBody(bool? Validate, bool? Patch, bool? InstallDependencies, int? MaxValidated, int? MaxPatched, int? MaxSandboxRuns);

/// <summary>Connected repositories.</summary>
internal sealed class RepositoryApi(IScanStore scans, IScanControl control, AuditTrail audit, ApiSettings settings)
{
    private const int LongestWindow = 10_000, LongestText = 300;

    public async Task<ApiReply> ListAsync(RouteCall call, CancellationToken ct) => ApiReply.Of(await scans.ListRepositoriesAsync(ApiQuery.Limit(call.Number("limit")), call.Query("cursor"), ct).ConfigureAwait(false));

    public async Task<ApiReply> GetAsync(RouteCall call, CancellationToken ct) =>
        await FindAsync(scans, call, ct).ConfigureAwait(false) is { } stored ? Reply(stored) : Unknown(call);

    public async Task<ApiReply> ConnectAsync(RouteCall call, CancellationToken ct)
    {
        var body = call.Body<RepositoryBody>();
        var (owner, name) = (Name(body.Owner, "owner"), Name(body.Name, "name"));
        // A name that another repository had before it was renamed is a new repository.
        var id = Id($"{owner}/{name}");
        if (await scans.GetRepositoryAsync(id, ct).ConfigureAwait(false) is { Value: var other } && !(Same(other.Owner, owner) && Same(other.Name, name))) id = Id(FormattableString.Invariant($"{owner}/{name}\0{call.Request.At.UtcTicks}"));
        var record = Changed(new RepositoryRecord(id, owner, name, $"https://github.com/{owner}/{name}", "main", "", 100, ScanOptions.Default, call.Request.At), body);
        var written = await scans.PutRepositoryAsync(record, WriteCondition.IfAbsent, ct).ConfigureAwait(false);
        if (!written.Written) return ApiReply.Problem(409, "Conflict", $"{owner}/{name} is connected already");
        await audit.AddAsync(call.Request, "repository.connect", $"{owner}/{name}", record.Branch, ct).ConfigureAwait(false);
        return Reply(new(record, written.ETag)) with { Status = 201, Headers = new Dictionary<string, string> { ["Location"] = $"/api/repositories/{owner}/{name}" } };
    }

    public async Task<ApiReply> ChangeAsync(RouteCall call, CancellationToken ct)
    {
        if (await FindAsync(scans, call, ct).ConfigureAwait(false) is not { } stored) return Unknown(call);
        var given = call.Header("If-Match");
        if (given is not null && given != "*" && given != Tag(stored.ETag)) return ApiReply.Problem(412, "Precondition failed", "the repository was changed meanwhile");
        var body = call.Body<RepositoryBody>();
        if (body.Owner is not null || body.Name is not null) throw new ArgumentException("owner and name follow GitHub and can't be changed here");
        var record = Changed(stored.Value, body);
        var written = await scans.PutRepositoryAsync(record, WriteCondition.IfMatch(stored.ETag), ct).ConfigureAwait(false);
        if (!written.Written) return ApiReply.Problem(409, "Conflict", "the repository was changed meanwhile");
        await audit.AddAsync(call.Request, "repository.change", $"{record.Owner}/{record.Name}", "", ct).ConfigureAwait(false);
        return Reply(new(record, written.ETag));
    }

    public async Task<ApiReply> DisconnectAsync(RouteCall call, CancellationToken ct)
    {
        if (await FindAsync(scans, call, ct).ConfigureAwait(false) is not { } stored) return Unknown(call);
        await RemoveAsync(scans, control, stored.Value, "the repository was disconnected", ct).ConfigureAwait(false);
        await audit.AddAsync(call.Request, "repository.disconnect", $"{stored.Value.Owner}/{stored.Value.Name}", "", ct).ConfigureAwait(false);
        return new ApiReply(204, "", default, "");
    }

    /// <summary>Ends what runs for a repository and forgets it.</summary>
    public static async Task RemoveAsync(IScanStore scans, IScanControl control, RepositoryRecord repository, string reason, CancellationToken ct)
    {
        await control.CancelRepositoryAsync(repository.Id, reason, ct).ConfigureAwait(false);
        await scans.DeleteRepositoryAsync(repository.Id, ct).ConfigureAwait(false);
    }

    public static Task<Stored<RepositoryRecord>?> FindAsync(IScanStore scans, RouteCall call, CancellationToken ct) => scans.FindRepositoryAsync(call.Path["owner"], call.Path["name"], ct);

    public static ApiReply Unknown(RouteCall call) => ApiReply.NotFound($"{call.Path["owner"]}/{call.Path["name"]} is not connected");

    public static string Tag(string etag) => "\"" + etag.Trim('"') + "\"";

    private static string Id(string key) => "repo_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key.ToLowerInvariant())))[..24];

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static ApiReply Reply(Stored<RepositoryRecord> stored) => ApiReply.Of(stored.Value) with { ETag = Tag(stored.ETag) };

    private RepositoryRecord Changed(RepositoryRecord r, RepositoryBody body)
    {
        var o = body.Options;
        return r with
        {
            Location = body.Location is { } location ? Location(location) : r.Location,
            Branch = body.Branch is { } branch ? Branch(branch) : r.Branch,
            Schedule = body.Schedule is { } schedule ? Schedules.Checked(schedule) : r.Schedule,
            HistoryWindow = Within(body.HistoryWindow, r.HistoryWindow, 0, LongestWindow, "historyWindow"),
            Options = o is null ? r.Options : r.Options with
            {
                Validate = o.Validate ?? r.Options.Validate, Patch = o.Patch ?? r.Options.Patch, InstallDependencies = o.InstallDependencies ?? r.Options.InstallDependencies,
                MaxValidated = Within(o.MaxValidated, r.Options.MaxValidated, 0, 1000, "maxValidated"), MaxPatched = Within(o.MaxPatched, r.Options.MaxPatched, 0, 1000, "maxPatched"),
                MaxSandboxRuns = Within(o.MaxSandboxRuns, r.Options.MaxSandboxRuns, 0, 100_000, "maxSandboxRuns"),
            },
        };
    }

    // A location is fetched by this host: https without credentials, or a folder where that is allowed.
    private string Location(string text)
    {
        if (text.Length <= LongestText && Uri.TryCreate(text, UriKind.Absolute, out var url) && url is { UserInfo: "" } && (url.Scheme == "https" || (settings.LocalPaths && url is { Scheme: "http", IsLoopback: true }))) return text;
        if (settings.LocalPaths && text.Length <= LongestText && text.StartsWith('/')) return text;
        throw new ArgumentException(settings.LocalPaths ? "location is an https address without credentials, or a folder of this machine from its root" : "location is an https address without credentials");
    }

    /// <summary>A branch's name, by the rules that matter here (git check-ref-format).</summary>
    public static string Branch(string text) =>
        text.Length is > 0 and <= LongestText && !text.StartsWith('-') && !text.StartsWith('/') && !text.Contains("..", StringComparison.Ordinal) && text.All(c => c > ' ' && c != 0x7f && !"~^:?*[\\".Contains(c, StringComparison.Ordinal))
            ? text : throw new ArgumentException("branch is the name of a branch");

    private static string Name(string? text, string what) =>
        text is { Length: > 0 and <= 100 } && text is not ("." or "..") && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? text : throw new ArgumentException($"{what} is 1 to 100 letters, digits, \"-\", \"_\" and \".\"");

    private static int Within(int? given, int otherwise, int least, int most, string name) =>
        given is null ? otherwise : given >= least && given <= most ? given.Value : throw new ArgumentException(FormattableString.Invariant($"{name} is a number from {least} to {most}"));
}
