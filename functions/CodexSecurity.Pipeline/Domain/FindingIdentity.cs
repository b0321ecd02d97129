using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>Identity of a finding over scans (contracts §4). Neither path nor line is part of it.</summary>
/// <param name="Id">"csf_" and the first 24 hex digits of the digest of the fingerprint.</param>
/// <param name="Fingerprint">SHA-256 in lower-case hex.</param>
public sealed record FindingIdentity(string Id, string Fingerprint)
{
    private const string Algorithm = "codex-security/v1";

    /// <summary>Identities in the order of <paramref name="candidates"/>. Equal candidates are told apart by their order in the program.</summary>
    public static IReadOnlyList<FindingIdentity> Of(IReadOnlyList<Candidate> candidates)
    {
        var result = new FindingIdentity[candidates.Count];
        var equals = Enumerable.Range(0, candidates.Count).GroupBy(i => Key(candidates[i]), StringComparer.Ordinal);
        foreach (var group in equals)
        {
            // The file's name comes before its folder, so that a renamed parent folder moves as little as possible.
            var ordinal = 0;
            var ordered = group.OrderBy(i => FileName(candidates[i].Sink.Path), StringComparer.Ordinal)
                .ThenBy(i => candidates[i].Sink.Path, StringComparer.Ordinal).ThenBy(i => candidates[i].Sink.StartOffset).ThenBy(i => i);
            foreach (var i in ordered)
            {
                var fingerprint = Hash(group.Key + "\0" + ordinal++);
                result[i] = new FindingIdentity("csf_" + Hash(Algorithm + ":sha256:" + fingerprint)[..24], fingerprint);
            }
        }
        return result;
    }

    /// <summary>"occ_" and 24 hex digits: this finding in this scan.</summary>
    public static string OccurrenceId(string scanId, string fingerprint) => "occ_" + Hash(scanId + "\0" + fingerprint)[..24];

    private static string Key(Candidate c) => string.Join('\0', c.RuleId, c.FunctionName, Normalise(c.SinkExpression), c.SourceKind.Trim().ToLowerInvariant());

    private static string FileName(string path) => path[(path.LastIndexOf('/') + 1)..];

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Drops what a formatter may change: white space, comments, the kind of quotes, trailing commas and semicolons.</summary>
    public static string Normalise(string expression)
    {
        var text = new StringBuilder(expression.Length);
        var quote = '\0';
        for (var i = 0; i < expression.Length; i++)
        {
            var c = expression[i];
            if (quote != '\0')
            {
                if (c == '\\' && i + 1 < expression.Length) { text.Append(c).Append(expression[++i]); continue; }
                if (c == quote) { quote = '\0'; text.Append(c == '`' ? '`' : '"'); }
                else text.Append(c);
                continue;
            }
            if (char.IsWhiteSpace(c)) continue;
            if (c == '/' && i + 1 < expression.Length && expression[i + 1] is '*' or '/' && Comment(expression, i) is var end and > 0) { i = end - 1; continue; }
            if (c is '"' or '\'' or '`') { quote = c; text.Append(c == '`' ? '`' : '"'); continue; }
            if (c is ')' or ']' or '}' && text.Length > 0 && text[^1] == ',') text.Length--;
            text.Append(c);
        }
        return text.ToString().TrimEnd(';', ',');
    }

    private static int Comment(string text, int at)
    {
        if (at + 1 >= text.Length) return 0;
        if (text[at + 1] == '*') return text.IndexOf("*/", at + 2, StringComparison.Ordinal) is var close and >= 0 ? close + 2 : 0;
        return text[at + 1] == '/' ? (text.IndexOf('\n', at) is var line and >= 0 ? line : text.Length) : 0;
    }
}
