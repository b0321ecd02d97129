using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Domain;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace CodexSecurity.Pipeline.Context;

/// <summary>A mistake in a threat model file; the line is 1-based.</summary>
public sealed record ThreatModelError(string Path, int Line, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}:{Line.ToString(CultureInfo.InvariantCulture)}: {Message}";
}

/// <summary>
/// A threat model as one Markdown file with a YAML front part. Writing is canonical: fixed key order, texts as double-quoted
/// JSON strings (which are YAML), LF. Reading what was written gives the same model, and writing that the same bytes.
/// </summary>
public static class ThreatModelFile
{
    /// <summary>Where it lies in a repository.</summary>
    public const string DefaultPath = ".codex-security/threat-model.md";

    private static readonly string[] Lists = ["entryPoints", "trustBoundaries", "authAssumptions", "sensitiveData", "privilegedActions", "externalServices"];
    private static readonly string[] Keys = ["version", "summary", "sources", .. Lists, "components", "outOfScope", "reviewFocus"];

    /// <summary>Writes the model.</summary>
    public static string Write(ThreatModel model)
    {
        var y = new StringBuilder("---\nversion: 1\n");
        y.Append("summary: ").Append(Quote(model.Summary)).Append('\n');
        y.Append(model.SourceKinds.Count == 0 ? "sources: {}\n" : "sources:\n");
        foreach (var (kind, weight) in model.SourceKinds.OrderBy(k => k.Key, StringComparer.Ordinal)) y.Append("  ").Append(Quote(kind)).Append(": ").Append(weight.ToString("0.0##", CultureInfo.InvariantCulture)).Append('\n');
        IReadOnlyList<ModelItem>[] items = [model.EntryPoints, model.TrustBoundaries, model.AuthAssumptions, model.SensitiveData, model.PrivilegedActions, model.ExternalServices];
        for (var i = 0; i < Lists.Length; i++)
        {
            y.Append(Lists[i]).Append(items[i].Count == 0 ? ": []\n" : ":\n");
            foreach (var item in items[i])
            {
                y.Append("  - name: ").Append(Quote(item.Name)).Append('\n');
                if (item.Kind.Length > 0) y.Append("    kind: ").Append(Quote(item.Kind)).Append('\n');
                if (item.Place.Length > 0) y.Append("    place: ").Append(Quote(item.Place)).Append('\n');
            }
        }
        y.Append(model.Components.Count == 0 ? "components: []\n" : "components:\n");
        foreach (var c in model.Components)
        {
            y.Append("  - name: ").Append(Quote(c.Name)).Append("\n    paths: [").AppendJoin(", ", c.Paths.Select(Quote)).Append("]\n    exposure: ")
                .Append(c.Exposure.ToString().ToLowerInvariant()).Append("\n    criticality: ").Append(c.Criticality.ToString(CultureInfo.InvariantCulture)).Append('\n');
        }
        Strings(y, "outOfScope", model.OutOfScope);
        Strings(y, "reviewFocus", model.ReviewFocus);
        y.Append("---\n");
        var prose = model.FreeText.ReplaceLineEndings("\n").Trim('\n');
        return prose.Length == 0 ? y.ToString() : y.Append('\n').Append(prose).Append('\n').ToString();
    }

    /// <summary>SHA-256 of the canonical text, lower-case hex.</summary>
    public static string Digest(ThreatModel model) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Write(model))));

    /// <summary>Reads and checks a file; the model is null where there is an error. Absent keys are empty.</summary>
    public static (ThreatModel? Model, IReadOnlyList<ThreatModelError> Errors) Read(string path, string text)
    {
        var errors = new List<ThreatModelError>();
        void Error(int line, string message) => errors.Add(new ThreatModelError(path, line, message));
        text = text.ReplaceLineEndings("\n");
        var end = text.StartsWith("---\n", StringComparison.Ordinal) ? text.IndexOf("\n---", 3, StringComparison.Ordinal) : -1;
        if (end < 0) return (null, [new ThreatModelError(path, 1, "the file begins with a YAML front part between two lines \"---\"")]);
        var stream = new YamlStream();
        try { stream.Load(new StringReader(text[4..(end + 1)])); }
        catch (YamlException e) { return (null, [new ThreatModelError(path, (int)e.Start.Line + 1, "no valid YAML: " + e.Message)]); }
        if (stream.Documents.Count == 0 || stream.Documents[0].RootNode is not YamlMappingNode root) return (null, [new ThreatModelError(path, 2, "the front part is a mapping")]);

        static int Line(YamlNode node) => (int)node.Start.Line + 1;
        var map = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach (var (key, value) in root.Children)
        {
            if (key is YamlScalarNode { Value: { } name } && Keys.Contains(name)) map[name] = value;
            else Error(Line(key), $"unknown key \"{key}\"; known: {string.Join(", ", Keys)}");
        }
        string Scalar(YamlNode node, string what)
        {
            if (node is YamlScalarNode { Value: { } v }) return v;
            Error(Line(node), $"{what} needs a text");
            return "";
        }
        IEnumerable<YamlNode> Sequence(string key)
        {
            if (!map.TryGetValue(key, out var node)) return [];
            if (node is YamlSequenceNode list) return list.Children;
            Error(Line(node), $"\"{key}\" needs a list");
            return [];
        }
        Dictionary<string, YamlNode>? Fields(YamlNode node, string what, params string[] known)
        {
            if (node is not YamlMappingNode m) { Error(Line(node), $"an entry of \"{what}\" is a mapping with: {string.Join(", ", known)}"); return null; }
            var result = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
            foreach (var (key, value) in m.Children)
            {
                if (key is YamlScalarNode { Value: { } name } && known.Contains(name)) result[name] = value;
                else Error(Line(key), $"unknown key \"{key}\" in \"{what}\"; known: {string.Join(", ", known)}");
            }
            if (result.ContainsKey("name")) return result;
            Error(Line(node), $"an entry of \"{what}\" needs a \"name\"");
            return null;
        }

        if (!map.TryGetValue("version", out var version)) Error(2, "\"version: 1\" is missing");
        else if (Scalar(version, "\"version\"") != "1") Error(Line(version), "only version 1 is known");
        var weights = new SortedDictionary<string, double>(StringComparer.Ordinal);
        if (map.TryGetValue("sources", out var sources))
        {
            if (sources is not YamlMappingNode s) Error(Line(sources), "\"sources\" is a mapping of source kind to weight");
            else foreach (var (key, value) in s.Children)
            {
                var kind = Scalar(key, "a source kind");
                if (!ThreatModelDraft.DefaultWeights.ContainsKey(kind)) Error(Line(key), $"unknown source kind \"{kind}\"; known: {string.Join(", ", ThreatModelDraft.DefaultWeights.Keys)}");
                if (double.TryParse(Scalar(value, "a weight"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var w) && w is >= 0 and <= 1) weights[kind] = w;
                else Error(Line(value), $"the weight of \"{kind}\" is a number from 0.0 to 1.0");
            }
        }
        var lists = new List<IReadOnlyList<ModelItem>>();
        foreach (var key in Lists)
        {
            var found = new List<ModelItem>();
            foreach (var node in Sequence(key))
            {
                if (node is YamlScalarNode { Value: { Length: > 0 } plain }) { found.Add(new ModelItem(plain, "", "")); continue; }
                if (Fields(node, key, "name", "kind", "place") is not { } f) continue;
                found.Add(new ModelItem(Scalar(f["name"], "\"name\""), f.TryGetValue("kind", out var k) ? Scalar(k, "\"kind\"") : "", f.TryGetValue("place", out var p) ? Scalar(p, "\"place\"") : ""));
            }
            lists.Add(found);
        }
        var components = new List<ModelComponent>();
        foreach (var node in Sequence("components"))
        {
            if (Fields(node, "components", "name", "paths", "exposure", "criticality") is not { } f) continue;
            var paths = f.TryGetValue("paths", out var p) && p is YamlSequenceNode list ? list.Children.Select(c => Scalar(c, "a path")).ToList() : [];
            if (paths.Count == 0) Error(Line(node), "a component needs \"paths\", a list of globs");
            var exposure = Exposure.Internet;
            if (f.TryGetValue("exposure", out var e) && (int.TryParse(Scalar(e, "\"exposure\""), out _) || !Enum.TryParse(Scalar(e, "\"exposure\""), true, out exposure)))
                Error(Line(e), "\"exposure\" is one of: internet, tenant, internal, local, none");
            var criticality = 3;
            if (f.TryGetValue("criticality", out var cr) && (!int.TryParse(Scalar(cr, "\"criticality\""), NumberStyles.None, CultureInfo.InvariantCulture, out criticality) || criticality is < 1 or > 5))
                Error(Line(cr), "\"criticality\" is a number from 1 (low) to 5 (high)");
            components.Add(new ModelComponent(Scalar(f["name"], "\"name\""), paths, exposure, criticality));
        }
        var (scope, focus) = (Sequence("outOfScope").Select(n => Scalar(n, "a glob")).ToList(), Sequence("reviewFocus").Select(n => Scalar(n, "an entry")).ToList());
        var summary = map.TryGetValue("summary", out var sum) ? Scalar(sum, "\"summary\"") : "";
        var rest = text.IndexOf('\n', end + 1);
        var prose = rest < 0 ? "" : text[(rest + 1)..].Trim('\n');
        if (errors.Count > 0) return (null, [.. errors.OrderBy(e => e.Line)]);
        return (new ThreatModel(summary, weights, lists[0], lists[1], lists[2], lists[3], lists[4], lists[5], components, scope, focus, prose, path), []);
    }

    /// <summary>What a person wrote wins: a part that the file gives is taken as it is, an empty one comes from the draft.</summary>
    public static ThreatModel Merge(ThreatModel written, ThreatModel draft)
    {
        static IReadOnlyList<T> Pick<T>(IReadOnlyList<T> a, IReadOnlyList<T> b) => a.Count > 0 ? a : b;
        var weights = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var (kind, weight) in draft.SourceKinds.Concat(written.SourceKinds)) weights[kind] = weight;
        // Written components come first, since the first that covers a path decides.
        IReadOnlyList<ModelComponent> components = [.. written.Components, .. draft.Components.Where(d => written.Components.All(w => w.Name != d.Name))];
        return new ThreatModel(
            written.Summary.Length > 0 ? written.Summary : draft.Summary, weights, Pick(written.EntryPoints, draft.EntryPoints), Pick(written.TrustBoundaries, draft.TrustBoundaries),
            Pick(written.AuthAssumptions, draft.AuthAssumptions), Pick(written.SensitiveData, draft.SensitiveData), Pick(written.PrivilegedActions, draft.PrivilegedActions),
            Pick(written.ExternalServices, draft.ExternalServices), components, Pick(written.OutOfScope, draft.OutOfScope), Pick(written.ReviewFocus, draft.ReviewFocus), written.FreeText, written.Origin);
    }

    private static void Strings(StringBuilder y, string key, IReadOnlyList<string> values)
    {
        y.Append(key).Append(values.Count == 0 ? ": []\n" : ":\n");
        foreach (var value in values) y.Append("  - ").Append(Quote(value)).Append('\n');
    }

    // A JSON string is a YAML double-quoted scalar; the default encoder leaves only ASCII, so nothing folds.
    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(WellFormed(text)).ToString() + "\"";

    private static string WellFormed(string text) => new([.. text.EnumerateRunes().SelectMany(r => r.ToString())]);
}
