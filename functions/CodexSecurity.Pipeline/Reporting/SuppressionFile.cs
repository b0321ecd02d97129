using System.Globalization;
using CodexSecurity.Pipeline.Domain;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>A mistake in a file that a person wrote. Lines are 1-based.</summary>
public sealed record FileError(string Path, int Line, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}:{Line.ToString(CultureInfo.InvariantCulture)}: {Message}";
}

/// <summary>
/// Reads <c>.codex-security/suppressions.yml</c>: a list "suppressions" of entries with one scope or more (finding, rule, path), a reason,
/// an author, and "created" and "expires" dates (yyyy-MM-dd). An entry without expiry ends 90 days after it was created; without either date, 90 days after today.
/// </summary>
public static class SuppressionFile
{
    /// <summary>Where the file lies in a repository.</summary>
    public const string DefaultPath = ".codex-security/suppressions.yml";

    private static readonly string[] Keys = ["finding", "rule", "path", "reason", "author", "created", "expires"];

    /// <summary>Reads the file. An entry with a mistake is not used.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="text">Content.</param>
    /// <param name="today">Date of the scan.</param>
    public static (IReadOnlyList<Suppression> Entries, IReadOnlyList<FileError> Errors) Read(string path, string text, DateOnly today)
    {
        var (entries, errors) = (new List<Suppression>(), new List<FileError>());
        var stream = new YamlStream();
        try { stream.Load(new StringReader(text)); }
        catch (YamlException e) { return ([], [new FileError(path, (int)Math.Max(1, e.Start.Line), "no valid YAML: " + e.Message)]); }
        if (stream.Documents.Count == 0) return ([], []);
        if (stream.Documents[0].RootNode is not YamlMappingNode root || !root.Children.TryGetValue(new YamlScalarNode("suppressions"), out var node) || node is not YamlSequenceNode list)
            return ([], [new FileError(path, 1, "expected a list named \"suppressions\"")]);
        foreach (var item in list)
        {
            var line = (int)item.Start.Line;
            if (item is not YamlMappingNode map) { errors.Add(new FileError(path, line, "an entry is a mapping")); continue; }
            var before = errors.Count;
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (key, value) in map.Children)
            {
                var name = (key as YamlScalarNode)?.Value ?? "";
                if (!Keys.Contains(name)) errors.Add(new FileError(path, (int)key.Start.Line, $"unknown key \"{name}\"; known: {string.Join(", ", Keys)}"));
                else if (value is not YamlScalarNode { Value: { } v } || string.IsNullOrWhiteSpace(v)) errors.Add(new FileError(path, (int)key.Start.Line, $"\"{name}\" needs a text"));
                else values[name] = v.Trim();
            }
            string? Get(string name) => values.GetValueOrDefault(name);
            DateOnly? Date(string name)
            {
                if (Get(name) is not { } v) return null;
                if (DateOnly.TryParseExact(v, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)) return date;
                errors.Add(new FileError(path, line, $"\"{name}\" is no date of the form yyyy-MM-dd: {v}"));
                return null;
            }
            if (Get("finding") is null && Get("rule") is null && Get("path") is null) errors.Add(new FileError(path, line, "no scope: give \"finding\", \"rule\" or \"path\""));
            if (Get("finding") is { } id && !(id.Length == 28 && id.StartsWith("csf_", StringComparison.Ordinal))) errors.Add(new FileError(path, line, $"\"{id}\" is no finding id (csf_ and 24 hex digits)"));
            if (Get("reason") is null) errors.Add(new FileError(path, line, "\"reason\" is missing"));
            if (Get("author") is null) errors.Add(new FileError(path, line, "\"author\" is missing"));
            var (created, expires) = (Date("created"), Date("expires"));
            if (errors.Count > before) continue;
            entries.Add(new Suppression(Get("finding"), Get("rule"), Get("path"), Get("reason")!, Get("author")!, expires ?? (created ?? today).AddDays(90)));
        }
        return (entries, errors);
    }

    /// <summary>Sets the suppression of every finding that an entry in force covers; every given scope has to match. The first one wins.</summary>
    public static IReadOnlyList<Finding> Apply(IReadOnlyList<Finding> findings, IReadOnlyList<Suppression> entries, DateOnly today) =>
        [.. findings.Select(f => f.Suppression is null && entries.FirstOrDefault(s => Covers(s, f, today)) is { } found ? f with { Suppression = found, Recommended = false } : f)];

    private static bool Covers(Suppression s, Finding f, DateOnly today) =>
        (s.Expires is null || s.Expires >= today)
        && (s.FindingId is null || s.FindingId == f.Id)
        && (s.Rule is null || PathGlob.IsMatch(s.Rule, f.Rule.Id))
        && (s.Path is null || PathGlob.IsMatch(s.Path, f.Candidate.Sink.Path))
        && (s.FindingId ?? s.Rule ?? s.Path) is not null;
}
