namespace CodexSecurity.Pipeline.Api.Routing;

/// <summary>A route of the API: what it is matched by, what it is described by, and what answers it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Template">Path with "{name}" for a segment.</param>
/// <param name="Summary">One sentence for callers.</param>
/// <param name="Parameters">Names of the query.</param>
/// <param name="Statuses">Statuses that it answers with, beside 400, 401 and 503.</param>
/// <param name="Answer">Answers a request.</param>
internal sealed record Route(string Method, string Template, string Summary, string[] Parameters, int[] Statuses, Func<RouteCall, CancellationToken, Task<ApiReply>> Answer)
{
    private readonly string[] _segments = Template.Split('/');

    /// <summary>Names and values of the path's parameters; null where the path is another one.</summary>
    public IReadOnlyDictionary<string, string>? Match(string[] path)
    {
        if (path.Length != _segments.Length) return null;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < path.Length; i++)
        {
            if (_segments[i].StartsWith('{')) values[_segments[i][1..^1]] = path[i];
            else if (!string.Equals(_segments[i], path[i], StringComparison.Ordinal)) return null;
        }
        return values.Values.All(v => v.Length is > 0 and <= 200) ? values : null;
    }
}

/// <summary>A request on its route.</summary>
internal sealed record RouteCall(ApiRequest Request, IReadOnlyDictionary<string, string> Path)
{
    /// <summary>Finding or scan id of the path.</summary>
    public string Id => Path["id"];

    /// <summary>A value of the query; null where absent or empty.</summary>
    public string? Query(string name) => Request.Query.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>A whole number of the query.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public int? Number(string name) => Query(name) is not { } text ? null
        : int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n) ? n : throw new ArgumentException($"{name} is a whole number");

    /// <summary>A header; null where absent.</summary>
    public string? Header(string name) => Request.Headers.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>The body as a record; a body that is absent is an empty object.</summary>
    /// <exception cref="ArgumentException">It is no JSON of that form.</exception>
    public T Body<T>() where T : class
    {
        try
        {
            return System.Text.Json.JsonSerializer.Deserialize<T>(Request.Body.Length == 0 ? "{}"u8 : Request.Body.Span, ApiReply.Json) ?? throw new ArgumentException("the body is a JSON object");
        }
        catch (System.Text.Json.JsonException e) { throw new ArgumentException("the body is not the JSON that is asked for: " + Where(e), e); }
    }

    // The place, never the content.
    private static string Where(System.Text.Json.JsonException e) => $"line {(e.LineNumber ?? 0) + 1}, {(string.IsNullOrEmpty(e.Path) ? "$" : e.Path)}";
}
