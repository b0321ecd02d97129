using System.Buffers;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Reporting;

/// <summary>
/// JSON projection of a scan: one document with "scan", "findings" and "coverage", names as in the public scan contract
/// (findings-model §1-§3) and ours on top (validation.level, codeFlows, patch, state, rank). Unknown members are to be tolerated by readers.
/// </summary>
public static class JsonReport
{
    /// <summary>Writes the report as UTF-8 JSON.</summary>
    public static byte[] Write(ScanResult scan, SourceLookup sources)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var j = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            j.WriteStartObject();
            j.WriteString("documentType", "codex-security.report");
            j.WriteString("schemaVersion", "1.0");
            Scan(j, scan);
            j.WriteStartArray("findings");
            foreach (var f in scan.Findings) Finding(j, scan, f, sources.For(f));
            j.WriteEndArray();
            Coverage(j, scan.Coverage);
            Strings(j, "notes", scan.Notes);
            j.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Scan(Utf8JsonWriter j, ScanResult scan)
    {
        j.WriteStartObject("scan");
        j.WriteString("id", scan.Id);
        j.WriteStartObject("producer");
        j.WriteString("name", "codex-security");
        j.WriteString("version", scan.ToolVersion);
        j.WriteString("rulesDigest", scan.RulesDigest);
        j.WriteEndObject();
        j.WriteString("status", "completed");
        j.WriteString("startedAt", ReportText.Time(scan.StartedAt));
        j.WriteString("completedAt", ReportText.Time(scan.CompletedAt));
        j.WriteStartObject("target");
        j.WriteString("kind", ReportText.Name(scan.Target.Kind));
        j.WriteString("targetId", ReportText.Clean(scan.Target.RepositoryId));
        j.WriteString("displayName", ReportText.Clean(scan.Target.DisplayName));
        if (scan.Target.Revision is { } revision) j.WriteString("revision", revision);
        if (scan.Target.BaseRevision is { } based) j.WriteString("baseRevision", based);
        j.WriteString("branch", ReportText.Clean(scan.Target.Branch));
        j.WriteString("snapshotDigest", "codex-security-snapshot/v1:sha256:" + scan.Target.Digest);
        j.WriteEndObject();
        j.WriteStartObject("threatModel");
        j.WriteString("digest", scan.ThreatModelDigest);
        j.WriteEndObject();
        j.WriteEndObject();
    }

    private static void Finding(Utf8JsonWriter j, ScanResult scan, Finding f, SourceLookup sources)
    {
        var c = f.Candidate;
        j.WriteStartObject();
        j.WriteString("findingId", f.Id);
        j.WriteString("occurrenceId", FindingIdentity.OccurrenceId(scan.Id, f.Fingerprint));
        j.WriteString("ruleId", f.Rule.Id);
        j.WriteString("title", ReportText.Clean(f.Rule.Title));
        j.WriteString("summary", ReportText.Clean(c.Message));
        j.WriteStartObject("identity");
        j.WriteString("source", "engine");
        j.WriteString("function", ReportText.Clean(c.FunctionName));
        j.WriteString("sinkExpression", ReportText.Clean(c.SinkExpression));
        j.WriteString("sourceKind", c.SourceKind);
        j.WriteEndObject();
        j.WriteStartObject("fingerprints");
        j.WriteString("algorithm", "codex-security/v1");
        j.WriteString("primary", "codex-security/v1:sha256:" + f.Fingerprint);
        j.WriteEndObject();
        j.WriteStartObject("severity");
        j.WriteString("level", ReportText.Name(f.Severity.Level));
        j.WriteNumber("score", f.Severity.Score);
        j.WriteString("impact", ReportText.Name(f.Severity.Impact));
        j.WriteString("likelihood", ReportText.Name(f.Severity.Likelihood));
        Strings(j, "rationale", f.Severity.Rationale);
        Strings(j, "changeConditions", f.Severity.ChangeConditions);
        j.WriteEndObject();
        j.WriteStartObject("confidence");
        j.WriteString("level", ReportText.Name(c.Confidence));
        j.WriteEndObject();
        j.WriteStartObject("taxonomy");
        j.WriteString("category", f.Rule.Id.Split('.')[0]);
        j.WriteStartArray("cwe");
        foreach (var cwe in f.Rule.Cwe) j.WriteStringValue(FormattableString.Invariant($"CWE-{cwe}"));
        j.WriteEndArray();
        j.WriteEndObject();
        j.WriteStartArray("locations");
        Place(j, c.Sink, "sink", null, sources);
        j.WriteEndArray();
        if (WrittenPlace.Of(c) is { } written)
        {
            j.WriteStartObject("writtenAt");
            j.WriteString("path", ReportText.Clean(written.Path));
            j.WriteNumber("startLine", written.Line);
            j.WriteNumber("startColumn", written.Column);
            j.WriteEndObject();
        }
        j.WriteStartArray("codeFlows");
        for (var i = 0; i < c.Path.Count; i++)
            Place(j, c.Path[i].Location, i == 0 ? "source" : i == c.Path.Count - 1 ? "sink" : "propagation", c.Path[i].Message, sources);
        j.WriteEndArray();
        if (c.EntryPoint is { } e)
        {
            j.WriteStartObject("reachability");
            j.WriteString("entrypoint", ReportText.Clean(ReportText.EntryPoint(c)));
            j.WriteString("kind", e.Kind.ToString());
            j.WriteString("path", ReportText.Clean(e.Location.Path));
            j.WriteNumber("startLine", e.Location.StartLine);
            Strings(j, "guards", e.Guards);
            j.WriteEndObject();
        }
        Validation(j, f.Validation);
        Patch(j, f.Patch);
        j.WriteString("remediation", ReportText.Clean(f.Rule.Fix));
        j.WriteString("state", ReportText.Name(f.State));
        j.WriteNumber("rank", f.Rank);
        Strings(j, "rankReasons", f.RankReasons);
        j.WriteString("group", f.GroupId);
        j.WriteBoolean("recommended", f.Recommended);
        if (f.IntroducedBy is { } commit)
        {
            j.WriteStartObject("introducedBy");
            j.WriteString("commit", commit.Sha);
            j.WriteString("author", ReportText.Clean(commit.Author));
            j.WriteString("date", ReportText.Time(commit.Date));
            j.WriteEndObject();
        }
        if (f.Suppression is { } s)
        {
            j.WriteStartObject("suppression");
            if (s.FindingId is { } id) j.WriteString("finding", id);
            if (s.Rule is { } rule) j.WriteString("rule", ReportText.Clean(rule));
            if (s.Path is { } path) j.WriteString("path", ReportText.Clean(path));
            j.WriteString("reason", ReportText.Clean(s.Reason));
            j.WriteString("author", ReportText.Clean(s.Author));
            if (s.Expires is { } date) j.WriteString("expires", date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
            j.WriteEndObject();
        }
        j.WriteStartObject("provenance");
        j.WriteString("source", "codex-security");
        j.WriteEndObject();
        j.WriteEndObject();
    }

    private static void Validation(Utf8JsonWriter j, ValidationSummary v)
    {
        j.WriteStartObject("validation");
        j.WriteString("verdict", ReportText.Name(v.Verdict));
        j.WriteString("level", ReportText.Name(v.Level));
        j.WriteString("reason", ReportText.Clean(v.Reason));
        if (v.EvidenceId is { } id) j.WriteString("evidence", id);
        j.WriteStartArray("attempts");
        foreach (var a in v.Attempts)
        {
            j.WriteStartObject();
            j.WriteString("strategy", ReportText.Clean(a.Strategy));
            j.WriteString("outcome", ReportText.Clean(a.Outcome));
            j.WriteString("detail", ReportText.Clean(a.Detail));
            j.WriteEndObject();
        }
        j.WriteEndArray();
        j.WriteEndObject();
    }

    private static void Patch(Utf8JsonWriter j, Patch p)
    {
        j.WriteStartObject("patch");
        j.WriteString("verdict", ReportText.Name(p.Verdict));
        j.WriteString("reason", ReportText.Clean(p.Reason));
        if (p.Diff.Length > 0) j.WriteString("diff", ReportText.Clean(p.Diff));
        j.WriteStartArray("gates");
        foreach (var gate in p.Gates)
        {
            j.WriteStartObject();
            j.WriteString("name", gate.Name);
            j.WriteString("outcome", ReportText.Name(gate.Outcome));
            j.WriteString("detail", ReportText.Clean(gate.Detail));
            j.WriteEndObject();
        }
        j.WriteEndArray();
        j.WriteEndObject();
    }

    private static void Coverage(Utf8JsonWriter j, CoverageLedger coverage)
    {
        j.WriteStartObject("coverage");
        j.WriteString("completeness", coverage.Complete ? "complete" : "partial");
        j.WriteNumber("filesTotal", coverage.FilesTotal);
        j.WriteStartArray("files");
        foreach (var file in coverage.Files)
        {
            j.WriteStartObject();
            j.WriteString("path", ReportText.Clean(file.Path));
            j.WriteString("status", ReportText.Name(file.Status));
            j.WriteNumber("lines", file.Lines);
            if (file.Reason.Length > 0) j.WriteString("reason", ReportText.Clean(file.Reason));
            j.WriteEndObject();
        }
        j.WriteEndArray();
        Left(j, "explicitExclusions", coverage.LeftOut);
        Left(j, "deferred", coverage.Unfinished);
        j.WriteEndObject();
    }

    private static void Left(Utf8JsonWriter j, string name, IReadOnlyList<LeftOut> items)
    {
        j.WriteStartArray(name);
        foreach (var item in items)
        {
            j.WriteStartObject();
            j.WriteString("pattern", ReportText.Clean(item.Path));
            j.WriteString("reason", ReportText.Clean(item.Reason));
            j.WriteEndObject();
        }
        j.WriteEndArray();
    }

    private static void Place(Utf8JsonWriter j, CodeLocation at, string role, string? message, SourceLookup sources)
    {
        j.WriteStartObject();
        j.WriteString("path", ReportText.WellFormed(at.Path));
        j.WriteNumber("startLine", at.StartLine);
        j.WriteNumber("startColumn", at.StartColumn);
        j.WriteNumber("endLine", at.EndLine);
        j.WriteNumber("endColumn", at.EndColumn);
        j.WriteString("role", role);
        if (message is not null) j.WriteString("message", ReportText.Clean(message));
        if (sources.Lines(at.Path, at.StartLine, at.StartLine) is [var line]) j.WriteString("code", ReportText.Clean(line.Text.Trim()));
        j.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter j, string name, IReadOnlyList<string> values)
    {
        j.WriteStartArray(name);
        foreach (var value in values) j.WriteStringValue(ReportText.Clean(value));
        j.WriteEndArray();
    }
}
