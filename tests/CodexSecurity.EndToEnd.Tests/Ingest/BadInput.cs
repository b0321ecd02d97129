using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>What can't be scanned is said in a sentence; what is odd inside a project never stops the scan of the rest.</summary>
[SupportedOSPlatform("linux")]
public sealed class BadInput : GitLab
{
    private const string Token = "s3cr3t-t0ken";

    [Fact]
    public async Task Nothing_to_scan_is_said()
    {
        Assert.Equal($"'{At("absent")}' does not exist.", await Problem(At("absent")));
        Directory.CreateDirectory(At("empty"));
        Assert.Equal($"'{At("empty")}' holds no file to scan.", await Problem(At("empty")));
        Directory.CreateDirectory(At("repository"));
        Git("repository", "init", "-q");
        Assert.Contains("is an empty repository", await Problem(At("repository")), StringComparison.Ordinal);
        Assert.Contains("no commit yet", await Problem(At("repository"), "HEAD"), StringComparison.Ordinal);
        Git(".", "init", "-q", "--bare", "bare.git");
        Assert.Contains("no commit yet", await Problem(At("bare.git")), StringComparison.Ordinal);
        Assert.Contains("no commit yet", await Problem("file://" + At("bare.git")), StringComparison.Ordinal);
        Write("modules/node_modules/a/index.js", "a");
        Assert.Contains("node_modules/", await Problem(At("modules")), StringComparison.Ordinal);
        Assert.Contains("is a file", await Problem(Write("file.js", "a")), StringComparison.Ordinal);
        Assert.Equal("No location was given.", await Problem(""));
        Assert.Contains("control characters", await Problem("a\nb"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revisions_that_are_none_are_said()
    {
        var commit = Repository();
        var tree = Git("demo", "rev-parse", "HEAD^{tree}");
        foreach (var revision in new[] { "nope", "HEAD~7", new string('0', 40), "..", "a b", "\n", "", "^", "main:index.js", tree, "-x", "@{upstream}", "0000" })
            Assert.Contains("demo", await Problem(At("demo"), revision), StringComparison.Ordinal);
        Assert.Contains("no revision 'nope'", await Problem("file://" + At("demo"), "nope"), StringComparison.Ordinal);
        Assert.Equal(commit, (await Take("demo", "main")).Target.Revision);
    }

    [Theory]
    [InlineData("https://ann:" + Token + "@localhost/a.git")]
    [InlineData("https://" + Token + "@localhost/a.git")]
    [InlineData("http://ann:p/" + Token + "@localhost/a")]
    [InlineData("https://ann:" + Token + "@b@localhost/@scope/a")]
    [InlineData("https://ann:a?b#" + Token + "@localhost/a")]
    [InlineData("ann:" + Token + "@localhost:a.git")]
    [InlineData("ssh://git:" + Token + "@localhost/a.git")]
    [InlineData("https:/ann:" + Token + "@localhost/a.git")]
    [InlineData("https://localhost/a.git?token=" + Token)]
    [InlineData("ftp://ann:" + Token + "@localhost/a.git")]
    [InlineData("git://" + Token + "@localhost/a.git")]
    public async Task Credentials_are_refused_and_never_shown(string url) => Assert.DoesNotContain(Token, await Problem(url), StringComparison.Ordinal);

    [Theory]
    [InlineData("ext::sh -c touch% pwned")]
    [InlineData("git://localhost/a")]
    [InlineData("ssh://-oProxyCommand=touch/a")]
    [InlineData("file://elsewhere/a")]
    [InlineData("https:///a")]
    public async Task Other_transports_are_refused(string url) => Assert.NotEmpty(await Problem(url));

    [Fact]
    public async Task A_server_that_can_not_be_reached_may_be_tried_again()
    {
        var outcome = await Source.TakeAsync("http://127.0.0.1:9/team/demo.git", null, CancellationToken.None);
        Assert.True(outcome is { Succeeded: false, Transient: true }, outcome.Problem);
        Assert.False((await Source.TakeAsync("file://" + At("absent.git"), null, CancellationToken.None)).Transient);
    }

    [Fact]
    public async Task A_damaged_repository_is_said()
    {
        Repository();
        Write("gone/x", "x");
        foreach (var (name, damage) in new (string, Action<string>)[]
        {
            ("no-head", f => File.Delete(f + "/.git/HEAD")), ("no-refs", f => File.WriteAllText(f + "/.git/HEAD", "garbage")), ("index", f => File.WriteAllText(f + "/.git/index", "garbage")),
            ("config", f => File.WriteAllText(f + "/.git/config", "[core\nrepositoryformatversion = 99")), ("objects", f => Directory.Delete(f + "/.git/objects", true)),
        })
        {
            Run("cp", ".", "-r", "demo", name);
            damage(At(name));
            var (folder, revision) = (await Source.TakeAsync(At(name), null, CancellationToken.None), await Source.TakeAsync(At(name), "HEAD", CancellationToken.None));
            Assert.True(name == "objects" || folder.Problem.Contains("damaged", StringComparison.Ordinal), $"{name}: {folder.Problem}");
            Assert.True(name == "index" || !revision.Succeeded, name);
            Assert.DoesNotContain("Exception", folder.Problem + revision.Problem, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_damaged_object_costs_what_it_held()
    {
        Repository();
        Write("demo/lib/deep/b.js", "exports.c = 3;\n");
        Commit("demo", "second");
        Damage(Git("demo", "rev-parse", "HEAD:index.js"));
        File.Delete(Loose(Git("demo", "rev-parse", "HEAD:lib/deep")));
        var snapshot = await Take("demo", "HEAD");
        Assert.Equal([".gitignore", "lib/a.js"], Paths(snapshot));
        Assert.Equal("could not be read: the object is damaged", Reason(snapshot.Unread, "index.js"));
        Assert.Equal("could not be read: the object is missing", Reason(snapshot.Unread, "lib/deep/"));
        Damage(Git("demo", "rev-parse", "HEAD^{tree}"));
        Assert.Contains("damaged", await Problem(At("demo"), "HEAD"), StringComparison.Ordinal);

        string Loose(string id) => At($"demo/.git/objects/{id[..2]}/{id[2..]}");
        void Damage(string id)
        {
            File.SetUnixFileMode(Loose(id), (UnixFileMode)0x1A4);
            File.WriteAllBytes(Loose(id), [.. File.ReadAllBytes(Loose(id)).Reverse()]);
        }
    }

    [Fact]
    public async Task Huge_files_are_not_read()
    {
        Repository();
        foreach (var name in new[] { "huge.js", "huge.bin" })
        {
            using var file = new FileStream(At("demo/" + name), FileMode.CreateNew);
            file.SetLength(1L << 30);
        }
        var before = GC.GetTotalAllocatedBytes(true);
        var folder = await Take("demo");
        Assert.True(GC.GetTotalAllocatedBytes(true) - before < 64L << 20);
        Assert.Equal([".gitignore", "index.js", "lib/a.js"], Paths(folder));
        Assert.StartsWith("1073741824 bytes, more than the 16 MiB", Reason(folder.Unread, "huge.js"), StringComparison.Ordinal);
        Assert.StartsWith("1073741824 bytes", Reason(folder.LeftOut, "huge.bin"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_huge_object_is_not_read()
    {
        Repository();
        using (var file = new FileStream(At("demo/huge.js"), FileMode.CreateNew)) file.SetLength(200L << 20);
        Commit("demo", "huge");
        var before = Process.GetCurrentProcess().PeakWorkingSet64;
        var snapshot = await Take("demo", "HEAD");
        Assert.True(Process.GetCurrentProcess().PeakWorkingSet64 - before < 100L << 20);
        Assert.StartsWith("209715200 bytes", Reason(snapshot.Unread, "huge.js"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_are_said_and_never_followed()
    {
        var secret = Write("secret.js", "secret");
        Repository();
        foreach (var (name, target) in new[] { ("loop", "loop"), ("one", "two"), ("two", "one"), ("up", ".."), ("out.js", secret), ("rel.js", "../secret.js"), ("lib/self", "../lib"), ("good.js", "index.js"), ("dead.js", "nothing.js") })
            File.CreateSymbolicLink(At("demo/" + name), target);
        Directory.CreateSymbolicLink(At("demo/etc"), "/etc");
        var folder = await Take("demo");
        Commit("demo", "links");
        foreach (var snapshot in new[] { folder, await Take("demo"), await Take("demo", "HEAD") })
        {
            Assert.Equal([".gitignore", "index.js", "lib/a.js"], Paths(snapshot));
            foreach (var loop in new[] { "loop", "one", "two" }) Assert.Equal("a link that leads back to itself; not followed", Reason(snapshot.LeftOut, loop));
            foreach (var outside in new[] { "up", "out.js", "rel.js", "etc" }) Assert.Equal("a link that points out of the repository; not followed", Reason(snapshot.LeftOut, outside));
            foreach (var inside in new[] { "lib/self", "good.js", "dead.js" }) Assert.Equal("a link to another place of the repository; not followed", Reason(snapshot.LeftOut, inside));
        }
    }

    [Fact]
    public async Task A_tracked_folder_that_became_a_link_is_not_followed()
    {
        Write("elsewhere/a.js", "secret");
        Repository();
        Directory.Delete(At("demo/lib"), true);
        Directory.CreateSymbolicLink(At("demo/lib"), At("elsewhere"));
        var snapshot = await Take("demo");
        Assert.Equal([".gitignore", "index.js"], Paths(snapshot));
        Assert.Contains("points out", Reason(snapshot.LeftOut, "lib"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_repository_can_not_send_the_scan_elsewhere()
    {
        Write("elsewhere/secret.js", "secret");
        Repository();
        Git("demo", "config", "core.worktree", At("elsewhere"));
        Git("demo", "config", "core.fsmonitor", "touch " + At("ran"));
        Git("demo", "config", "filter.evil.smudge", "touch " + At("ran"));
        Git("demo", "config", "filter.evil.clean", "touch " + At("ran"));
        Write("demo/.gitattributes", "*.js filter=evil\n");
        foreach (var hook in new[] { "post-checkout", "post-index-change", "reference-transaction" })
            File.SetUnixFileMode(Write("demo/.git/hooks/" + hook, $"#!/bin/sh\ntouch {At("ran")}\n"), (UnixFileMode)0x1ED);
        foreach (var snapshot in new[] { await Take("demo"), await Take("demo", "HEAD"), await Take("file://" + At("demo")) })
        {
            Assert.Contains("index.js", Paths(snapshot));
            Assert.DoesNotContain("secret.js", Paths(snapshot));
        }
        Assert.False(File.Exists(At("ran")));
    }

    [Fact]
    public async Task Pipes_sockets_and_binary_files_do_no_harm()
    {
        Write("plain/a.js", "a");
        Write("plain/b.bin", [0, 1, 2, 255]);
        Run("mkfifo", "plain", "pipe.js");
        var snapshot = await Take("plain").WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["a.js", "b.bin"], Paths(snapshot));
        Assert.Equal("no regular file (a pipe, a socket or a device)", Reason(snapshot.LeftOut, "pipe.js"));
    }

    [Fact]
    public async Task Names_and_contents_that_are_no_text_are_kept_or_said()
    {
        Repository();
        Run("bash", "demo", "-c", "printf a > $'bad\\xff.js'; printf b > $'line\\nbreak.js'; mkdir $'dir\\xfe'; printf c > $'dir\\xfe/c.js'");
        Write("demo/latin.js", [.. Encoding.ASCII.GetBytes("x = 'caf"), 0xE9, .. Encoding.ASCII.GetBytes("';")]);
        var folder = await Take("demo");
        Assert.Equal(0xE9, folder.Files.Single(f => f.Path == "latin.js").Content.Span[8]);
        Assert.Contains("line\nbreak.js", Paths(folder));
        Assert.Equal("its name is no valid UTF-8", Reason(folder.Unread, "bad\uFFFD.js"));
        Assert.Single(folder.Unread, u => u.Path.StartsWith("dir", StringComparison.Ordinal));
        Commit("demo", "names");
        var revision = await Take("demo", "HEAD");
        Assert.Equal("a", Text(revision, "bad\uFFFD.js"));
        Assert.Equal("c", Text(revision, "dir\uFFFD/c.js"));
        Assert.Empty(revision.Unread);
    }

    [Fact]
    public async Task Submodules_and_nested_repositories_are_left_out()
    {
        Repository("inner");
        Repository();
        Git("demo", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", At("inner"), "sub");
        Commit("demo", "with submodule");
        Repository("demo/nested");
        foreach (var (snapshot, path) in new[] { (await Take("demo"), "sub/"), (await Take("demo", "HEAD"), "sub") })
        {
            Assert.Equal([".gitignore", ".gitmodules", "index.js", "lib/a.js"], Paths(snapshot));
            Assert.Equal("a submodule: a repository of its own", Reason(snapshot.LeftOut, path));
        }
        Assert.Equal("a repository of its own", Reason((await Take("demo")).LeftOut, "nested/"));
        // Scanned by itself it is a repository like any other.
        Assert.Equal([".gitignore", "index.js", "lib/a.js"], Paths(await Take("demo/sub")));
    }

    [Fact]
    public async Task Pointers_of_large_file_storage_are_said()
    {
        Repository();
        var pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + new string('a', 64) + "\nsize 12345\n";
        Write("demo/model.js", pointer);
        Write("demo/film.mp4", pointer);
        var snapshot = await Take("demo");
        Assert.Contains("Git LFS: the content of 2 file(s)", snapshot.Notes[0], StringComparison.Ordinal);
        Assert.StartsWith("only a Git LFS pointer", Reason(snapshot.Unread, "model.js"), StringComparison.Ordinal);
        Assert.StartsWith("only a Git LFS pointer", Reason(snapshot.LeftOut, "film.mp4"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tree_that_names_billions_of_files_ends()
    {
        Directory.CreateDirectory(At("bomb"));
        Git("bomb", "init", "-q", "-b", "main");
        Write("bomb/x", "x");
        var (id, kind) = (Git("bomb", "hash-object", "-w", "x"), "100644 blob");
        for (var level = 0; level < 12; level++)
        {
            Write("list", string.Concat(Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"{kind} {id}\td{i}.js\n"))));
            (id, kind) = (Run("bash", "bomb", "-c", $"git mktree < {At("list")}"), "040000 tree");
        }
        Git("bomb", "update-ref", "refs/heads/main", Git("bomb", "commit-tree", "-m", "bomb", id));
        var snapshot = await Take("bomb", "HEAD").WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(snapshot.Files.Count < 250_000);
        Assert.Contains(snapshot.Unread, u => u.Reason.Contains("more than 250000", StringComparison.Ordinal) && u.Path.EndsWith('/'));
    }

    [Fact]
    public async Task Names_of_a_tree_can_not_leave_it()
    {
        Repository();
        var blob = Git("demo", "rev-parse", "HEAD:index.js");
        // Git's own commands refuse to write such trees, so it is written by hand.
        var entries = new[] { "..", ".", ".git", "a/b", "ok.js" }.OrderBy(n => n, StringComparer.Ordinal);
        using var tree = new MemoryStream();
        foreach (var name in entries) tree.Write([.. Encoding.ASCII.GetBytes($"100644 {name}\0"), .. Convert.FromHexString(blob)]);
        Write("tree", tree.ToArray());
        var id = Git("demo", "hash-object", "-t", "tree", "-w", "--literally", At("tree"));
        var snapshot = await Source.TakeAsync(At("demo"), Git("demo", "commit-tree", "-m", "x", id), CancellationToken.None);
        if (snapshot.Value is { } taken)
        {
            Assert.All(taken.Files, f => Assert.DoesNotContain(f.Path.Split('/'), s => s is ".." or "." or ".git" or ""));
            Assert.All(taken.Files, f => Assert.NotEqual("a/b", f.Path));
            Assert.Contains("ok.js", Paths(taken));
        }
        else Assert.Contains("damaged", snapshot.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_peoples_folders_can_be_scanned()
    {
        Assert.SkipUnless(Environment.UserName == "root", "only root can give a folder away");
        Repository();
        Run("chown", ".", "-R", "65534:65534", "demo");
        Assert.Equal(3, (await Take("demo")).Files.Count);
    }

    [Fact]
    public async Task Unreadable_files_are_said()
    {
        Assert.SkipWhen(Environment.UserName == "root", "root can read every file");
        Write("plain/a.js", "a");
        File.SetUnixFileMode(Write("plain/locked.js", "b"), UnixFileMode.None);
        Assert.Equal("could not be read: no permission", Reason((await Take("plain")).Unread, "locked.js"));
    }

    [Fact]
    public async Task A_pointer_to_a_repository_that_is_gone_leaves_a_folder()
    {
        Write("copy/a.js", "a");
        Write("copy/.git", "gitdir: /nowhere/at/all\n");
        var snapshot = await Take("copy");
        Assert.Equal((TargetKind.DirectorySnapshot, "a.js"), (snapshot.Target.Kind, Assert.Single(Paths(snapshot))));
        Assert.Contains("no regard to git", Assert.Single(snapshot.Notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("demo/.gitignore")]
    [InlineData("demo/lib/.gitignore")]
    [InlineData("demo/.git/info/exclude")]
    [InlineData("elsewhere")]
    public async Task An_ignore_file_that_never_ends_is_not_read(string path)
    {
        Repository();
        Git("demo", "config", "core.excludesfile", At("elsewhere"));
        Write("demo/lib/new/b.js", "b");
        Write("demo/x.log", "log");
        foreach (var make in new Action[] { () => Run("mkfifo", ".", path), () => File.CreateSymbolicLink(At(path), "/dev/zero"), () => { using var f = File.Create(At(path)); f.SetLength(1L << 30); } })
        {
            File.Delete(At(path));
            make();
            var outcome = await Source.TakeAsync(At("demo"), null, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
            if (!outcome.Succeeded)
            {
                Assert.Contains("exclude' in it", outcome.Problem, StringComparison.Ordinal);
                continue;
            }
            Assert.Contains("lib/new/b.js", Paths(outcome.Value!));
            Assert.Contains(outcome.Value!.Notes, n => n.Contains("ignore", StringComparison.Ordinal));
            Assert.Equal(path != "demo/lib/.gitignore", Paths(outcome.Value!).Contains("x.log"));
        }
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("index")]
    [InlineData("config")]
    [InlineData("refs/heads/main")]
    [InlineData("objects/aa/bb")]
    public async Task A_pipe_inside_a_repository_is_not_opened(string path)
    {
        Repository();
        Directory.CreateDirectory(Path.GetDirectoryName(At("demo/.git/" + path))!);
        File.Delete(At("demo/.git/" + path));
        Run("mkfifo", ".", "demo/.git/" + path);
        foreach (var location in new[] { "demo", "demo/.git" })
            Assert.Contains("a pipe or a device", await Problem(At(location)).WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_can_not_name_another_repository_as_its_own()
    {
        Repository("secret");
        Write("demo/a.js", "a");
        foreach (var make in new Action[] { () => Write("demo/.git", $"gitdir: {At("secret/.git")}\n"), () => Directory.CreateSymbolicLink(At("demo/.git"), At("secret/.git")) })
        {
            File.Delete(At("demo/.git"));
            make();
            var snapshot = await Take("demo");
            Assert.Equal((TargetKind.DirectorySnapshot, ""), (snapshot.Target.Kind, snapshot.Target.Branch));
            Assert.Contains("no regard to git", Assert.Single(snapshot.Notes), StringComparison.Ordinal);
            Assert.Contains("no git repository", await Problem(At("demo"), "HEAD"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_format_of_git_that_can_not_be_read_leaves_a_folder()
    {
        Directory.CreateDirectory(At("new"));
        Git("new", "init", "-q", "--object-format=sha256");
        Write("new/a.js", "a");
        Commit("new", "first");
        var snapshot = await Take("new");
        Assert.Equal(["a.js"], Paths(snapshot));
        Assert.Contains("sha256 format", Assert.Single(snapshot.Notes), StringComparison.Ordinal);
        Assert.Contains("no git repository", await Problem(At("new"), "HEAD"), StringComparison.Ordinal);
        Assert.Contains("sha256 format", await Problem(At("new/.git")), StringComparison.Ordinal);
    }
}
