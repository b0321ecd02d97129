using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Self-contained HTML projection of a scan: one file, no outside resource, only its own script and style run (by hash).</summary>
public static class HtmlReport
{
    /// <summary>Writes the page; every text of the repository is escaped.</summary>
    public static string Write(ScanResult scan, SourceLookup sources)
    {
        var h = new StringBuilder();
        h.Append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-")
            .Append(Hash(HtmlAssets.Style)).Append("'; script-src 'sha256-").Append(Hash(HtmlAssets.Script)).Append("'; base-uri 'none'; form-action 'none'\">\n")
            .Append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"referrer\" content=\"no-referrer\">\n<title>Security scan of ").Append(E(scan.Target.DisplayName))
            .Append("</title>\n<style>").Append(HtmlAssets.Style).Append("</style></head>\n<body><header><h1>Security scan of ").Append(E(scan.Target.DisplayName)).Append("</h1>\n<p>");
        h.Append(E(scan.Target.Revision ?? "no revision")).Append(scan.Target.Branch.Length > 0 ? " on " + E(scan.Target.Branch) : "").Append(" · ").Append(ReportText.Time(scan.StartedAt)).Append(" · version ").Append(E(scan.ToolVersion)).Append("</p>\n");
        h.Append("<p class=\"cover ").Append(scan.Coverage.Complete ? "ok" : "bad").Append("\">").Append(E(FindingTable.CoverageLine(scan.Coverage))).Append("</p>\n");
        foreach (var note in scan.Notes) h.Append("<p class=\"note\">").Append(E(note)).Append("</p>\n");
        h.Append("<div class=\"tiles\">");
        foreach (var level in Enum.GetValues<Severity>().OrderDescending())
        {
            var count = scan.Findings.Count(f => f.Severity.Level == level && f.Suppression is null && f.State != FindingState.Resolved);
            h.Append("<div class=\"tile s-").Append(ReportText.Name(level)).Append("\"><b>").Append(count.ToString(CultureInfo.InvariantCulture)).Append("</b> ").Append(ReportText.Name(level)).Append("</div>");
        }
        h.Append("</div></header>\n<main><nav><input id=\"q\" type=\"search\" placeholder=\"Filter by text\" aria-label=\"Filter by text\">");
        Select(h, "severity", "critical", "high", "medium", "low", "informational");
        Select(h, "verdict", "confirmed", "not-reproduced", "inconclusive", "not-attempted");
        Select(h, "state", "new", "persisting", "reopened", "resolved", "unknown");
        h.Append("<label><input id=\"short\" type=\"checkbox\"> recommended only</label> <span id=\"count\"></span></nav>\n");
        if (scan.Findings.Count == 0) h.Append("<p>").Append(scan.Coverage.Complete ? "No finding." : "No finding in what was analysed; the scan is incomplete.").Append("</p>\n");
        foreach (var f in scan.Findings) Finding(h, f, sources.For(f));
        h.Append("<h2>Coverage</h2><table><tr><th>Path</th><th>Outcome</th><th>Lines</th><th>Reason</th></tr>\n");
        foreach (var item in scan.Coverage.Unfinished) Row(h, item.Path, "not scanned", "", item.Reason);
        foreach (var file in scan.Coverage.Files.OrderByDescending(f => f.Status)) Row(h, file.Path, ReportText.Name(file.Status), file.Lines.ToString(CultureInfo.InvariantCulture), file.Reason);
        foreach (var item in scan.Coverage.LeftOut) Row(h, item.Path, "left out", "", item.Reason);
        return h.Append("</table></main>\n<script>").Append(HtmlAssets.Script).Append("</script></body></html>\n").ToString();
    }

    private static void Finding(StringBuilder h, Finding f, SourceLookup sources)
    {
        var (c, severity, verdict) = (f.Candidate, ReportText.Name(f.Severity.Level), ReportText.Name(f.Validation.Verdict));
        h.Append("<details class=\"f\" id=\"").Append(E(f.Id)).Append("\" data-severity=\"").Append(severity).Append("\" data-verdict=\"").Append(verdict).Append("\" data-state=\"").Append(ReportText.Name(f.State))
            .Append("\" data-short=\"").Append(f.Recommended ? '1' : '0').Append("\">\n<summary><span class=\"badge s-").Append(severity).Append("\">").Append(severity).Append("</span> <b>").Append(E(f.Rule.Title)).Append("</b> <code>")
            .Append(E(FormattableString.Invariant($"{c.Sink.Path}:{c.Sink.StartLine}"))).Append("</code> <span class=\"badge v-").Append(verdict).Append("\">").Append(verdict).Append("</span> <span class=\"badge\">").Append(ReportText.Name(f.State)).Append("</span>")
            .Append(f.Suppression is null ? "" : " <span class=\"badge\">suppressed</span>").Append("<span class=\"rank\">").Append(f.Rank.ToString(CultureInfo.InvariantCulture)).Append(f.Recommended ? " ★" : "").Append("</span></summary>\n<p>").Append(E(c.Message)).Append("</p><dl>");
        Pair(h, "Identity", $"{f.Id} · {f.Rule.Id} · {string.Join(", ", f.Rule.Cwe.Select(n => FormattableString.Invariant($"CWE-{n}")))} · confidence {ReportText.Name(c.Confidence)}");
        if (ReportText.WrittenAt(c) is { Length: > 0 } written) Pair(h, "Written in", $"{written} (by the source map)");
        if (ReportText.EntryPoint(c) is { Length: > 0 } entry) Pair(h, "Entry point", $"{entry} ({c.SourceKind})");
        Pair(h, "Validation", $"{verdict} ({ReportText.Name(f.Validation.Level)}): {f.Validation.Reason}{(f.Validation.EvidenceId is { } id ? " Evidence " + id : "")}");
        foreach (var a in f.Validation.Attempts) Pair(h, "", $"{a.Strategy}: {a.Outcome}. {a.Detail}");
        Pair(h, "Patch", $"{ReportText.Name(f.Patch.Verdict)}: {f.Patch.Reason}");
        foreach (var g in f.Patch.Gates) Pair(h, "", $"{g.Name}: {ReportText.Name(g.Outcome)}. {g.Detail}");
        if (f.IntroducedBy is { } commit) Pair(h, "Introduced by", $"{commit.Sha} {commit.Author} {ReportText.Time(commit.Date)}");
        if (f.Suppression is { } s) Pair(h, "Suppressed", $"{s.Reason} ({s.Author})");
        Pair(h, "Severity", string.Join("; ", f.Severity.Rationale));
        Pair(h, "Rank", string.Join("; ", f.RankReasons));
        Pair(h, "How to fix it", f.Rule.Fix);
        h.Append("</dl>\n");
        Excerpt(h, sources, c.Sink, 3);
        if (c.Path.Count > 0)
        {
            h.Append("<h4>Flow</h4><ol>");
            foreach (var step in c.Path)
            {
                h.Append("<li><code>").Append(E(FormattableString.Invariant($"{step.Location.Path}:{step.Location.StartLine}"))).Append("</code> ").Append(E(step.Message));
                Excerpt(h, sources, step.Location, 0);
                h.Append("</li>");
            }
            h.Append("</ol>\n");
        }
        if (f.Patch.Diff.Length > 0)
        {
            h.Append("<h4>Patch</h4><pre>");
            foreach (var line in ReportText.Clean(f.Patch.Diff).TrimEnd('\n').Split('\n'))
                h.Append("<span class=\"").Append(line.StartsWith('+') ? "add" : line.StartsWith('-') ? "del" : line.StartsWith('@') ? "hunk" : "line").Append("\">").Append(WebUtility.HtmlEncode(line)).Append("</span>\n");
            h.Append("</pre>\n");
        }
        h.Append("</details>\n");
    }

    private static void Excerpt(StringBuilder h, SourceLookup sources, Analysis.Results.CodeLocation at, int around)
    {
        var lines = sources.Lines(at.Path, at.StartLine - around, Math.Min(at.EndLine, at.StartLine + 10) + around);
        if (lines.Count == 0) return;
        h.Append("<pre>");
        foreach (var (number, text) in lines)
            h.Append("<span class=\"").Append(around > 0 && number >= at.StartLine && number <= at.EndLine ? "hit" : "line").Append("\"><i>").Append(number.ToString(CultureInfo.InvariantCulture)).Append("</i> ").Append(E(text)).Append("</span>\n");
        h.Append("</pre>\n");
    }

    private static void Select(StringBuilder h, string name, params string[] values)
    {
        h.Append("<select data-filter=\"").Append(name).Append("\" aria-label=\"").Append(name).Append("\"><option value=\"\">any ").Append(name).Append("</option>");
        foreach (var value in values) h.Append("<option>").Append(value).Append("</option>");
        h.Append("</select>");
    }

    private static void Pair(StringBuilder h, string name, string text) => h.Append("<dt>").Append(name).Append("</dt><dd>").Append(E(text)).Append("</dd>");

    private static void Row(StringBuilder h, string path, string outcome, string lines, string reason) =>
        h.Append("<tr><td><code>").Append(E(path)).Append("</code></td><td>").Append(outcome).Append("</td><td>").Append(lines).Append("</td><td>").Append(E(reason)).Append("</td></tr>\n");

    private static string E(string text) => WebUtility.HtmlEncode(ReportText.Clean(text));

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
