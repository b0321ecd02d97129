using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Reporting;
using Spectre.Console;

namespace CodexSecurity.Local.Hosting;

/// <summary>A scan as a table for a terminal.</summary>
public static class TableReport
{
    /// <summary>The table as plain text of a width in characters.</summary>
    public static string Write(ScanResult scan, int width)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text), Interactive = InteractionSupport.No });
        console.Profile.Width = width;
        Show(console, scan);
        return text.ToString();
    }

    /// <summary>Shows the table on a terminal.</summary>
    public static void Show(IAnsiConsole console, ScanResult scan)
    {
        var rows = FindingTable.Rows(scan);
        if (rows.Count > 0)
        {
            var table = new Table().Border(TableBorder.Rounded).AddColumns("Rank", "Severity", "Finding", "Where", "Validation", "Patch", "State");
            foreach (var row in rows)
            {
                var style = row.Severity switch { "critical" or "high" => "red", "medium" => "yellow", _ => "grey" };
                table.AddRow(
                    new Text(row.Recommended ? $"{row.Rank} *" : row.Suppressed ? $"({row.Rank})" : $"{row.Rank}"), new Markup($"[{style}]{row.Severity}[/]"), new Text($"{row.Title}\n{row.Rule}\n{row.Id}"),
                    new Text(row.EntryPoint.Length > 0 ? $"{row.Place}\nvia {row.EntryPoint}" : row.Place), new Text(row.Verdict), new Text(row.Patch), new Text(row.State));
            }
            console.Write(table);
            console.WriteLine("* on the short list; (n) suppressed");
        }
        var open = scan.Findings.Count(f => f.State != FindingState.Resolved && f.Suppression is null);
        var confirmed = scan.Findings.Count(f => f.State != FindingState.Resolved && f.Validation.Verdict == ValidationVerdict.Confirmed);
        console.WriteLine(FormattableString.Invariant($"{open} open findings, {confirmed} confirmed, {scan.Findings.Count(f => f.Patch.Verdict == PatchVerdict.Verified)} with a verified patch."));
        console.WriteLine(FindingTable.CoverageLine(scan.Coverage));
        foreach (var missing in scan.Coverage.Unfinished.Take(10)) console.WriteLine($"  not scanned: {missing.Path}: {missing.Reason}");
        if (scan.Coverage.Unfinished.Count > 10) console.WriteLine(FormattableString.Invariant($"  … and {scan.Coverage.Unfinished.Count - 10} more"));
        foreach (var note in scan.Notes) console.WriteLine("note: " + note);
    }
}
