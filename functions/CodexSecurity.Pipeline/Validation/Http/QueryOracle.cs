using System.Text.Json;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>
/// "http-query": the stand-in of a database driver was asked something whose structure the attacker changed. Parameter "form": "sql" (a name
/// with the nonce stands in a statement outside strings and comments) or "operators" (an operator of the attacker's stands where a value belongs).
/// </summary>
public sealed class QueryOracle : IOracle
{
    private static readonly string[] s_verbs = ["select", "insert", "update", "delete", "replace", "with", "call", "exec", "create", "drop", "alter", "merge"];

    /// <inheritdoc />
    public string Name => "http-query";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        bool sql = spec.Parameters.GetValueOrDefault("form") != "operators";
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        bool seen = false;
        foreach (var run in runs)
        {
            string mark = "csx" + run.Nonces.Attack;
            foreach (string query in HttpReport.Of(run)?.Queries ?? [])
            {
                string[] parts = query.Split(' ', 3);
                if (parts.Length != 3 || !parts[2].Contains(mark, StringComparison.OrdinalIgnoreCase)) continue;
                foreach (string found in Marks(parts[0], parts[2], mark, sql))
                {
                    seen = true;
                    tags.Add(found);
                }
            }
        }

        string what = sql ? "a name of the attacker's is part of the statement that the database driver was asked" : "an operator of the attacker's is part of the filter that the database driver was asked";
        return seen ? OracleReading.Effect(what + " (the driver is a stand-in)", [.. tags.Where(t => t.Length > 0)]) : OracleReading.Nothing("the structure of what the database driver was asked stayed as it was");
    }

    private static List<string> Marks(string driver, string arguments, string mark, bool sql)
    {
        try
        {
            using var json = JsonDocument.Parse(arguments);
            var found = new List<string>();
            Walk(json.RootElement, "", sql, text =>
            {
                if (sql) text = SqlText.Code(text, driver.StartsWith("mysql", StringComparison.Ordinal) || driver.StartsWith("mariadb", StringComparison.Ordinal) || driver == "promise-mysql");
                int at = text.IndexOf(mark, StringComparison.OrdinalIgnoreCase);
                if (at >= 0) found.Add(new string([.. text[(at + mark.Length)..].TakeWhile(char.IsAsciiLetterOrDigit)]));
            });
            return found;
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return []; // cut
        }
    }

    // Statements are texts; operators are keys that begin with "$", whose values are the attacker's.
    private static void Walk(JsonElement value, string key, bool sql, Action<string> look)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String when sql ? LooksLikeStatement(value.GetString()!) : key.StartsWith('$'):
                look(value.GetString()!);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Walk(item, key, sql, look);
                break;
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject()) Walk(property.Value, property.Name, sql, look);
                break;
        }
    }

    private static bool LooksLikeStatement(string text) =>
        s_verbs.Any(w => text.AsSpan().TrimStart().StartsWith(w, StringComparison.OrdinalIgnoreCase));
}
