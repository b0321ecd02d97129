using System.CommandLine;
using System.Globalization;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Reporting;
using Spectre.Console;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security findings list|show|triage</c></summary>
internal static class FindingsCommand
{
    public static Command Create()
    {
        var command = new Command("findings", "List, show and triage findings of earlier scans") { List(), Show(), Triage() };
        return command;
    }

    private static Command List()
    {
        var severity = new Option<Severity?>("--severity") { Description = "At or above" };
        var verdict = new Option<string?>("--verdict") { Description = "confirmed, not-reproduced, inconclusive or not-attempted" };
        verdict.AcceptOnlyFromAmong("confirmed", "not-reproduced", "inconclusive", "not-attempted");
        var rule = new Option<string?>("--rule") { Description = "Of this rule" };
        var text = new Option<string?>("--search") { Description = "Whose title, message, path, function or rule holds this" };
        var limit = new Option<int>("--limit") { Description = "At most so many", DefaultValueFactory = _ => 100 };
        limit.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 1 or > Cursors.MostItems) r.AddError("--limit is a number from 1 to 500"); });
        var command = new Command("list", "Findings of every scan on this machine, by rank") { severity, verdict, rule, text, limit };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            using var stores = LocalStores.Open(LocalHome.Find());
            ValidationVerdict? wanted = parsed.GetValue(verdict) is { } v ? Enum.Parse<ValidationVerdict>(v.Replace("-", "", StringComparison.Ordinal), true) : null;
            var page = await stores.Scans.ListFindingsAsync(
                new FindingQuery(MinSeverity: parsed.GetValue(severity), Verdict: wanted, Rule: parsed.GetValue(rule), Text: parsed.GetValue(text), Limit: parsed.GetValue(limit)), ct).ConfigureAwait(false);
            if (Console.IsOutputRedirected)
            {
                // For programs: one line a finding, fields between tabs.
                foreach (var r in page.Items) Console.Out.WriteLine(string.Join('\t', Fields(r)));
                return 0;
            }
            var table = new Table().Border(TableBorder.Minimal).AddColumns("Id", "Rank", "Severity", "Rule", "Where", "Validation", "Patch", "State", "Triage");
            foreach (var r in page.Items) table.AddRow([.. Fields(r).Select(f => new Text(f))]);
            AnsiConsole.Write(table);
            if (page.Cursor is not null) AnsiConsole.WriteLine("more findings match: narrow the list or raise --limit");
            return 0;
        }, ct));
        return command;
    }

    private static Command Show()
    {
        var id = new Argument<string>("id") { Description = "Finding id (csf_…)" };
        var command = new Command("show", "All that is known of a finding") { id };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            using var stores = LocalStores.Open(LocalHome.Find());
            var record = await StoredFindings.GetAsync(stores, parsed.GetValue(id)!, ct).ConfigureAwait(false);
            var scan = await StoredFindings.ScanAsync(stores, record, ct).ConfigureAwait(false);
            var sources = ScanReports.Sources(await Pipeline.Ingest.SnapshotArchive.LoadAsync(stores.Artifacts, scan.Record.Snapshot!, ct).ConfigureAwait(false));
            Console.Out.Write(MarkdownReport.Write(scan.Result with { Findings = [record.Finding] }, sources));
            foreach (var d in await stores.Scans.ListDecisionsAsync(record.RepositoryId, record.Finding.Id, ct).ConfigureAwait(false))
                Console.Out.WriteLine($"- triaged as {Kebab(d.State)} by {d.Author} on {d.At.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}: {d.Reason}");
            return 0;
        }, ct));
        return command;
    }

    private static Command Triage()
    {
        var id = new Argument<string>("id") { Description = "Finding id (csf_…)" };
        var state = new Option<string>("--state") { Description = "open, already-fixed, wont-fix or false-positive", Required = true };
        state.AcceptOnlyFromAmong("open", "already-fixed", "wont-fix", "false-positive");
        var reason = new Option<string>("--reason") { Description = "Why; kept with the decision", Required = true };
        reason.Validators.Add(r => { if (string.IsNullOrWhiteSpace(r.GetValueOrDefault<string>())) r.AddError("--reason needs a text"); });
        var command = new Command("triage", "Record a decision on a finding; the latest one holds") { id, state, reason };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            using var stores = LocalStores.Open(LocalHome.Find());
            var record = await StoredFindings.GetAsync(stores, parsed.GetValue(id)!, ct).ConfigureAwait(false);
            var to = Enum.Parse<TriageState>(parsed.GetValue(state)!.Replace("-", "", StringComparison.Ordinal), true);
            var decision = new TriageDecision(record.Finding.Id, to, parsed.GetValue(reason)!, Environment.UserName, TimeProvider.System.GetUtcNow());
            await stores.Scans.AddDecisionAsync(record.RepositoryId, decision, ct).ConfigureAwait(false);
            await stores.Scans.AddAuditAsync(new AuditEntry(decision.At, Guid.NewGuid().ToString("n"), decision.Author, "finding.triage", record.Finding.Id, Kebab(to)), ct).ConfigureAwait(false);
            Console.Out.WriteLine($"{record.Finding.Id}: {Kebab(to)}");
            return 0;
        }, ct));
        return command;
    }

    private static string[] Fields(FindingRecord r)
    {
        var f = r.Finding;
        return [f.Id, f.Rank.ToString(CultureInfo.InvariantCulture), Lower(f.Severity.Level), f.Rule.Id, Place(f), Kebab(f.Validation.Verdict), Lower(f.Patch.Verdict), Lower(f.State), Kebab(r.Triage)];
    }

    private static string Place(Finding f) => FormattableString.Invariant($"{f.Candidate.Sink.Path}:{f.Candidate.Sink.StartLine}");

    private static string Lower<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Kebab<T>(T value) where T : struct, Enum => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());
}
