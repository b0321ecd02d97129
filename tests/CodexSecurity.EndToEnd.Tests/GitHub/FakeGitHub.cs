using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CodexSecurity.EndToEnd.Tests.Ingest;

namespace CodexSecurity.EndToEnd.Tests.GitHub;

/// <summary>
/// A GitHub on loopback: the parts of its REST API that are used, over real git repositories below a folder, which it also serves. Apps sign in by a token
/// that is checked; an installation's token is good for its repository and permissions only. Faults are put in by the test.
/// </summary>
internal sealed class FakeGitHub(string root, RSA key, TimeProvider time) : GitServer(root)
{
    public sealed record Token(string Repository, IReadOnlyDictionary<string, string> Permissions, DateTimeOffset Ends);

    public ConcurrentDictionary<string, Token> Tokens { get; } = new();

    /// <summary>"owner/name" of where the app is installed.</summary>
    public ConcurrentDictionary<string, int> Installed { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Method and path of each request to the API.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public List<JsonObject> Pulls { get; } = [];

    public List<(int Number, string Text)> Comments { get; } = [];

    public List<JsonObject> Deliveries { get; } = [];

    public ConcurrentQueue<long> Redelivered { get; } = new();

    /// <summary>Asked for each request before it is answered: status (0 to cut the line after it had its effect) and headers, or null.</summary>
    public Func<string, (int Status, string? RetryAfter)?> Fault { get; set; } = _ => null;

    /// <summary>Where git's requests are sent instead; null for nowhere.</summary>
    public string? Elsewhere { get; set; }

    protected override async Task<bool> AnsweredAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var path = request.Url!.AbsolutePath.Trim('/');
        if (path.Split('/') is [var owner, var git, ..] && git.EndsWith(".git", StringComparison.Ordinal))
        {
            if (Elsewhere is { } other)
            {
                response.Redirect(other + path + request.Url.Query);
                return true;
            }

            // Private: only a token for this repository that may read it.
            var basic = request.Headers["Authorization"] is { } header && header.StartsWith("Basic ", StringComparison.Ordinal) ? Encoding.UTF8.GetString(Convert.FromBase64String(header[6..])) : "";
            if (basic.StartsWith("x-access-token:", StringComparison.Ordinal) && Good(basic["x-access-token:".Length..], $"{owner}/{git[..^4]}", "contents", "read")) return false;
            response.StatusCode = 401;
            response.AddHeader("WWW-Authenticate", "Basic realm=\"GitHub\"");
            return true;
        }

        using var reader = new StreamReader(request.InputStream);
        var text = await reader.ReadToEndAsync();
        var what = $"{request.HttpMethod} {path}";
        Requests.Enqueue(what);
        var fault = Fault(what);
        if (fault is { Status: > 0 } told)
        {
            if (told.RetryAfter is { } after) response.AddHeader("Retry-After", after);
            await SendAsync(response, told.Status, new JsonObject { ["message"] = told.Status == 403 ? "You have exceeded a secondary rate limit" : "a fault of the test" });
            return true;
        }

        var (status, body) = Act(request, path, text.Length == 0 ? null : JsonNode.Parse(text), response);
        if (fault is { Status: 0 }) response.Abort();
        else await SendAsync(response, status, body);
        return true;
    }

    private static async Task SendAsync(HttpListenerResponse response, int status, JsonNode? body)
    {
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        if (body is not null) await response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString()));
    }

    private (int, JsonNode?) Act(HttpListenerRequest request, string path, JsonNode? body, HttpListenerResponse response)
    {
        var parts = path.Split('/');
        var authorization = request.Headers["Authorization"] ?? "";
        if (parts[0] == "app" || parts is ["repos", _, _, "installation"]) return IsApp(authorization) ? ActAsApp(request, parts, body, response) : (401, Message("a JSON web token could not be decoded"));
        if (parts is not ["repos", var owner, var name, ..]) return (404, Message("Not Found"));
        var need = parts[3] is "pulls" or "issues" ? "pull_requests" : "contents";
        var token = authorization.Split(' ')[^1];
        if (!Tokens.TryGetValue(token, out var known) || known.Ends <= time.GetUtcNow()) return (401, Message("Bad credentials"));
        return Good(token, $"{owner}/{name}", need, request.HttpMethod == "GET" ? "read" : "write") ? ActOn(owner, name, request.HttpMethod, string.Join('/', parts[3..]), body) : (403, Message("Resource not accessible by integration"));
    }

    private bool Good(string token, string repository, string permission, string level) =>
        Tokens.TryGetValue(token, out var known) && known.Ends > time.GetUtcNow() && string.Equals(known.Repository, repository, StringComparison.OrdinalIgnoreCase)
        && known.Permissions.TryGetValue(permission, out var has) && (has == level || has == "write");

    private bool IsApp(string authorization)
    {
        if (!authorization.StartsWith("Bearer ", StringComparison.Ordinal) || authorization[7..].Split('.') is not [var header, var claims, var signature]) return false;
        if (!key.VerifyData(Encoding.ASCII.GetBytes($"{header}.{claims}"), Decode(signature), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)) return false;
        var (told, now) = (JsonNode.Parse(Decode(claims))!, time.GetUtcNow().ToUnixTimeSeconds());
        var (issued, ends) = (told["iat"]!.GetValue<long>(), told["exp"]!.GetValue<long>());
        return told["iss"]!.GetValue<string>() is "123" or "456" && issued <= now && ends > now && ends - issued <= 600;
    }

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private (int, JsonNode?) ActAsApp(HttpListenerRequest request, string[] parts, JsonNode? body, HttpListenerResponse response)
    {
        switch (parts)
        {
            case ["repos", var owner, var name, "installation"]:
                return Installed.TryGetValue($"{owner}/{name}", out var number) ? (200, new JsonObject { ["id"] = number }) : (404, Message("Not Found"));
            case ["app", "installations", var id, "access_tokens"]:
                var token = "ghs_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
                var repository = Installed.First(i => i.Value.ToString(System.Globalization.CultureInfo.InvariantCulture) == id && i.Key.EndsWith("/" + body!["repositories"]!.AsArray().Single()!.GetValue<string>(), StringComparison.OrdinalIgnoreCase)).Key;
                Tokens[token] = new Token(repository, body!["permissions"]!.Deserialize<Dictionary<string, string>>()!, time.GetUtcNow().AddHours(1));
                return (201, new JsonObject { ["token"] = token, ["expires_at"] = Tokens[token].Ends.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) });
            case ["app", "hook", "deliveries"]:
                var from = int.Parse(request.QueryString["cursor"] ?? "0", System.Globalization.CultureInfo.InvariantCulture);
                if (from + 2 < Deliveries.Count) response.AddHeader("Link", $"<{Url}app/hook/deliveries?per_page=100&cursor={from + 2}>; rel=\"next\"");
                return (200, new JsonArray([.. Deliveries.Skip(from).Take(2).Select(d => d.DeepClone())]));
            case ["app", "hook", "deliveries", var delivery, "attempts"]:
                Redelivered.Enqueue(long.Parse(delivery, System.Globalization.CultureInfo.InvariantCulture));
                return (202, new JsonObject());
            default:
                return (404, Message("Not Found"));
        }
    }

    private (int, JsonNode?) ActOn(string owner, string name, string method, string path, JsonNode? body)
    {
        string Git(string? input, params string[] arguments) => RunGit(Path.Combine(Root, owner, name + ".git"), input, null, arguments);
        var parts = path.Split('/');
        switch (method, parts[0], parts.Length > 1 ? parts[1] : "")
        {
            case ("GET", "git", "ref" or "refs"):
                var sha = Git(null, "for-each-ref", "--format=%(refname) %(objectname)").Split('\n').FirstOrDefault(l => l.Split(' ')[0] == "refs/" + string.Join('/', parts[2..]))?.Split(' ')[1];
                return sha is null ? (404, Message("Not Found")) : (200, Reference("refs/" + string.Join('/', parts[2..]), sha));
            case ("GET", "git", "commits"):
                var lines = Git(null, "cat-file", "-p", parts[2]).Split('\n');
                return (200, new JsonObject { ["sha"] = parts[2], ["tree"] = new JsonObject { ["sha"] = lines[0][5..] }, ["parents"] = new JsonArray([.. lines.Where(l => l.StartsWith("parent ", StringComparison.Ordinal)).Select(l => new JsonObject { ["sha"] = l[7..] })]) });
            case ("GET", "git", "trees"):
                var entries = Git(null, "ls-tree", parts[2]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split([' ', '\t'], 4));
                return (200, new JsonObject { ["sha"] = parts[2], ["truncated"] = false, ["tree"] = new JsonArray([.. entries.Select(e => new JsonObject { ["mode"] = e[0], ["type"] = e[1], ["sha"] = e[2], ["path"] = e[3] })]) });
            case ("POST", "git", "blobs"):
                var file = Path.GetTempFileName();
                File.WriteAllBytes(file, body!["encoding"]!.GetValue<string>() == "base64" ? Convert.FromBase64String(body["content"]!.GetValue<string>()) : Encoding.UTF8.GetBytes(body["content"]!.GetValue<string>()));
                return (201, new JsonObject { ["sha"] = Git(null, "hash-object", "-w", "--no-filters", file) });
            case ("POST", "git", "trees"):
                var index = Path.Combine(Directory.CreateTempSubdirectory("codex-index-").FullName, "index");
                string Index(params string[] arguments) => RunGit(Path.Combine(Root, owner, name + ".git"), null, index, arguments);
                Index("read-tree", body!["base_tree"]!.GetValue<string>());
                foreach (var entry in body["tree"]!.AsArray()) Index("update-index", "--add", "--cacheinfo", $"{entry!["mode"]},{entry["sha"]},{entry["path"]}");
                return (201, new JsonObject { ["sha"] = Index("write-tree"), ["tree"] = new JsonArray() });
            case ("POST", "git", "commits"):
                return (201, new JsonObject { ["sha"] = Git(null, ["commit-tree", body!["tree"]!.GetValue<string>(), "-m", body["message"]!.GetValue<string>(), .. body["parents"]!.AsArray().SelectMany(p => new[] { "-p", p!.GetValue<string>() })]) });
            case ("POST", "git", "refs"):
                if (Git(null, "for-each-ref", "--format=%(refname)").Split('\n').Contains(body!["ref"]!.GetValue<string>())) return (422, Message("Reference already exists"));
                Git(null, "update-ref", body["ref"]!.GetValue<string>(), body["sha"]!.GetValue<string>());
                return (201, Reference(body["ref"]!.GetValue<string>(), body["sha"]!.GetValue<string>()));
            case ("GET", "pulls", _):
                return (200, new JsonArray([.. Pulls.Where(p => p["state"]!.GetValue<string>() == "open").Select(p => p.DeepClone())]));
            case ("POST", "pulls", _):
                if (Pulls.Any(p => p["state"]!.GetValue<string>() == "open" && p["head"]!["ref"]!.GetValue<string>() == body!["head"]!.GetValue<string>() && p["base"]!["ref"]!.GetValue<string>() == body["base"]!.GetValue<string>())) return (422, Message("Validation Failed"));
                Pulls.Add(Pull(owner, name, body!.AsObject(), Git(null, "rev-parse", "refs/heads/" + body["head"])));
                return (201, Pulls[^1].DeepClone());
            case ("PATCH", "pulls", _):
                var pull = Pulls.Single(p => p["number"]!.GetValue<int>().ToString(System.Globalization.CultureInfo.InvariantCulture) == parts[1]);
                pull["state"] = body!["state"]!.GetValue<string>();
                return (200, pull.DeepClone());
            case ("POST", "issues", _):
                Comments.Add((int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), body!["body"]!.GetValue<string>()));
                return (201, new JsonObject { ["id"] = Comments.Count, ["body"] = body["body"]!.GetValue<string>() });
            default:
                return (404, Message("Not Found"));
        }
    }

    private JsonObject Pull(string owner, string name, JsonObject asked, string head)
    {
        JsonObject repository = new() { ["id"] = 99, ["name"] = name, ["full_name"] = $"{owner}/{name}" };
        return new JsonObject
        {
            ["number"] = Pulls.Count + 1, ["html_url"] = $"{Url}{owner}/{name}/pull/{Pulls.Count + 1}", ["state"] = "open", ["title"] = asked["title"]!.GetValue<string>(),
            ["body"] = asked["body"]!.GetValue<string>(), ["draft"] = asked["draft"]?.GetValue<bool>() ?? false,
            ["head"] = new JsonObject { ["ref"] = asked["head"]!.GetValue<string>(), ["sha"] = head, ["repo"] = repository.DeepClone() },
            ["base"] = new JsonObject { ["ref"] = asked["base"]!.GetValue<string>(), ["sha"] = new string('0', 40), ["repo"] = repository },
        };
    }

    private static JsonObject Reference(string name, string sha) => new() { ["ref"] = name, ["object"] = new JsonObject { ["sha"] = sha, ["type"] = "commit" } };

    private static JsonObject Message(string text) => new() { ["message"] = text };

    private static string RunGit(string folder, string? input, string? index, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in new[] { ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_AUTHOR_NAME", "app"), ("GIT_AUTHOR_EMAIL", "app@localhost"), ("GIT_COMMITTER_NAME", "app"), ("GIT_COMMITTER_EMAIL", "app@localhost"), ("GIT_DIR", folder) })
            start.Environment[name] = value;
        if (index is not null) start.Environment["GIT_INDEX_FILE"] = index;
        using var git = Process.Start(start)!;
        git.StandardInput.Write(input);
        git.StandardInput.Close();
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, string.Join(' ', arguments));
        return output.TrimEnd('\n');
    }
}
