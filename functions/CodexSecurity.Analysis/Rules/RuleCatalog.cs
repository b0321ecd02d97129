using System.Collections.Frozen;
using System.Globalization;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Models.Loading;

namespace CodexSecurity.Analysis.Rules;

/// <summary>The rules of the product.</summary>
public sealed class RuleCatalog
{
    private static readonly Lazy<RuleCatalog> Embedded = new(() => FromTexts([.. EmbeddedFiles.Below("Rules")]));
    private static readonly string[] Severities = ["critical", "high", "medium", "low", "informational"];
    private static readonly string[] Precisions = ["very-high", "high", "medium", "low"];
    private static readonly string[] SourceKinds = ["library-input", "http-request", "environment", "file-content", "stored", "command-line", "message"];

    private readonly FrozenDictionary<string, Rule> _byId;
    private readonly FrozenDictionary<TaintKinds, IReadOnlyList<Rule>> _byKind;

    private RuleCatalog(List<Rule> rules, Dictionary<TaintKinds, List<Rule>> byKind)
    {
        Rules = rules;
        _byId = rules.ToFrozenDictionary(r => r.Id, StringComparer.Ordinal);
        _byKind = byKind.ToFrozenDictionary(k => k.Key, k => (IReadOnlyList<Rule>)k.Value);
    }

    /// <summary>The rules that are part of the product.</summary>
    /// <exception cref="ModelFormatException">A file is malformed.</exception>
    public static RuleCatalog Default => Embedded.Value;

    /// <summary>All rules, by id.</summary>
    public IReadOnlyList<Rule> Rules { get; }

    /// <summary>The rules of one sink kind: each is of other sources.</summary>
    public IReadOnlyList<Rule> ForSink(TaintKinds kind) => _byKind.GetValueOrDefault(kind) ?? [];

    /// <summary>The rule of an id.</summary>
    public Rule? Find(string id) => _byId.GetValueOrDefault(id);

    /// <summary>Reads rules from texts.</summary>
    public static RuleCatalog FromTexts(params (string Name, string Text)[] files)
    {
        var rules = new SortedDictionary<string, Rule>(StringComparer.Ordinal);
        var byKind = new Dictionary<TaintKinds, List<Rule>>();
        foreach (var (name, text) in files)
        {
            foreach (var document in YamlSection.Documents(name, text))
            {
                var rule = Read(document);
                if (!rules.TryAdd(rule.Id, rule)) throw document.Error($"rule {rule.Id} exists already");
                foreach (var kind in TaintKindNames.Each(rule.To))
                {
                    if (!byKind.TryGetValue(kind, out var others)) byKind[kind] = others = [];
                    if (others.Find(o => o.From.Intersect(rule.From).Any()) is { } other) throw document.Error($"{TaintKindNames.NameOf(kind)} belongs to rule {other.Id} already");
                    others.Add(rule);
                }
            }
        }
        return new RuleCatalog([.. rules.Values], byKind);
    }

    private static Rule Read(YamlSection row)
    {
        var id = row.Text("id");
        if (id.Length == 0 || !id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '.' or '-')) throw row.Error($"\"{id}\" is no rule id");
        var cwe = row.Texts("cwe").Select(t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw row.Error($"\"{t}\" is no CWE number")).ToList();
        if (cwe.Count == 0) throw row.Error("\"cwe\" is missing");
        var flow = row.Flag("flow", true);
        var to = TaintKinds.None;
        foreach (var name in row.Texts("to")) to |= TaintKindNames.TryParse(name, out var kind) && name != "text" ? kind : throw row.Error($"unknown kind \"{name}\"");
        var from = row.Texts("from");
        foreach (var kind in from) OneOf(row, "from", kind, SourceKinds);
        if (flow != from.Count > 0 || (!flow && to != TaintKinds.None)) throw row.Error("a flow rule has sources; a rule without flow has neither sources nor sinks");
        var oracle = row.Text("oracle");
        var rule = new Rule(id, cwe, Filled(row, "title"), OneOf(row, "severity", row.Text("severity"), Severities), from, to, oracle == "none" ? "" : oracle,
            Filled(row, "fix"), Filled(row, "help"), Filled(row, "message"), flow, OneOf(row, "precision", row.Text("precision"), Precisions));
        row.Done();
        return rule;
    }

    private static string Filled(YamlSection row, string key) => row.Text(key).Trim() is { Length: > 0 } text ? text : throw row.Error($"\"{key}\" is empty");

    private static string OneOf(YamlSection row, string key, string value, string[] choices) =>
        choices.Contains(value, StringComparer.Ordinal) ? value : throw row.Error($"\"{key}\": unknown value \"{value}\"");
}
