using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>The part of a package's test script that runs tests: linters, coverage and build steps around it say nothing of behaviour.</summary>
internal static partial class TestScript
{
    private static readonly string[] Runners = ["node", "mocha", "_mocha", "tape", "ava", "jest", "tap", "jasmine", "nodeunit", "lab", "qunit", "vows", "uvu", "vitest", "faucet", "expresso", "buster-test", "tap-spec"];
    private static readonly string[] Wrappers = ["nyc", "c8", "cross-env", "npx"];

    /// <summary>The command; null with the reason where there is none that can be told apart.</summary>
    public static string? Of(string packageJson, out string reason)
    {
        reason = "the package has no test script";
        if (Scripts(packageJson) is not { } scripts || !scripts.TryGetValue("test", out var script)) return null;
        reason = "the test script starts no known test runner";
        return Find(script, scripts, 0);
    }

    private static string? Find(string script, Dictionary<string, string> scripts, int depth)
    {
        if (depth > 3 || script.Contains("no test specified", StringComparison.Ordinal)) return null;
        foreach (var part in script.Split("&&", StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var words = part.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
            var lead = new List<string>();
            while (words.Count > 1 && (Assignment().IsMatch(words[0]) || Wrappers.Contains(words[0]) || (lead.Count == 0 && words[0].StartsWith("--", StringComparison.Ordinal))))
            {
                if (Assignment().IsMatch(words[0])) lead.Add(words[0]);
                words.RemoveAt(0);
            }
            if (words is ["npm" or "yarn" or "pnpm", "run", var named, ..] && scripts.TryGetValue(named, out var inner) && Find(inner, scripts, depth + 1) is { } found) return found;
            if (words.Count > 0 && Runners.Contains(words[0][(words[0].LastIndexOf('/') + 1)..])) return string.Join(' ', lead.Concat(words));
        }
        return null;
    }

    private static Dictionary<string, string>? Scripts(string packageJson)
    {
        try
        {
            using var json = JsonDocument.Parse(packageJson);
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("scripts", out var scripts) || scripts.ValueKind != JsonValueKind.Object) return null;
            return scripts.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.String).DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => p.Value.GetString()!, StringComparer.Ordinal);
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return null;
        }
    }

    /// <summary>What a runner says of its tests, in one line; "" where it says nothing that is understood.</summary>
    public static string Summary(string output) => string.Join(", ", Counts().Matches(Colour().Replace(output, "")).Select(m => Space().Replace(m.Value.Trim(), " ")).Distinct().Take(12));

    [GeneratedRegex(@"^[A-Z_][A-Z0-9_]*=\S*$")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"\b\d+ (?:passing|failing|pending|passed|failed|skipped|total)\b|^# (?:tests|pass|fail)\s+\d+|^. (?:tests|pass|fail) \d+$|\b\d+ (?:specs?|assertions?|tests?)(?:, \d+ failures?| passed| failed)", RegexOptions.Multiline)]
    private static partial Regex Counts();

    [GeneratedRegex(@"\x1b\[[0-9;]*m")]
    private static partial Regex Colour();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
