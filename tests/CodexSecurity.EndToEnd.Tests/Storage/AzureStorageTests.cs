using System.Text.RegularExpressions;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Storage;

[Collection(Azurite.Name)]
public sealed class TableScanStoreTests(Azurite azurite) : ScanStoreContract
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string _prefix = Azurite.Prefix();

    protected override async Task<IScanStore> OpenAsync() => (await AzureStores.OpenAsync(azurite.Settings(_prefix), None)).Scans;

    [Fact]
    public async Task A_publication_that_died_at_any_write_is_never_a_wrong_list_and_is_repaired()
    {
        FindingPublication first = new("r1", "main", "s1", Samples.Day, [Samples.Finding("a.js", rank: 30), Samples.Finding("b.js", "other", rank: 20)]);
        FindingPublication second = new("r1", "main", "s2", Samples.Day.AddDays(1), [Samples.Finding("a.js", rank: 10, state: FindingState.Persisting), Samples.Finding("b.js", "other", rank: 40, state: FindingState.Resolved)]);
        var whole = (await AzureStores.OpenAsync(azurite.Settings(Azurite.Prefix()), None)).Scans;
        await whole.PublishAsync(first, None);
        await whole.PublishAsync(second, None);
        var expected = await StateAsync(whole);
        for (var dies = 1; ; dies++)
        {
            var prefix = Azurite.Prefix();
            var store = (await AzureStores.OpenAsync(azurite.Settings(prefix), None)).Scans;
            await store.PublishAsync(first, None);
            var failing = new DyingTransport(dies);
            var other = (await AzureStores.OpenAsync(azurite.Settings(prefix), failing, None)).Scans;
            failing.Armed = true;
            var died = await Record.ExceptionAsync(() => other.PublishAsync(second, None)) is not null;
            // Whatever is shown is what the records say, in the right order.
            foreach (var sort in Enum.GetValues<FindingSort>())
            {
                foreach (var f in (await store.ListFindingsAsync(new("r1", Sort: sort), None)).Items)
                    Samples.Same((await store.GetFindingAsync("r1", "main", f.Finding.Id, None))!.Value, f);
            }
            // The mark of what was being written at least.
            store.MarksLast = TimeSpan.Zero;
            Assert.Equal(died, await RepairedAsync(store) > 0);
            Assert.Equal(0, await RepairedAsync(store));
            Assert.Equal(2, (await store.ListFindingsAsync(new("r1"), None)).Items.Count);
            // The flow runs the step again.
            await store.PublishAsync(second, None);
            Assert.Equal(expected, await StateAsync(store));
            if (!died) break;
            Assert.True(dies < 500);
        }
    }

    // By small parts, as it is done by the clock.
    private static async Task<int> RepairedAsync(TableScanStore store)
    {
        var (rows, cursor) = (0, (string?)null);
        do
        {
            var part = await store.RepairAsync(cursor, 5, None);
            rows += part.Rows;
            cursor = part.Cursor;
        }
        while (cursor is not null);
        return rows;
    }

    [Fact]
    public async Task A_service_that_is_not_reached_is_said()
    {
        var settings = new AzureStorageSettings(Regex.Replace(azurite.Connection, @"127\.0\.0\.1:\d+", "127.0.0.1:9"), null, null, "", "x0x");
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(() => AzureStores.OpenAsync(settings, None));
        Assert.DoesNotContain("AccountKey", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_is_large_is_kept_whole()
    {
        var store = await OpenAsync();
        var text = string.Concat(Enumerable.Range(0, 40_000).Select(i => Keys(i)));
        await store.AddThreatModelAsync("r1", text, "ann", Samples.Day, WriteCondition.Always, None);
        Assert.Equal(text, (await store.GetThreatModelAsync("r1", null, None))!.Value.Text);

        static string Keys(int i) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i)))[..16];
    }

    private static async Task<string> StateAsync(TableScanStore store)
    {
        var parts = new List<string>();
        foreach (var sort in Enum.GetValues<FindingSort>())
        {
            foreach (var query in (FindingQuery[])[new(Sort: sort), new("r1", Sort: sort), new("r1", "main", Sort: sort), new("r1", State: FindingState.Resolved, Sort: sort)])
                parts.Add(FlowJson.Write((await store.ListFindingsAsync(query, None)).Items));
        }
        foreach (var f in (await store.ListFindingsAsync(new(), None)).Items) parts.Add(FlowJson.Write((await store.ListOccurrencesAsync("r1", f.Finding.Id, 10, null, None)).Items));
        return string.Join('\n', parts);
    }

    /// <summary>Carries so many writes, then none: as a process that dies. No failure of the service, so nothing is tried again.</summary>
    private sealed class DyingTransport(int writes) : HttpClientTransport
    {
        private int _left = writes;

        public bool Armed { get; set; }

        public override ValueTask ProcessAsync(HttpMessage message)
        {
            if (Armed && message.Request.Method != RequestMethod.Get && Interlocked.Decrement(ref _left) < 0) throw new InvalidOperationException("died");
            return base.ProcessAsync(message);
        }
    }
}

[Collection(Azurite.Name)]
public sealed class BlobArtifactStoreTests(Azurite azurite) : ArtifactStoreContract
{
    private readonly string _prefix = Azurite.Prefix();

    protected override async Task<IArtifactStore> OpenAsync() => (await AzureStores.OpenAsync(azurite.Settings(_prefix), CancellationToken.None)).Artifacts;

    [Fact]
    public async Task An_altered_blob_is_refused()
    {
        var store = await OpenAsync();
        var artifact = await store.PutAsync(new byte[] { 1, 2, 3 }, "x/y", CancellationToken.None);
        await new BlobServiceClient(azurite.Connection).GetBlobContainerClient(_prefix + "artifacts").GetBlobClient($"{artifact.Sha256[..2]}/{artifact.Sha256}").UploadAsync(BinaryData.FromBytes([1, 2, 4]), overwrite: true, CancellationToken.None);
        await Assert.ThrowsAsync<StoreCorruptException>(async () => await store.ReadAsync(artifact.Sha256, CancellationToken.None));
    }
}
