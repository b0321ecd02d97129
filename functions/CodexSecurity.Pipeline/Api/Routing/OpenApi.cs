using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Api.Routing;

/// <summary>Describes the routes as OpenAPI 3.1, from the table that answers them.</summary>
internal static partial class OpenApi
{
    public static byte[] Write(IReadOnlyList<Route> routes)
    {
        var paths = new JsonObject();
        foreach (var path in routes.GroupBy(r => r.Template, StringComparer.Ordinal))
            paths[path.Key] = new JsonObject(path.Select(r => KeyValuePair.Create(r.Method.ToLowerInvariant(), (JsonNode?)Operation(r))));
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject { ["title"] = "Codex Security", ["version"] = ToolInfo.Version },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer" } },
                ["schemas"] = new JsonObject { ["Problem"] = Problem() },
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
        };
        return System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    private static JsonObject Operation(Route route)
    {
        var parameters = new JsonArray();
        foreach (Match m in Segment().Matches(route.Template)) parameters.Add((JsonNode)Parameter(m.Groups[1].Value, "path"));
        foreach (var name in route.Parameters) parameters.Add((JsonNode)Parameter(name, "query"));
        var responses = new JsonObject();
        foreach (var status in (int[])[.. route.Statuses, 400, 401, 503])
            responses[status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = status < 400 ? new JsonObject { ["description"] = "done" } : Refusal();
        var operation = new JsonObject { ["summary"] = route.Summary, ["parameters"] = parameters, ["responses"] = responses };
        if (route.Method is "POST" or "PUT" or "PATCH") operation["requestBody"] = new JsonObject { ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["type"] = "object" } } } };
        // Its signature is its authentication.
        if (route.Template == ApiRouter.Webhook) operation["security"] = new JsonArray();
        return operation;
    }

    private static JsonObject Parameter(string name, string place)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["schema"] = new JsonObject { ["type"] = name is "limit" or "cwe" or "version" ? "integer" : "string" } };
        if (place == "path") parameter["required"] = true;
        return parameter;
    }

    private static JsonObject Refusal() => new()
    {
        ["description"] = "problem details (RFC 9457)",
        ["content"] = new JsonObject { ["application/problem+json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = "#/components/schemas/Problem" } } },
    };

    private static JsonObject Problem() => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(((string[])["type", "title", "detail"]).Select(n => KeyValuePair.Create(n, (JsonNode?)new JsonObject { ["type"] = "string" }))
            .Append(KeyValuePair.Create("status", (JsonNode?)new JsonObject { ["type"] = "integer" }))),
    };

    [GeneratedRegex(@"\{(\w+)\}", RegexOptions.CultureInvariant)] private static partial Regex Segment();
}
