using System.Diagnostics;
using System.Globalization;
using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Storage;

/// <summary>
/// Figures, not checks: how long every list query takes with many findings. Run by
/// <c>CODEX_SECURITY_LOAD=10000 …/CodexSecurity.EndToEnd.Tests -explicit only -method '*ListLoad*'</c>.
/// </summary>
[Collection(Azurite.Name)]
public sealed class ListLoad(Azurite azurite, ITestOutputHelper output)
{
    private const int Repeats = 40;
    private static readonly CancellationToken None = CancellationToken.None;

    [Fact(Explicit = true)]
    public async Task On_this_machine()
    {
        var folder = Directory.CreateTempSubdirectory("codex-load-").FullName;
        using (var store = LocalScanStore.Open(Path.Combine(folder, "store.db"))) await MeasureAsync(store);
        Directory.Delete(folder, true);
    }

    [Fact(Explicit = true)]
    public async Task On_Azure_tables() => await MeasureAsync((await AzureStores.OpenAsync(azurite.Settings(Azurite.Prefix()), None)).Scans);

    private async Task MeasureAsync(IScanStore store)
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("CODEX_SECURITY_LOAD"), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 10_000;
        var fill = Stopwatch.StartNew();
        foreach (var part in Enumerable.Range(0, count).Chunk(500))
            await store.PublishAsync(new("r" + (part[0] / 500 % 4).ToString(CultureInfo.InvariantCulture), "main", "s" + part[0].ToString(CultureInfo.InvariantCulture), Samples.Day.AddMinutes(part[0]), [.. part.Select(Finding)]), None);
        for (var i = 0; i < 1000; i++) await store.PutScanAsync(Samples.Scan($"s{i}", $"r{i % 4}", i, (ScanStatus)(i % 6)), WriteCondition.Always, None);
        output.WriteLine(FormattableString.Invariant($"{count} findings, 1000 scans; filled in {fill.Elapsed.TotalSeconds:0} s; a page of 100"));
        (string, FindingQuery)[] queries =
        [
            ("all by rank", new()), ("repository", new("r1")), ("branch by severity", new("r1", "main", Sort: FindingSort.Severity)), ("by last seen", new(Sort: FindingSort.LastSeen)), ("by first seen", new(Sort: FindingSort.FirstSeen)),
            ("severity", new(MinSeverity: Severity.Critical)), ("state", new(State: FindingState.Reopened)), ("triage", new(Triage: TriageState.WontFix)), ("verdict", new(Verdict: ValidationVerdict.Confirmed)),
            ("rule", new(Rule: "rule.7")), ("cwe", new(Cwe: 89)), ("path", new(Path: "src/9")), ("text, frequent", new(Text: "handler")), ("text, rare", new(Text: "handler7777")),
        ];
        foreach (var (name, query) in queries) await TimeAsync(name, async () => (await store.ListFindingsAsync(query, None)).Items.Count);
        await TimeAsync("scans", async () => (await store.ListScansAsync(null, null, null, 100, null, None)).Items.Count);
        await TimeAsync("scans of a repository by state", async () => (await store.ListScansAsync("r1", null, ScanStatus.Failed, 100, null, None)).Items.Count);
    }

    private async Task TimeAsync(string name, Func<Task<int>> query)
    {
        var (times, items) = (new List<double>(), 0);
        for (var i = 0; i <= Repeats; i++)
        {
            var time = Stopwatch.StartNew();
            items = await query();
            if (i > 0) times.Add(time.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        output.WriteLine(FormattableString.Invariant($"{name,-32} {items,4} items  p50 {times[times.Count / 2],6:0} ms  p95 {times[(int)Math.Ceiling(times.Count * 0.95) - 1],6:0} ms"));
    }

    private static Finding Finding(int i) => Samples.Finding($"src/{i % 97}/file{i}.js", $"handler{i}", Samples.Rule($"rule.{i % 20}", i % 3 == 0 ? 89 : 78), i % 101, (Severity)(i % 5), (FindingState)(i % 5)) with
    {
        Validation = new((ValidationVerdict)(i % 4), ValidationLevel.Harness, "seen", [], null, null),
    };
}
