using System.Text.Json;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Reporting.Redaction;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>Writes a patch as SARIF fixes. A fix that carries a secret is left out: a redacted one would break the code.</summary>
internal static class SarifFixes
{
    public static void Write(Utf8JsonWriter json, Finding finding, SourceLookup sources)
    {
        var edits = finding.Patch.Edits;
        if (finding.Patch.Verdict == PatchVerdict.None || edits.Count == 0) return;
        if (edits.Any(e => !Redactor.IsClean(e.Replacement) || sources.File(e.Path) is not { } f || e.Start < 0 || e.End < e.Start || e.End > f.Text.Length)) return;
        json.WriteStartArray("fixes");
        json.WriteStartObject();
        SarifReport.Text(json, "description", finding.Rule.Fix.Length > 0 ? finding.Rule.Fix : "Proposed patch.");
        json.WriteStartArray("artifactChanges");
        foreach (var group in edits.GroupBy(e => e.Path).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var lines = sources.File(group.Key)!.Lines;
            json.WriteStartObject();
            SarifReport.Artifact(json, group.Key);
            json.WriteStartArray("replacements");
            foreach (var edit in group.OrderBy(e => e.Start).ThenBy(e => e.End))
            {
                var (start, end) = (lines.Position(edit.Start), lines.Position(edit.End));
                json.WriteStartObject();
                json.WriteStartObject("deletedRegion");
                json.WriteNumber("startLine", start.Line);
                json.WriteNumber("startColumn", start.Column);
                json.WriteNumber("endLine", end.Line);
                json.WriteNumber("endColumn", end.Column);
                json.WriteEndObject();
                if (edit.Replacement.Length > 0)
                {
                    json.WriteStartObject("insertedContent");
                    json.WriteString("text", ReportText.WellFormed(edit.Replacement));
                    json.WriteEndObject();
                }
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
