using System.Text.Json;

namespace CodexSecurity.Pipeline.Api;

/// <summary>The few members of a delivery that are read. Whatever is absent or of another type is "".</summary>
internal sealed class Delivery
{
    private readonly JsonElement _root;

    private Delivery(JsonElement root) => _root = root;

    /// <summary>Reads a delivery's body.</summary>
    /// <exception cref="JsonException">It is no JSON object.</exception>
    public static Delivery Read(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 64 });
        return document.RootElement.ValueKind == JsonValueKind.Object ? new Delivery(document.RootElement.Clone()) : throw new JsonException("no object");
    }

    /// <summary>Owner and name of the repository.</summary>
    public (string Owner, string Name) Repository => Split(Text("repository", "full_name"));

    /// <summary>Text at a path of members.</summary>
    public string Text(params string[] path)
    {
        var at = _root;
        foreach (var name in path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(name, out at)) return "";
        }
        return at.ValueKind == JsonValueKind.String ? at.GetString()! : "";
    }

    /// <summary>Whether a member is true.</summary>
    public bool Is(string name) => _root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    /// <summary>Owners and names of a list of repositories; at most 1,000.</summary>
    public IEnumerable<(string Owner, string Name)> Names(string list) => _root.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array
        ? [.. items.EnumerateArray().Take(1000).Select(i => i.ValueKind == JsonValueKind.Object && i.TryGetProperty("full_name", out var n) && n.ValueKind == JsonValueKind.String ? Split(n.GetString()!) : ("", "")).Where(n => n.Item2.Length > 0)]
        : [];

    private static (string, string) Split(string fullName) => fullName.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } name] ? (owner, name) : ("", "");
}
