using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Tests.Contracts;

/// <summary>What every artifact store keeps to. Each test has a store of its own.</summary>
public abstract class ArtifactStoreContract
{
    /// <summary>This test's store; a second call gives another handle on the same data.</summary>
    protected abstract Task<IArtifactStore> OpenAsync();

    private static readonly CancellationToken None = CancellationToken.None;

    private static byte[] Bytes(int seed, int size)
    {
        var bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task What_goes_in_comes_out_under_its_digest(int size)
    {
        var (store, bytes) = (await OpenAsync(), Bytes(1, size));
        var artifact = await store.PutAsync(bytes, "application/octet-stream", None);
        Assert.Equal(new ArtifactRef(Convert.ToHexStringLower(SHA256.HashData(bytes)), size, "application/octet-stream"), artifact);
        Assert.Equal(artifact, await store.PutAsync(new MemoryStream(bytes), "application/octet-stream", None));
        var other = await OpenAsync();
        Assert.Equal(bytes, await other.ReadAsync(artifact.Sha256, None));
        await using var stream = await other.OpenAsync(artifact.Sha256, None);
        var copy = new MemoryStream();
        await stream!.CopyToAsync(copy);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public async Task What_is_not_there_is_null_and_what_is_no_id_is_a_mistake()
    {
        var store = await OpenAsync();
        var absent = new string('0', 64);
        Assert.Null(await store.ReadAsync(absent, None));
        Assert.Null(await store.OpenAsync(absent, None));
        Assert.False(await store.ExistsAsync(absent, None));
        Assert.False(await store.DeleteAsync(absent, Later, None));
        await Assert.ThrowsAsync<ArgumentException>(async () => await store.ReadAsync("../../etc/passwd", None));
        var artifact = await store.PutAsync(Bytes(2, 10), "x/y", None);
        Assert.True(await store.ExistsAsync(artifact.Sha256, None));
        Assert.True(await store.DeleteAsync(artifact.Sha256, Later, None));
        Assert.Null(await store.ReadAsync(artifact.Sha256, None));
    }

    private static DateTimeOffset Later => DateTimeOffset.UtcNow.AddHours(1);

    [Fact]
    public async Task What_was_stored_lately_is_not_removed_and_storing_again_counts()
    {
        var store = await OpenAsync();
        var artifact = await store.PutAsync(Bytes(3, 10), "x/y", None);
        Assert.False(await store.DeleteAsync(artifact.Sha256, DateTimeOffset.UtcNow.AddHours(-1), None));
        // The services' clocks tell seconds.
        await Task.Delay(1_500, TestContext.Current.CancellationToken);
        var between = DateTimeOffset.UtcNow;
        await Task.Delay(1_500, TestContext.Current.CancellationToken);
        Assert.Equal(artifact, await store.PutAsync(Bytes(3, 10), "x/y", None));
        Assert.False(await store.DeleteAsync(artifact.Sha256, between, None));
        Assert.Equal(artifact, await store.PutAsync(new MemoryStream(Bytes(3, 10)), "x/y", None));
        Assert.NotNull(await store.ReadAsync(artifact.Sha256, None));
        Assert.True(await store.DeleteAsync(artifact.Sha256, Later, None));
        Assert.False(await store.ExistsAsync(artifact.Sha256, None));
        Assert.Equal(artifact, await store.PutAsync(Bytes(3, 10), "x/y", None));
        Assert.True(await store.ExistsAsync(artifact.Sha256, None));
    }

    [Fact]
    public async Task A_stream_that_breaks_leaves_nothing()
    {
        var store = await OpenAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () => await store.PutAsync(new BrokenStream(), "x/y", None));
        var artifact = await store.PutAsync(Bytes(3, 100), "x/y", None);
        Assert.Equal(Bytes(3, 100), await store.ReadAsync(artifact.Sha256, None));
        Assert.False(await store.ExistsAsync(Convert.ToHexStringLower(SHA256.HashData(new byte[100_000])), None));
    }

    [Fact]
    public async Task Many_writers_of_one_content_make_one_blob()
    {
        var stores = await Task.WhenAll(OpenAsync(), OpenAsync());
        var artifacts = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => stores[i % 2].PutAsync(Bytes(4, 50_000), "x/y", None))));
        Assert.Single(artifacts.Distinct());
        Assert.Equal(Bytes(4, 50_000), await stores[0].ReadAsync(artifacts[0].Sha256, None));
    }

    [Fact]
    public async Task Names_point_to_blobs_under_conditions_and_are_listed_by_prefix()
    {
        var store = await OpenAsync();
        var (one, two) = (await store.PutAsync(Encoding.UTF8.GetBytes("one"), "text/plain", None), await store.PutAsync(Encoding.UTF8.GetBytes("two"), "text/plain", None));
        foreach (var name in new[] { "scans/b/report.sarif", "scans/a/report.sarif", "scans/a/report.md", "scans2/x" }) await store.LinkAsync(name, one, WriteCondition.Always, None);
        var tag = (await store.FindAsync("scans/a/report.md", None))!.ETag;
        Assert.False((await store.LinkAsync("scans/a/report.md", two, WriteCondition.IfAbsent, None)).Written);
        Assert.True((await store.LinkAsync("scans/a/report.md", two, WriteCondition.IfMatch(tag), None)).Written);
        Assert.False((await store.LinkAsync("scans/a/report.md", one, WriteCondition.IfMatch(tag), None)).Written);
        Assert.Equal(two, (await store.FindAsync("scans/a/report.md", None))!.Value);
        var first = await store.ListAsync("scans/", 2, null, None);
        var second = await store.ListAsync("scans/", 2, first.Cursor, None);
        Assert.Equal(["scans/a/report.md", "scans/a/report.sarif", "scans/b/report.sarif"], first.Items.Concat(second.Items).Select(n => n.Name));
        Assert.Null(second.Cursor);
        Assert.True(await store.UnlinkAsync("scans2/x", None));
        Assert.False(await store.UnlinkAsync("scans2/x", None));
        Assert.Null(await store.FindAsync("scans2/x", None));
        foreach (var bad in new[] { "", "a//b", "../x", "a/./b", "a b", "ä" }) await Assert.ThrowsAsync<ArgumentException>(async () => await store.LinkAsync(bad, one, WriteCondition.Always, None));
    }

    /// <summary>Gives some bytes, then fails as a lost connection does.</summary>
    private sealed class BrokenStream : MemoryStream
    {
        private int _left = 100_000;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_left == 0) throw new IOException("connection lost");
            var n = Math.Min(_left, buffer.Length);
            buffer.Span[..n].Clear();
            _left -= n;
            return ValueTask.FromResult(n);
        }
    }
}
