using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>Writes requests byte for byte, with a value at the place where the code reads the attacker's input.</summary>
public static partial class RawRequests
{
    private const int MaxPaths = 6, MaxNames = 6;

    /// <summary>A request without body whose target is sent as it is.</summary>
    public static string Get(string target, string method = "GET", string headers = "") => $"{method} {Latin(target)} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Accept: */*\r\nConnection: close\r\n\r\n";

    /// <summary>A request with a body; the length is that of the UTF-8 bytes (nonces and their placeholders are equally long).</summary>
    public static string Send(string method, string target, string type, string body)
    {
        string bytes = Latin(body);
        return $"{method} {Latin(target)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {type}\r\nContent-Length: {bytes.Length.ToString(CultureInfo.InvariantCulture)}\r\nAccept: */*\r\nConnection: close\r\n\r\n{bytes}";
    }

    /// <summary>Places where a text can be put for an input, the likeliest first; each writes the whole request for a text.</summary>
    public static IReadOnlyList<Func<string, string>> Places(ValidationInput input, TaintedInput source)
    {
        var entry = input.Candidate.EntryPoint!;
        string method = entry.HttpMethod is { Length: > 0 } m && m != "*" ? m : "GET", first = source.AccessPath.Count > 0 ? source.AccessPath[0] : "";
        string sender = method is "GET" or "HEAD" && entry.HttpMethod is not "GET" ? "POST" : method;
        string? field = source.AccessPath.Count > 1 && source.AccessPath[1] is not ("{key}" or "[*]") ? source.AccessPath[1] : null;
        string[] names = field is not null ? [field] : [.. Names(input).Take(MaxNames)];
        var paths = Paths(input);
        var places = new List<Func<string, string>>();
        switch (first)
        {
            case "query" or "search" or "searchParams":
                foreach (string path in paths) foreach (string name in names) places.Add(v => Get($"{Filled(path)}?{name}={Encoded(v)}", method));
                break;
            case "params":
                foreach (string path in paths) places.Add(v => Get(Filled(path, field, Encoded(v)), method));
                break;
            case "body" or "payload" or "rawBody":
                string[] keys = [.. source.AccessPath.Skip(1).Where(k => k is not ("{key}" or "[*]"))];
                foreach (string path in paths)
                {
                    if (keys.Length == 0) places.Add(v => Send(sender, Filled(path), "text/plain", v));
                    foreach (string[] key in keys.Length > 0 ? [keys] : names.Select(n => new[] { n }))
                    {
                        places.Add(v => Send(sender, Filled(path), "application/json", Nested(key, v)));
                        places.Add(v => Send(sender, Filled(path), "application/x-www-form-urlencoded", $"{key[0]}{string.Concat(key.Skip(1).Select(k => $"[{k}]"))}={Encoded(v)}"));
                    }
                }

                break;
            case "headers" or "header":
                string[] headers = field is not null ? [field] : [.. HeaderNames(input).Take(MaxNames), "Referer", "User-Agent", "X-Forwarded-For", "X-Forwarded-Host"];
                // Where no method is known, some headers count for requests that send something only.
                string[] verbs = method == entry.HttpMethod ? [method] : [method, sender];
                foreach (string path in paths) foreach (string name in headers) foreach (string verb in verbs) places.Add(v => Get(Filled(path), verb, $"{name}: {Line(v)}\r\n"));
                break;
            case "cookies" or "signedCookies":
                foreach (string path in paths) foreach (string name in names) places.Add(v => Get(Filled(path), method, $"Cookie: {name}={Encoded(v)}\r\n"));
                break;
            case "files" or "file":
                // What is read of a file: its name, or what it holds.
                bool holds = source.AccessPath.Any(p => p is "data" or "buffer" or "content" or "contents" or "stream" or "file");
                foreach (bool content in new[] { holds, !holds })
                    foreach (string path in paths) places.Add(v => content ? Multipart(sender, Filled(path), field ?? "file", "csx.txt", v) : Multipart(sender, Filled(path), field ?? "file", v, "csx"));
                break;
            default:
                // Parts of the address that the analysis could not tell apart: query values that the code names, then the path itself.
                foreach (string path in paths) foreach (string name in names) places.Add(v => Get($"{Filled(path)}?{name}={Encoded(v)}", method));
                foreach (string path in paths) places.Add(v => Get(Filled(path).TrimEnd('/') + "/" + Encoded(v), method));
                foreach (string path in paths) places.Add(v => Get($"{Filled(path)}?{Encoded(v)}", method));
                if (entry.HttpMethod != "GET")
                {
                    foreach (string path in paths.Take(2))
                    {
                        places.Add(v => Send(sender, Filled(path), "text/plain", v));
                        foreach (string name in names) places.Add(v => Send(sender, Filled(path), "application/json", Nested([name], v)));
                        foreach (string name in names) places.Add(v => Send(sender, Filled(path), "application/x-www-form-urlencoded", $"{name}={Encoded(v)}"));
                    }
                }

                break;
        }

        return places;
    }

    /// <summary>Paths under which the code may be reached: its route, what the code compares the address with, "/".</summary>
    public static IReadOnlyList<string> Paths(ValidationInput input)
    {
        var paths = new List<string>();
        if (input.Candidate.EntryPoint!.Route is { Length: > 0 } route && route.StartsWith('/'))
        {
            // "/" of a router that stands below "/users" is "/users".
            foreach (string mount in Mounts.Before(input.Texts, input.Candidate.EntryPoint)) paths.Add(route == "/" ? mount : mount + route);
            paths.Add(route);
            foreach (string mount in Prefixes(input).Where(p => !route.StartsWith(p, StringComparison.Ordinal)).Take(3)) paths.Add(mount + route);
        }

        foreach (var c in input.Candidate.Conditions)
            if (c is { Root: "request", Holds: true, Operator: "===" or "==", Value: { } value } && value.Trim('"', '\'') is ['/', ..] path && path.Length < 80) paths.Add(path);
        if (paths.Count == 0)
        {
            paths.Add("/");
            paths.AddRange(Prefixes(input).Take(MaxPaths - 1));
        }

        return [.. paths.Distinct(StringComparer.Ordinal).Take(MaxPaths)];
    }

    /// <summary>Folders of addresses that stand as literals in the code of the entry point and the sink: "/public".</summary>
    public static IReadOnlyList<string> Prefixes(ValidationInput input)
    {
        var found = new List<string>();
        foreach (var text in Near(input))
        {
            foreach (Match match in PathLiteral().Matches(text))
            {
                string path = match.Groups[1].Value.TrimEnd('/');
                int colon = path.IndexOfAny([':', '*']);
                if (colon >= 0) path = path[..colon].TrimEnd('/');
                if (path.Length > 1 && !path.Contains("..", StringComparison.Ordinal) && !FileName().IsMatch(path)) found.Add(path);
            }
        }

        return [.. found.Distinct(StringComparer.Ordinal).Take(8)];
    }

    private static IEnumerable<string> Near(ValidationInput input)
    {
        var wanted = new[] { input.Candidate.Sink.Path, input.Candidate.EntryPoint!.Location.Path, input.Candidate.EntryPoint.ModulePath }.Distinct(StringComparer.Ordinal).ToList();
        return wanted.Select(path => input.Texts.FirstOrDefault(t => t.Path == path)?.Text).OfType<string>().Select(t => t.Length > 200_000 ? t[..200_000] : t);
    }

    // Names of query values, fields and cookies that the code reads.
    private static List<string> Names(ValidationInput input)
    {
        var found = Near(input).SelectMany(t => FieldName().Matches(t).Select(m => m.Groups[1].Value + m.Groups[2].Value + m.Groups[3].Value)).Where(n => n.Length is > 0 and < 40).Distinct(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : ["file", "path", "name", "url", "q", "id"];
    }

    // Texts of the code that are written as names of headers are.
    private static IEnumerable<string> HeaderNames(ValidationInput input) => Near(input).SelectMany(t => HeaderName().Matches(t).Select(m => m.Groups[1].Value)).Distinct(StringComparer.OrdinalIgnoreCase);

    private static string Filled(string route, string? name = null, string value = "1")
    {
        bool put = false;
        string filled = RouteParameter().Replace(route, m =>
        {
            bool wanted = name is null ? value != "1" && !put : m.Groups[1].Value == name || m.Value == "*" && name is "0" or "splat";
            put |= wanted;
            return wanted ? value : "1";
        });
        return put || value == "1" ? filled : filled.TrimEnd('/') + "/" + value;
    }

    private static string Nested(IReadOnlyList<string> keys, string value) =>
        keys.Reverse().Aggregate(JsonSerializer.Serialize(value, Evidence.EvidenceJson.Options), (inner, key) => $"{{{JsonSerializer.Serialize(key)}:{inner}}}");

    private static string Multipart(string method, string target, string field, string name, string content) => Send(method, target, "multipart/form-data; boundary=csxboundary",
        $"--csxboundary\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{Line(name)}\"\r\nContent-Type: text/plain\r\n\r\n{content}\r\n--csxboundary--\r\n");

    private static string Encoded(string value) => Uri.EscapeDataString(value);

    private static string Line(string value) => value.Replace('\r', ' ').Replace('\n', ' ');

    private static string Latin(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));

    [GeneratedRegex("""['"`](/[A-Za-z0-9_\-./]{1,40}(?:[:*][A-Za-z0-9_]*)?/?)['"`]""")]
    private static partial Regex PathLiteral();

    [GeneratedRegex(@"\.[A-Za-z0-9]{1,5}$")]
    private static partial Regex FileName();

    [GeneratedRegex("""(?:query|body|params|cookies|form|fields|args|data|qs|parsed)\.([A-Za-z_$][\w$]*)\b(?!\()|(?:query|body|params|cookies|form|fields|qs)\[['"]([\w.-]+)['"]\]|\.get\(['"]([\w.-]+)['"]\)""")]
    private static partial Regex FieldName();

    [GeneratedRegex("""['"`]((?:[Xx]|[A-Z][a-z]+)(?:-[A-Z]?[A-Za-z]{1,20}){1,4})['"`]""")]
    private static partial Regex HeaderName();

    [GeneratedRegex(@":([A-Za-z_]\w*)(?:\([^)]*\))?[?*+]?|\*\w*|\{([A-Za-z_]\w*)\*?\}")]
    private static partial Regex RouteParameter();
}
