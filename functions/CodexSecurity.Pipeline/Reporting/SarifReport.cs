using System.Buffers;
using System.Globalization;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>SARIF 2.1.0 projection of a scan (contracts §3). Byte-identical for the same scan and sources.</summary>
public static class SarifReport
{
    /// <summary>Writes the report as UTF-8 JSON.</summary>
    /// <param name="scan">The scan.</param>
    /// <param name="sources">For line hashes, snippets and fixes.</param>
    /// <param name="remote">Sanitised https address of the repository, or null.</param>
    public static byte[] Write(ScanResult scan, SourceLookup sources, string? remote = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
            json.WriteString("version", "2.1.0");
            json.WriteStartArray("runs");
            Run(json, scan, sources, remote);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Run(Utf8JsonWriter json, ScanResult scan, SourceLookup sources, string? remote)
    {
        var rules = scan.Findings.Select(f => f.Rule).DistinctBy(r => r.Id).OrderBy(r => r.Id, StringComparer.Ordinal).ToList();
        json.WriteStartObject();
        json.WriteStartObject("tool");
        json.WriteStartObject("driver");
        json.WriteString("name", "Codex Security");
        json.WriteString("semanticVersion", scan.ToolVersion);
        json.WriteString("version", scan.ToolVersion);
        json.WriteStartArray("rules");
        foreach (var rule in rules) Rule(json, rule, scan.Findings);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();

        Invocation(json, scan);
        json.WriteStartObject("automationDetails");
        // Stable for a repository: a later upload then closes what is gone. The trailing slash makes all of it the category.
        json.WriteString("id", "codex-security/" + ReportText.Clean(scan.Target.RepositoryId) + "/");
        json.WriteEndObject();
        if (scan.Target.Revision is { } revision && remote is not null)
        {
            json.WriteStartArray("versionControlProvenance");
            json.WriteStartObject();
            json.WriteString("repositoryUri", ReportText.Clean(remote));
            json.WriteString("revisionId", revision);
            if (scan.Target.Branch.Length > 0) json.WriteString("branch", ReportText.Clean(scan.Target.Branch));
            json.WriteStartObject("mappedTo");
            json.WriteString("uriBaseId", "%SRCROOT%");
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteStartObject("originalUriBaseIds");
        json.WriteStartObject("%SRCROOT%");
        Text(json, "description", "Root of the scanned repository.");
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteString("columnKind", "utf16CodeUnits");
        json.WriteStartArray("results");
        foreach (var finding in scan.Findings) Result(json, scan, finding, rules.FindIndex(r => r.Id == finding.Rule.Id), sources.For(finding));
        json.WriteEndArray();
        json.WriteStartObject("properties");
        json.WriteString("scanId", scan.Id);
        json.WriteString("snapshotDigest", scan.Target.Digest);
        json.WriteString("rulesDigest", scan.RulesDigest);
        json.WriteString("threatModelDigest", scan.ThreatModelDigest);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Rule(Utf8JsonWriter json, RuleInfo rule, IReadOnlyList<Finding> findings)
    {
        var score = findings.Where(f => f.Rule.Id == rule.Id).Max(f => f.Severity.Score);
        json.WriteStartObject();
        json.WriteString("id", rule.Id);
        json.WriteString("name", string.Concat(rule.Id.Split('.', '-', '_', '/').Where(p => p.Length > 0).Select(p => char.ToUpperInvariant(p[0]) + p[1..])));
        Text(json, "shortDescription", Sentence(rule.Title));
        Text(json, "fullDescription", Sentence(rule.Help.Length > 0 ? rule.Help : rule.Title));
        json.WriteStartObject("help");
        json.WriteString("text", ReportText.Clean($"{rule.Help}\n\nHow to fix it: {rule.Fix}"));
        json.WriteString("markdown", ReportText.Clean($"{rule.Help}\n\n**How to fix it.** {rule.Fix}"));
        json.WriteEndObject();
        json.WriteStartObject("defaultConfiguration");
        json.WriteString("level", Level(rule.Severity));
        json.WriteEndObject();
        json.WriteStartObject("properties");
        json.WriteStartArray("tags");
        json.WriteStringValue("security");
        foreach (var cwe in rule.Cwe) json.WriteStringValue("external/cwe/cwe-" + cwe.ToString("000", CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteString("precision", "high");
        json.WriteString("security-severity", Math.Clamp(score, 0.1, 10.0).ToString("0.0", CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void Invocation(Utf8JsonWriter json, ScanResult scan)
    {
        json.WriteStartArray("invocations");
        json.WriteStartObject();
        json.WriteBoolean("executionSuccessful", scan.Coverage.Complete);
        json.WriteString("startTimeUtc", ReportText.Time(scan.StartedAt));
        json.WriteString("endTimeUtc", ReportText.Time(scan.CompletedAt));
        json.WriteStartArray("toolExecutionNotifications");
        foreach (var item in scan.Coverage.Unfinished) Notification(json, "coverage/unfinished", "error", $"Not scanned: {item.Reason}", item.Path);
        foreach (var file in scan.Coverage.Files.Where(f => f.Status != CoverageStatus.Analyzed))
            Notification(json, "coverage/" + ReportText.Name(file.Status), "warning", $"{(file.Status == CoverageStatus.Partial ? "Analysed in part" : "Not analysed")}: {file.Reason}", file.Path);
        foreach (var item in scan.Coverage.LeftOut) Notification(json, "coverage/left-out", "note", $"Left out: {item.Reason}", item.Path);
        foreach (var note in scan.Notes) Notification(json, "scan/note", "note", note, "");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Notification(Utf8JsonWriter json, string id, string level, string text, string path)
    {
        json.WriteStartObject();
        json.WriteStartObject("descriptor");
        json.WriteString("id", id);
        json.WriteEndObject();
        json.WriteString("level", level);
        Text(json, "message", Sentence(text));
        if (path.Length > 0)
        {
            json.WriteStartArray("locations");
            json.WriteStartObject();
            json.WriteStartObject("physicalLocation");
            Artifact(json, path);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Result(Utf8JsonWriter json, ScanResult scan, Finding finding, int ruleIndex, SourceLookup sources)
    {
        var candidate = finding.Candidate;
        json.WriteStartObject();
        json.WriteString("ruleId", finding.Rule.Id);
        json.WriteNumber("ruleIndex", ruleIndex);
        json.WriteString("level", Level(finding.Severity.Level));
        Text(json, "message", Sentence(candidate.Message));
        // SARIF knows "unchanged" for both; "absent" says that the result is gone.
        json.WriteString("baselineState", finding.State switch { FindingState.Resolved => "absent", FindingState.New or FindingState.Reopened => "new", _ => "unchanged" });
        json.WriteNumber("rank", (double)finding.Rank);
        json.WriteStartArray("locations");
        Location(json, candidate.Sink, null, candidate.FunctionName, sources, snippet: true);
        json.WriteEndArray();
        if (WrittenPlace.Of(candidate) is { } written)
        {
            json.WriteStartArray("relatedLocations");
            Location(json, new CodeLocation(written.Path, written.Line, written.Column, written.Line, written.Column, 0, 0), "Written here, by the source map", "", sources, snippet: false);
            json.WriteEndArray();
        }
        json.WriteStartObject("partialFingerprints");
        json.WriteString("codexSecurity/v1", finding.Fingerprint);
        if (sources.HashOf(candidate.Sink.Path, candidate.Sink.StartLine) is { } hash) json.WriteString("primaryLocationLineHash", hash);
        json.WriteEndObject();
        if (candidate.Path.Count > 0) CodeFlow(json, candidate, sources);
        SarifFixes.Write(json, finding, sources);
        if (finding.Suppression is { } suppression)
        {
            json.WriteStartArray("suppressions");
            json.WriteStartObject();
            json.WriteString("kind", "external");
            json.WriteString("status", "accepted");
            json.WriteString("justification", ReportText.Clean($"{suppression.Reason} ({suppression.Author}{(suppression.Expires is { } e ? ", until " + e.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : "")})"));
            json.WriteEndObject();
            json.WriteEndArray();
        }
        Properties(json, scan, finding);
        json.WriteEndObject();
    }

    private static void CodeFlow(Utf8JsonWriter json, Candidate candidate, SourceLookup sources)
    {
        json.WriteStartArray("codeFlows");
        json.WriteStartObject();
        json.WriteStartArray("threadFlows");
        json.WriteStartObject();
        json.WriteStartArray("locations");
        foreach (var step in candidate.Path)
        {
            json.WriteStartObject();
            json.WritePropertyName("location");
            Location(json, step.Location, step.Message, "", sources, snippet: true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static void Properties(Utf8JsonWriter json, ScanResult scan, Finding finding)
    {
        json.WriteStartObject("properties");
        json.WriteString("findingId", finding.Id);
        json.WriteString("occurrenceId", FindingIdentity.OccurrenceId(scan.Id, finding.Fingerprint));
        json.WriteString("severity", ReportText.Name(finding.Severity.Level));
        json.WriteString("confidence", ReportText.Name(finding.Candidate.Confidence));
        json.WriteNumber("rank", finding.Rank);
        json.WriteStartArray("cwe");
        foreach (var cwe in finding.Rule.Cwe) json.WriteStringValue("CWE-" + cwe.ToString(CultureInfo.InvariantCulture));
        json.WriteEndArray();
        json.WriteStartObject("validation");
        json.WriteString("verdict", ReportText.Name(finding.Validation.Verdict));
        json.WriteString("level", ReportText.Name(finding.Validation.Level));
        json.WriteString("reason", ReportText.Clean(finding.Validation.Reason));
        json.WriteEndObject();
        json.WriteStartObject("patch");
        json.WriteString("verdict", ReportText.Name(finding.Patch.Verdict));
        json.WriteString("reason", ReportText.Clean(finding.Patch.Reason));
        json.WriteEndObject();
        json.WriteString("state", ReportText.Name(finding.State));
        if (finding.IntroducedBy is { } commit)
        {
            json.WriteStartObject("introducedBy");
            json.WriteString("commit", commit.Sha);
            json.WriteString("author", ReportText.Clean(commit.Author));
            json.WriteString("date", ReportText.Time(commit.Date));
            json.WriteEndObject();
        }
        json.WriteString("entryPoint", ReportText.Clean(ReportText.EntryPoint(finding.Candidate)));
        json.WriteString("evidence", finding.Validation.EvidenceId ?? "");
        json.WriteString("group", finding.GroupId);
        json.WriteBoolean("recommended", finding.Recommended);
        json.WriteEndObject();
    }

    private static void Location(Utf8JsonWriter json, CodeLocation at, string? message, string function, SourceLookup sources, bool snippet)
    {
        json.WriteStartObject();
        json.WriteStartObject("physicalLocation");
        Artifact(json, at.Path);
        json.WriteStartObject("region");
        json.WriteNumber("startLine", at.StartLine);
        json.WriteNumber("startColumn", at.StartColumn);
        json.WriteNumber("endLine", at.EndLine);
        json.WriteNumber("endColumn", at.EndColumn);
        if (snippet && sources.File(at.Path) is { } file && at.StartOffset >= 0 && at.EndOffset <= file.Text.Length && at.StartOffset < at.EndOffset)
        {
            var text = file.Text[at.StartOffset..Math.Min(at.EndOffset, at.StartOffset + 400)];
            Text(json, "snippet", text);
        }
        json.WriteEndObject();
        json.WriteEndObject();
        if (function.Length > 0)
        {
            json.WriteStartArray("logicalLocations");
            json.WriteStartObject();
            json.WriteString("fullyQualifiedName", ReportText.Clean(function));
            json.WriteString("kind", "function");
            json.WriteEndObject();
            json.WriteEndArray();
        }
        if (message is not null) Text(json, "message", Sentence(message));
        json.WriteEndObject();
    }

    internal static void Artifact(Utf8JsonWriter json, string path)
    {
        json.WriteStartObject("artifactLocation");
        json.WriteString("uri", string.Join('/', ReportText.WellFormed(path).Split('/').Select(Segment)));
        json.WriteString("uriBaseId", "%SRCROOT%");
        json.WriteEndObject();
    }

    // RFC 3986 §3.3 leaves "@" as it is in a segment of a path, and scopes of packages are compared as they are written.
    private static string Segment(string name) => Uri.EscapeDataString(name).Replace("%40", "@", StringComparison.Ordinal);

    internal static void Text(Utf8JsonWriter json, string name, string text)
    {
        json.WriteStartObject(name);
        json.WriteString("text", ReportText.Clean(text));
        json.WriteEndObject();
    }

    private static string Sentence(string text) => text.Length == 0 ? "No description." : text[^1] is '.' or '!' or '?' ? text : text + ".";

    private static string Level(Severity severity) => severity switch { Severity.Critical or Severity.High => "error", Severity.Medium => "warning", _ => "note" };
}
