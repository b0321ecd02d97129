using System.Runtime.Versioning;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>The stage on a real repository and a real store.</summary>
[SupportedOSPlatform("linux")]
public sealed class IngestStageTests : GitLab
{
    private LocalArtifactStore Store() => LocalArtifactStore.Open(At("store"));

    [Fact]
    public async Task A_state_is_stored_with_the_role_of_each_file()
    {
        var commit = Repository();
        Write("demo/bin/tool", "#!/usr/bin/env node\n");
        File.SetUnixFileMode(At("demo/bin/tool"), (UnixFileMode)0x1ED);
        Write("demo/test/a.js", "test");
        File.CreateSymbolicLink(At("demo/link.js"), "index.js");
        var store = Store();
        var stage = new IngestStage(Source, store);

        var taken = await stage.RunAsync(new(At("demo"), null, ""), CancellationToken.None);
        var again = await stage.RunAsync(new(At("demo"), null, ""), CancellationToken.None);

        Assert.Equal(taken, again);
        Assert.Equal((5, 3), (taken.Files, taken.Sources));
        var snapshot = await SnapshotArchive.LoadAsync(store, taken.Snapshot, CancellationToken.None);
        var direct = await Take("demo");
        Assert.Equal(direct.Files.Select(f => (f.Path, f.Executable, Convert.ToHexString(f.Content.Span))), snapshot.Files.Select(f => (f.Path, f.Executable, Convert.ToHexString(f.Content.Span))));
        Assert.Equal((direct.Target, direct.Commit), (snapshot.Target, snapshot.Commit));
        Assert.Equal(direct.LeftOut, snapshot.LeftOut);
        var selection = await store.GetJsonAsync<SourceSelection>(taken.Selection, CancellationToken.None);
        Assert.Equal(["bin/tool", "index.js", "lib/a.js"], selection.Of(FileRole.Source));
        Assert.Equal(["test/a.js"], selection.Of(FileRole.Test));
        Assert.Equal(commit, (await stage.RunAsync(new(At("demo"), "main", ""), CancellationToken.None)).Commit!.Sha);
    }

    [Fact]
    public async Task The_branch_chooses_the_state_of_a_url()
    {
        var first = Repository();
        Git("demo", "branch", "topic");
        Write("demo/more.js", "more");
        Commit("demo", "second");
        var taken = await new IngestStage(Source, Store()).RunAsync(new("file://" + At("demo"), null, "topic"), CancellationToken.None);
        Assert.Equal((first, "topic"), (taken.Target.Revision, taken.Target.Branch));
    }

    [Fact]
    public async Task What_can_never_work_is_rejected_and_what_may_work_later_is_not()
    {
        var stage = new IngestStage(Source, Store());
        var rejected = await Assert.ThrowsAsync<StepRejectedException>(() => stage.RunAsync(new(At("absent"), null, ""), CancellationToken.None));
        Assert.Contains("does not exist", rejected.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SourceUnavailableException>(() => stage.RunAsync(new("http://127.0.0.1:9/a.git", null, ""), CancellationToken.None));
        await Assert.ThrowsAsync<StepRejectedException>(() => new HistoryStage(Source).RunAsync(new(At("absent"), null, 5), CancellationToken.None));
    }

    [Fact]
    public async Task A_workspace_holds_the_files_and_nothing_else()
    {
        var workspaces = new DiskWorkspaces();
        SnapshotFile[] files = [new("a.js", "a"u8.ToArray()), new("bin/x", "x"u8.ToArray(), true), new(new string('n', 300) + "/c.js", "c"u8.ToArray())];
        var trees = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => workspaces.ShowAsync("k", files, "/app", CancellationToken.None)));
        var root = Assert.Single(trees.Select(t => t.HostPath).Distinct());
        Assert.All(trees, t => Assert.Equal(("/app", false), (t.Target, t.Writable)));
        Assert.Equal(["a.js", "bin/x"], Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root, f)).Order());
        Assert.Equal(((UnixFileMode)0x1A4, (UnixFileMode)0x1ED, (UnixFileMode)0x1ED), (File.GetUnixFileMode(root + "/a.js"), File.GetUnixFileMode(root + "/bin/x"), File.GetUnixFileMode(root + "/bin")));
        Assert.NotEqual(root, (await workspaces.ShowAsync("k2", files, "/app", CancellationToken.None)).HostPath);
        Assert.NotEqual(root, (await workspaces.ShowAsync("k", files[..1], "/app", CancellationToken.None)).HostPath);
    }

    [Fact]
    public async Task A_patched_workspace_costs_what_changed_and_changes_nothing_else()
    {
        var workspaces = new DiskWorkspaces();
        var kept = new SnapshotFile("a.js", "a"u8.ToArray());
        var one = await workspaces.ShowAsync("k", [kept, new("b.js", "b"u8.ToArray()), new("c.js", "a"u8.ToArray(), true)], "/app", CancellationToken.None);
        var two = await workspaces.ShowAsync("k+", [kept, new("b.js", "B"u8.ToArray())], "/app", CancellationToken.None);
        Assert.Equal(("b", "B"), (File.ReadAllText(one.HostPath + "/b.js"), File.ReadAllText(two.HostPath + "/b.js")));
        Assert.Equal(("2", "1"), (Names(one.HostPath + "/a.js"), Names(one.HostPath + "/b.js")));
        // The same bytes with another mode are another file.
        Assert.Equal(("1", (UnixFileMode)0x1ED, (UnixFileMode)0x1A4), (Names(one.HostPath + "/c.js"), File.GetUnixFileMode(one.HostPath + "/c.js"), File.GetUnixFileMode(one.HostPath + "/a.js")));
        // A tree that was taken away is written anew.
        Directory.Delete(one.HostPath, true);
        Assert.Equal("b", File.ReadAllText((await workspaces.ShowAsync("k++", [kept, new("b.js", "b"u8.ToArray())], "/app", CancellationToken.None)).HostPath + "/b.js"));

        string Names(string path) => Run("stat", ".", "-c", "%h", path);
    }

    [Fact]
    public async Task A_stored_snapshot_that_was_altered_is_refused()
    {
        Repository();
        var store = Store();
        var taken = await new IngestStage(Source, store).RunAsync(new(At("demo"), null, ""), CancellationToken.None);
        var archive = Directory.EnumerateFiles(At("store"), "*", SearchOption.AllDirectories).Single(f => File.ReadAllText(f).Contains("exports.b = 2;", StringComparison.Ordinal));
        var bytes = File.ReadAllBytes(archive);
        foreach (var place in new[] { bytes.AsSpan().IndexOf("exports.b"u8), bytes.AsSpan().IndexOf("index.js"u8), 130, bytes.Length - 1 })
        {
            var altered = (byte[])bytes.Clone();
            altered[place] ^= 1;
            Alter(altered);
            await Assert.ThrowsAsync<StoreCorruptException>(() => SnapshotArchive.LoadAsync(store, taken.Snapshot, CancellationToken.None));
        }
        Alter(bytes[..^600]);
        await Assert.ThrowsAsync<StoreCorruptException>(() => SnapshotArchive.LoadAsync(store, taken.Snapshot, CancellationToken.None));
        Alter(bytes);
        Assert.Equal(3, (await SnapshotArchive.LoadAsync(store, taken.Snapshot, CancellationToken.None)).Files.Count);
        using var stopped = new CancellationTokenSource();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SnapshotArchive.StoreAsync(store, new(taken.Target, null, [new("big.js", new byte[1 << 20])], [], [], []), stopped.Token));

        void Alter(byte[] content)
        {
            File.SetUnixFileMode(archive, (UnixFileMode)0x1A4);
            File.WriteAllBytes(archive, content);
        }
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("/etc/a")]
    [InlineData("a/../../b")]
    [InlineData("a//b")]
    [InlineData("a/./b")]
    [InlineData("")]
    [InlineData("a\0b")]
    public async Task No_path_leaves_a_workspace(string path) =>
        await Assert.ThrowsAsync<ArgumentException>(() => new DiskWorkspaces().ShowAsync("k", [new(path, default)], "/app", CancellationToken.None));

    [Fact]
    public async Task Two_files_of_one_name_are_an_error_each_time()
    {
        var workspaces = new DiskWorkspaces();
        for (var i = 0; i < 2; i++)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => workspaces.ShowAsync("k", [new("a", default), new("a", default)], "/app", CancellationToken.None));
            await Assert.ThrowsAnyAsync<IOException>(() => workspaces.ShowAsync("k", [new("a", default), new("a/b", default)], "/app", CancellationToken.None));
        }
    }
}
