using System.Diagnostics;
using System.Security.Cryptography;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Tests.Contracts;

namespace CodexSecurity.EndToEnd.Tests.Storage;

public sealed class LocalScanStoreTests : ScanStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-store-").FullName;
    private readonly List<LocalScanStore> _open = [];

    public void Dispose()
    {
        _open.ForEach(s => s.Dispose());
        Directory.Delete(_folder, true);
    }

    protected override Task<IScanStore> OpenAsync()
    {
        _open.Add(LocalScanStore.Open(Path.Combine(_folder, "store.db")));
        return Task.FromResult<IScanStore>(_open[^1]);
    }

    [Fact]
    public void A_file_that_is_no_store_is_said_to_be_one()
    {
        File.WriteAllBytes(Path.Combine(_folder, "store.db"), RandomNumberGenerator.GetBytes(9000));
        Assert.Throws<StoreCorruptException>(() => LocalScanStore.Open(Path.Combine(_folder, "store.db")));
    }
}

public sealed class LocalArtifactStoreTests : ArtifactStoreContract, IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-store-").FullName;
    private readonly List<LocalArtifactStore> _open = [];

    public void Dispose()
    {
        _open.ForEach(s => s.Dispose());
        Directory.Delete(_folder, true);
    }

    protected override Task<IArtifactStore> OpenAsync()
    {
        _open.Add(LocalArtifactStore.Open(_folder));
        return Task.FromResult<IArtifactStore>(_open[^1]);
    }

    [Fact]
    public async Task An_altered_blob_is_refused()
    {
        var store = await OpenAsync();
        var artifact = await store.PutAsync(new byte[] { 1, 2, 3 }, "x/y", CancellationToken.None);
        var file = Directory.EnumerateFiles(_folder, artifact.Sha256, SearchOption.AllDirectories).Single();
        File.WriteAllBytes(file, [1, 2, 4]);
        await Assert.ThrowsAsync<StoreCorruptException>(async () => await store.ReadAsync(artifact.Sha256, CancellationToken.None));
    }

    [Fact]
    public async Task A_full_disk_is_a_clear_error_and_leaves_nothing_half()
    {
        var disk = Path.Combine(_folder, "disk");
        Directory.CreateDirectory(disk);
        if (!OperatingSystem.IsLinux() || await Run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk) != 0) Assert.Skip("a small file system can't be mounted here (needs root on Linux)");
        try
        {
            using var store = LocalArtifactStore.Open(disk);
            var small = await store.PutAsync(new byte[1000], "x/y", CancellationToken.None);
            var big = RandomNumberGenerator.GetBytes(2_000_000);
            var e = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.PutAsync(big, "x/y", CancellationToken.None));
            Assert.Contains("full", e.Message, StringComparison.Ordinal);
            e = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.PutAsync(new MemoryStream(big), "x/y", CancellationToken.None));
            Assert.Contains("full", e.Message, StringComparison.Ordinal);
            Assert.False(await store.ExistsAsync(Convert.ToHexStringLower(SHA256.HashData(big)), CancellationToken.None));
            Assert.Empty(Directory.EnumerateFiles(Path.Combine(disk, "unfinished")));
            Assert.Equal(new byte[1000], await store.ReadAsync(small.Sha256, CancellationToken.None));

            using var scans = LocalScanStore.Open(Path.Combine(disk, "scans.db"));
            await scans.PutScanAsync(Samples.Scan("s0", "r1", 0), WriteCondition.Always, CancellationToken.None);
            var model = new string('x', 2_000_000);
            e = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await scans.AddThreatModelAsync("r1", model, "ann", Samples.Day, WriteCondition.Always, CancellationToken.None));
            Assert.Contains("full", e.Message, StringComparison.Ordinal);
            Assert.Null(await scans.GetThreatModelAsync("r1", null, CancellationToken.None));
            Assert.NotNull(await scans.GetScanAsync("s0", CancellationToken.None));
        }
        finally { await Run("umount", "-l", disk); }
    }

    private static async Task<int> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }
}
