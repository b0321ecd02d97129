using System.Text.Json;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Http;

public static partial class RawRequests
{
    /// <summary>Places where an object with one key can be put where the code expects a text; each writes the whole request for key and value.</summary>
    public static IReadOnlyList<Func<string, string, string>> ObjectPlaces(ValidationInput input, TaintedInput source)
    {
        var entry = input.Candidate.EntryPoint!;
        string method = entry.HttpMethod is { Length: > 0 } m && m != "*" ? m : "GET", first = source.AccessPath.Count > 0 ? source.AccessPath[0] : "";
        string sender = method is "GET" or "HEAD" && entry.HttpMethod is not "GET" ? "POST" : method;
        string[] keys = [.. source.AccessPath.Skip(1).Where(k => k is not ("{key}" or "[*]"))];
        string[][] names = keys.Length > 0 ? [keys] : [.. Names(input).Take(MaxNames).Select(n => new[] { n })];
        var places = new List<Func<string, string, string>>();
        foreach (string path in Paths(input))
        {
            foreach (string[] name in names)
            {
                string flat = name[0] + string.Concat(name.Skip(1).Select(k => $"[{k}]"));
                if (first is "body" or "" or "url")
                {
                    places.Add((key, value) => Send(sender, Filled(path), "application/json", Fields(input, name, $"{{{JsonSerializer.Serialize(key)}:{JsonSerializer.Serialize(value)}}}")));
                    places.Add((key, value) => Send(sender, Filled(path), "application/x-www-form-urlencoded", $"{flat}[{key}]={Encoded(value)}"));
                }

                if (first is not "body") places.Add((key, value) => Get($"{Filled(path)}?{flat}[{key}]={Encoded(value)}", method));
            }
        }

        return places;
    }

    // The other fields of the body that the path reads are there as plain texts.
    private static string Fields(ValidationInput input, string[] keys, string json)
    {
        var others = input.Candidate.Inputs.Where(i => i.AccessPath is ["body", { } name] && name != keys[0] && name is not ("{key}" or "[*]")).Select(i => i.AccessPath[1]).Distinct(StringComparer.Ordinal).Take(4);
        string value = Enumerable.Reverse(keys.Skip(1)).Aggregate(json, (inner, key) => $"{{{JsonSerializer.Serialize(key)}:{inner}}}");
        string text = Near(input).Any(t => t.Contains("isEmail(", StringComparison.Ordinal)) ? "benign@example.org" : "benign";
        return "{" + string.Join(',', others.Select(o => $"{JsonSerializer.Serialize(o)}:\"{text}\"").Prepend($"{JsonSerializer.Serialize(keys[0])}:{value}")) + "}";
    }
}
