using System.Runtime.Versioning;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>Every state of a repository that can be scanned.</summary>
[SupportedOSPlatform("linux")]
public sealed class GitStates : GitLab
{
    [Fact]
    public async Task A_worktree_is_taken_as_it_is_on_disk()
    {
        Repository();
        Write("demo/index.js", "exports.a = 'changed';\n");
        Write("demo/new.js", "exports.c = 3;\n");
        Write("demo/out/built.js", "built");
        Write("demo/x.log", "log");
        Write("demo/node_modules/dep/index.js", "dep");
        File.Delete(At("demo/lib/a.js"));

        var snapshot = await Take("demo");

        Assert.Equal([".gitignore", "index.js", "new.js"], Paths(snapshot));
        Assert.Equal("exports.a = 'changed';\n", Text(snapshot, "index.js"));
        Assert.Equal("ignored by git", Reason(snapshot.LeftOut, "out/"));
        Assert.Equal("ignored by git", Reason(snapshot.LeftOut, "x.log"));
        Assert.Equal("version control", Reason(snapshot.LeftOut, ".git/"));
        Assert.Equal("installed dependencies, not the project's own source", Reason(snapshot.LeftOut, "node_modules/"));
        Assert.Empty(snapshot.Unread);
        Assert.Equal((TargetKind.GitWorktree, null, "main", "demo"), (snapshot.Target.Kind, snapshot.Target.Revision, snapshot.Target.Branch, snapshot.Target.DisplayName));
        Assert.Null(snapshot.Commit);
        Assert.Contains("3 file(s) differ", Assert.Single(snapshot.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worktree_without_changes_is_its_commit()
    {
        var commit = Repository();
        Write("demo/tool.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(At("demo/tool.sh"), (UnixFileMode)0x1ED);
        commit = Commit("demo", "second");

        var (folder, revision) = (await Take("demo"), await Take("demo", commit));

        Assert.Equal(commit, folder.Target.Revision);
        Assert.Equal(folder.Target with { Kind = TargetKind.GitRevision }, revision.Target);
        Assert.Equal(new CommitInfo(commit, "Ann", new DateTimeOffset(2026, 1, 2, 1, 4, 5, TimeSpan.Zero)), folder.Commit);
        Assert.True(folder.Files.Single(f => f.Path == "tool.sh").Executable && revision.Files.Single(f => f.Path == "tool.sh").Executable);
        Assert.Empty(folder.Notes);
    }

    [Fact]
    public async Task The_digest_is_that_of_the_files_only()
    {
        Repository();
        Repository("other");
        var (one, two) = (await Take("demo"), await Take("other"));
        Assert.Equal(one.Target.Digest, two.Target.Digest);
        Assert.NotEqual(one.Target.RepositoryId, two.Target.RepositoryId);
        Assert.Matches("^[0-9a-f]{64}$", one.Target.Digest);
        Write("other/index.js", "exports.a = 2;\n");
        Assert.NotEqual(one.Target.Digest, (await Take("other")).Target.Digest);
    }

    [Fact]
    public async Task A_tracked_file_counts_even_where_it_is_ignored()
    {
        Repository();
        Write("demo/out/kept.js", "kept");
        Git("demo", "add", "-f", "out/kept.js");
        Write("demo/out/other.js", "other");
        Assert.Equal([".gitignore", "index.js", "lib/a.js", "out/kept.js"], Paths(await Take("demo")));
    }

    [Fact]
    public async Task A_revision_is_read_without_a_checkout()
    {
        var first = Repository();
        Write("demo/index.js", "exports.a = 2;\n");
        Write("demo/more.js", "more");
        var second = Commit("demo", "second");
        Git("demo", "tag", "-a", "v2", "-m", "two");
        Git("demo", "branch", "topic", first);
        File.Delete(At("demo/index.js"));

        foreach (var name in new[] { first, first[..10], "HEAD~1", "topic" }) Assert.Equal((first, "exports.a = 1;\n"), Seen(await Take("demo", name)));
        foreach (var name in new[] { second, "HEAD", "main", "v2" }) Assert.Equal((second, "exports.a = 2;\n"), Seen(await Take("demo", name)));
        Assert.Equal("topic", (await Take("demo", "topic")).Target.Branch);
        Assert.Equal("", (await Take("demo", first)).Target.Branch);
        Assert.Equal("main", (await Take("demo", second)).Target.Branch);
        Assert.False(File.Exists(At("demo/index.js")));

        static (string?, string) Seen(Snapshot s) => (s.Target.Revision, Text(s, "index.js"));
    }

    [Fact]
    public async Task A_bare_repository_gives_its_head()
    {
        var commit = Repository();
        Git(".", "clone", "-q", "--bare", "demo", "demo.git");
        var snapshot = await Take("demo.git");
        Assert.Equal((TargetKind.GitRevision, commit, "main", "demo"), (snapshot.Target.Kind, snapshot.Target.Revision, snapshot.Target.Branch, snapshot.Target.DisplayName));
        Assert.Equal([".gitignore", "index.js", "lib/a.js"], Paths(snapshot));
        Assert.Equal(commit, (await Take("demo/.git")).Target.Revision);
    }

    [Fact]
    public async Task History_follows_first_parents()
    {
        var first = Repository();
        Git("demo", "checkout", "-q", "-b", "topic");
        Write("demo/topic.js", "t");
        Commit("demo", "topic");
        Git("demo", "checkout", "-q", "main");
        Write("demo/main.js", "m");
        var second = Commit("demo", "second");
        Git("demo", "merge", "-q", "--no-ff", "-m", "merge", "topic");
        var merge = Git("demo", "rev-parse", "HEAD");

        Assert.Equal([merge, second, first], await History(null, 10));
        Assert.Equal([merge, second], await History(null, 2));
        Assert.Equal([first], await History(first, 5));

        async Task<string[]> History(string? from, int count) => [.. (await Source.HistoryAsync(At("demo"), from, count, CancellationToken.None)).Value!.Select(c => c.Sha)];
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_url_gives_what_is_committed_and_later_states_are_seen(bool overHttp)
    {
        var first = Repository();
        using var server = overHttp ? new GitServer(Root) : null;
        var url = server is null ? "file://" + At("demo") : server.Url + "demo/.git";
        Assert.Equal(first, (await Take(url)).Target.Revision);
        Write("demo/index.js", "exports.a = 2;\n");
        var second = Commit("demo", "second");
        Git("demo", "branch", "topic", first);
        var snapshot = await Take(url);
        Assert.Equal((second, "main"), (snapshot.Target.Revision, snapshot.Target.Branch));
        Assert.Equal([".gitignore", "index.js", "lib/a.js"], Paths(snapshot));
        Assert.Equal((first, "topic"), ((await Take(url, "topic")).Target.Revision, (await Take(url, "topic")).Target.Branch));
        Assert.Equal(first, (await Take(url, first)).Target.Revision);
        var history = await Source.HistoryAsync(url, second, 5, CancellationToken.None);
        Assert.Equal([second, first], history.Value!.Select(c => c.Sha));
    }

    [Fact]
    public async Task A_server_that_refuses_is_said_without_its_secrets()
    {
        Repository();
        using var server = new GitServer(Root);
        Assert.Contains("asks for authentication", await Problem(server.Url + "locked/demo"), StringComparison.Ordinal);
        Assert.Contains("no git repository", await Problem(server.Url + "absent.git"), StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", await Problem(server.Url + "moved/demo"), StringComparison.Ordinal);
        Assert.True((await Source.TakeAsync(server.Url + "broken/demo", null, CancellationToken.None)).Transient);
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Source.TakeAsync(server.Url + "silent/demo", null, stop.Token).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_linked_worktree_and_a_shallow_clone_are_repositories()
    {
        Repository();
        Write("demo/second.js", "2");
        var second = Commit("demo", "second");
        Git("demo", "worktree", "add", "-q", "-b", "side", At("side"));
        Write("side/extra.js", "x");
        var side = await Take("side");
        Assert.Equal(("side", TargetKind.GitWorktree), (side.Target.Branch, side.Target.Kind));
        Assert.Equal([".gitignore", "extra.js", "index.js", "lib/a.js", "second.js"], Paths(side));
        Assert.Equal("version control", Reason(side.LeftOut, ".git"));

        Git(".", "clone", "-q", "--depth", "1", "file://" + At("demo"), "shallow");
        Assert.Equal(second, (await Take("shallow")).Target.Revision);
        var history = await Source.HistoryAsync(At("shallow"), null, 5, CancellationToken.None);
        Assert.Equal([second], history.Value!.Select(c => c.Sha));
        Assert.Contains("shallow clone", await Problem(At("shallow"), "HEAD~1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_of_a_repository_is_a_project_of_its_own()
    {
        Write("demo/packages/one/index.js", "1");
        var commit = Repository();
        var (folder, revision) = (await Take("demo/packages/one"), await Take("demo/packages/one", "HEAD"));
        Assert.Equal(["index.js"], Paths(folder));
        Assert.Equal(["index.js"], Paths(revision));
        Assert.Equal((commit, commit), (folder.Target.Revision, revision.Target.Revision));
        // What the repository around it ignores is no part of it.
        Write("demo/out/project/app.js", "app");
        Write("demo/out/project/x.log", "log");
        var ignored = await Take("demo/out/project");
        Assert.Equal((TargetKind.DirectorySnapshot, 2), (ignored.Target.Kind, ignored.Files.Count));
    }

    [Fact]
    public async Task A_remote_is_the_identity_and_never_shows_its_credentials()
    {
        Repository();
        var ids = new HashSet<string>();
        foreach (var remote in new[] { "https://ann:hunter2@git.example.com/Team/Demo.git", "git@git.example.com:Team/Demo.git", "ssh://git@git.example.com/Team/Demo", "https://GIT.example.com:443/Team/Demo/" })
        {
            Git("demo", "config", "remote.origin.url", remote);
            Git("demo", "config", "remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*");
            var target = (await Take("demo")).Target;
            Assert.Equal("Team/Demo", target.DisplayName);
            ids.Add(target.RepositoryId);
        }
        Assert.Single(ids);
    }

    [Fact]
    public async Task A_plain_folder_is_every_file()
    {
        Write("plain/a.js", "a");
        Write("plain/sub/.hidden", "h");
        Write("plain/node_modules/x/i.js", "x");
        Write("plain/sub/.svn/entries", "s");
        var snapshot = await Take("plain");
        Assert.Equal(["a.js", "sub/.hidden"], Paths(snapshot));
        Assert.Equal(["node_modules/", "sub/.svn/"], snapshot.LeftOut.Select(l => l.Path));
        Assert.Equal((TargetKind.DirectorySnapshot, null, "", "plain"), (snapshot.Target.Kind, snapshot.Target.Revision, snapshot.Target.Branch, snapshot.Target.DisplayName));
        Assert.Contains("no git repository", await Problem(At("plain"), "HEAD"), StringComparison.Ordinal);
    }
}
