using System.Globalization;
using System.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Markdown projection of a scan. Repository text stands only in code, or with its markup escaped.</summary>
public static class MarkdownReport
{
    /// <summary>Writes the report; lines end in LF.</summary>
    public static string Write(ScanResult scan, SourceLookup sources)
    {
        var m = new StringBuilder();
        void P(string line) => m.Append(line).Append('\n');
        P($"# Security scan of {Escape(scan.Target.DisplayName)}");
        P("");
        P($"- Revision: {Code(scan.Target.Revision ?? "none")} {(scan.Target.Branch.Length > 0 ? "on " + Code(scan.Target.Branch) : "")}".TrimEnd());
        P($"- Scan: {Code(scan.Id)}, {ReportText.Time(scan.StartedAt)} to {ReportText.Time(scan.CompletedAt)}, tool {Code(scan.ToolVersion)}");
        P($"- {FindingTable.CoverageLine(scan.Coverage)}");
        foreach (var note in scan.Notes) P("- Note: " + Escape(note));
        P("");
        P("## Findings");
        P("");
        if (scan.Findings.Count == 0) P(scan.Coverage.Complete ? "None." : "None in what was analysed; the scan is incomplete, see Coverage.");
        else
        {
            P("| Rank | Severity | Finding | Place | Validation | Patch | State |");
            P("| ---: | --- | --- | --- | --- | --- | --- |");
            foreach (var r in FindingTable.Rows(scan))
                P($"| {r.Rank.ToString(CultureInfo.InvariantCulture)} | {r.Severity} | {Escape(r.Title)}{(r.Recommended ? " ★" : "")}{(r.Suppressed ? " (suppressed)" : "")} | {Code(r.Place)} | {r.Verdict} | {r.Patch} | {r.State} |");
        }
        foreach (var f in scan.Findings) Finding(P, f, sources.For(f));
        P("");
        P("## Coverage");
        P("");
        P(FindingTable.CoverageLine(scan.Coverage));
        P("");
        foreach (var item in scan.Coverage.Unfinished) P($"- **Not scanned** {Code(item.Path)}: {Escape(item.Reason)}");
        foreach (var file in scan.Coverage.Files.Where(f => f.Status != Analysis.Results.CoverageStatus.Analyzed)) P($"- {ReportText.Name(file.Status)} {Code(file.Path)}: {Escape(file.Reason)}");
        foreach (var item in scan.Coverage.LeftOut) P($"- left out {Code(item.Path)}: {Escape(item.Reason)}");
        return m.ToString();
    }

    private static void Finding(Action<string> p, Finding f, SourceLookup sources)
    {
        var c = f.Candidate;
        p("");
        p($"### {Escape(f.Rule.Title)}");
        p("");
        p($"{Code(f.Id)} · {f.Rule.Id} · {string.Join(", ", f.Rule.Cwe.Select(n => "CWE-" + n.ToString(CultureInfo.InvariantCulture)))} · severity **{ReportText.Name(f.Severity.Level)}** ({f.Severity.Score.ToString("0.0", CultureInfo.InvariantCulture)}) · confidence {ReportText.Name(c.Confidence)} · rank {f.Rank.ToString(CultureInfo.InvariantCulture)} · {ReportText.Name(f.State)}");
        p("");
        p(Escape(c.Message));
        p("");
        p($"- Place: {Code(FormattableString.Invariant($"{c.Sink.Path}:{c.Sink.StartLine}"))} in {Code(c.FunctionName)}");
        if (ReportText.WrittenAt(c) is { Length: > 0 } written) p($"- Written in: {Code(written)} (by the source map)");
        if (ReportText.EntryPoint(c) is { Length: > 0 } entry) p($"- Entry point: {Code(entry)} (source {c.SourceKind})");
        p($"- Validation: **{ReportText.Name(f.Validation.Verdict)}** ({ReportText.Name(f.Validation.Level)}). {Escape(f.Validation.Reason)}{(f.Validation.EvidenceId is { } id ? " Evidence " + Code(id) + "." : "")}");
        foreach (var a in f.Validation.Attempts) p($"  - {Escape(a.Strategy)}: {Escape(a.Outcome)}. {Escape(a.Detail)}");
        p($"- Patch: **{ReportText.Name(f.Patch.Verdict)}**. {Escape(f.Patch.Reason)}");
        foreach (var g in f.Patch.Gates) p($"  - {g.Name}: {ReportText.Name(g.Outcome)}. {Escape(g.Detail)}");
        if (f.IntroducedBy is { } commit) p($"- Introduced by {Code(commit.Sha)}, {Escape(commit.Author)}, {ReportText.Time(commit.Date)}");
        if (f.Suppression is { } s) p($"- Suppressed by {Escape(s.Author)}: {Escape(s.Reason)}");
        p($"- Why this severity: {Escape(string.Join("; ", f.Severity.Rationale))}");
        p($"- Why this rank: {Escape(string.Join("; ", f.RankReasons))}");
        p($"- How to fix it: {Escape(f.Rule.Fix)}");
        if (c.Path.Count > 0)
        {
            p("");
            p("Flow:");
            p("");
            for (var i = 0; i < c.Path.Count; i++)
                p(FormattableString.Invariant($"{i + 1}. ") + Code(FormattableString.Invariant($"{c.Path[i].Location.Path}:{c.Path[i].Location.StartLine}")) + " " + Escape(c.Path[i].Message));
        }
        var lines = sources.Lines(c.Sink.Path, c.Sink.StartLine - 2, c.Sink.EndLine + 2);
        if (lines.Count > 0) Fence(p, "", string.Join('\n', lines.Take(12).Select(l => FormattableString.Invariant($"{l.Number,5}{(l.Number >= c.Sink.StartLine && l.Number <= c.Sink.EndLine ? " > " : "   ")}") + l.Text)));
        if (f.Patch.Diff.Length > 0) Fence(p, "diff", f.Patch.Diff.TrimEnd('\n'));
    }

    // The fence is longer than any run of backticks within.
    private static void Fence(Action<string> p, string language, string text)
    {
        text = ReportText.Clean(text);
        var (longest, run) = (2, 0);
        foreach (var c in text)
        {
            run = c == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }
        var fence = new string('`', longest + 1);
        p("");
        p(fence + language);
        p(text);
        p(fence);
    }

    /// <summary>Text as code, on one line.</summary>
    public static string Code(string text)
    {
        text = ReportText.Clean(text).ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
        return text.Contains('`') ? "`` " + text.Replace("``", "` `", StringComparison.Ordinal) + " ``" : "`" + (text.Length == 0 ? " " : text) + "`";
    }

    /// <summary>Escapes every character that Markdown or HTML could read as markup, and "@" (no mention is sent).</summary>
    public static string Escape(string text)
    {
        var m = new StringBuilder(text.Length);
        foreach (var c in ReportText.Clean(text).ReplaceLineEndings(" "))
        {
            if (c is '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' or '#') m.Append('\\').Append(c);
            else if (c == '<') m.Append("&lt;");
            else if (c == '>') m.Append("&gt;");
            else if (c == '&') m.Append("&amp;");
            else if (c == '@') m.Append("&#64;");
            else m.Append(c);
        }
        return m.ToString();
    }
}
