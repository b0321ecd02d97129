using CodexSecurity.Adapters.Sandboxes.Dependencies;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

public sealed class DependencyCacheTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("codex-cache-").FullName;

    public void Dispose() => Directory.Delete(_folder, true);

    private static string Made(DependencyCache cache, int size)
    {
        string made = cache.NewFolder();
        Directory.CreateDirectory(made + "/node_modules/a");
        File.WriteAllBytes(made + "/node_modules/a/f", new byte[size]);
        return made;
    }

    [Fact]
    public void An_entry_is_found_whole_or_not_at_all_and_the_first_of_two_stays()
    {
        var cache = new DependencyCache(_folder);
        Assert.Null(cache.Find("k"));
        string modules = cache.Keep("k", Made(cache, 10), ["x (git)"]);
        Assert.Equal(modules, cache.Find("k")!.Value.Modules);
        Assert.Equal(["x (git)"], cache.Find("k")!.Value.Entry.Missing);
        Assert.Equal(modules, cache.Keep("k", Made(cache, 20), []));
        Assert.Equal(10, new FileInfo(modules + "/a/f").Length);
        File.AppendAllText(modules + "/a/f", "x");
        Assert.Null(cache.Find("k"));
        Assert.Equal(modules, cache.Keep("k", Made(cache, 20), []));
        Assert.Equal(20, new FileInfo(modules + "/a/f").Length);
    }

    [Fact]
    public void The_least_recently_used_go_but_none_in_use()
    {
        var cache = new DependencyCache(_folder, 15);
        foreach (string key in new[] { "used", "old", "new" })
        {
            string made = Made(cache, 10);
            if (key == "used")
            {
                cache.Keep(key, made, []);
                continue;
            }

            // As another process, which has ended, left it.
            cache.Keep("other", made, []);
            Directory.Move(_folder + "/other", $"{_folder}/{key}");
        }

        File.SetLastWriteTimeUtc(_folder + "/used/entry.json", DateTime.UtcNow.AddDays(-3));
        File.SetLastWriteTimeUtc(_folder + "/old/entry.json", DateTime.UtcNow.AddDays(-2));
        cache.Trim();
        Assert.Equal(["new", "used"], Directory.GetDirectories(_folder).Select(Path.GetFileName).Where(name => name![0] != '.').Order());
    }
}
