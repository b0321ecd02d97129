using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// Installed dependencies kept between runs of the program, by a key of everything that went into them. An entry appears whole (rename
/// of a folder) or not at all; one whose files differ from its list is as absent. Bounded in size, least recently used go first, never
/// one that a living process uses.
/// </summary>
internal sealed class DependencyCache(string folder, long limit = 3L << 30)
{
    /// <summary>What an entry says of itself; <paramref name="Digest"/> is over names, sizes and times of its files.</summary>
    public sealed record Entry(string Digest, long Size, string[] Missing);

    // Shared file locks of the entries in use, held until the process ends.
    private static readonly ConcurrentDictionary<string, FileStream> s_used = new(StringComparer.Ordinal);

    /// <summary>The <c>node_modules</c> folder of an entry that is whole, or null.</summary>
    public (string Modules, Entry Entry)? Find(string key)
    {
        string entry = Path.Combine(folder, key), list = Path.Combine(entry, "entry.json");
        try
        {
            if (!File.Exists(list))
            {
                return null;
            }

            Use(key);
            var kept = JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(list));
            string modules = Path.Combine(entry, "node_modules");
            if (kept is null || Describe(modules).Digest != kept.Digest)
            {
                return null;
            }

            File.SetLastWriteTimeUtc(list, DateTime.UtcNow);
            return (modules, kept);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A new folder on the same file system, for <see cref="Keep"/>.</summary>
    public string NewFolder()
    {
        string path = Path.Combine(folder, ".new-" + Path.GetRandomFileName());
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Makes a folder that holds <c>node_modules</c> the entry of a key.</summary>
    public string Keep(string key, string made, IEnumerable<string> missing)
    {
        var (digest, size) = Describe(Path.Combine(made, "node_modules"));
        File.WriteAllBytes(Path.Combine(made, "entry.json"), JsonSerializer.SerializeToUtf8Bytes(new Entry(digest, size, [.. missing])));
        Use(key);
        string entry = Path.Combine(folder, key);
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                Directory.Move(made, entry);
                break;
            }
            catch (IOException) when (attempt < 3 && Directory.Exists(entry))
            {
                // Either another process was quicker, and its entry is as good; or what is there is damaged and gives way.
                if (Find(key) is { } other)
                {
                    Directory.Delete(made, true);
                    return other.Modules;
                }

                string away = Path.Combine(folder, ".old-" + Path.GetRandomFileName());
                Directory.Move(entry, away);
                Directory.Delete(away, true);
            }
        }

        return Path.Combine(entry, "node_modules");
    }

    /// <summary>Keeps to the limit, and removes what processes that died left half done.</summary>
    public void Trim()
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        var entries = new List<(string, long, DateTime)>();
        foreach (string path in Directory.GetDirectories(folder).Where(path => Path.GetFileName(path) != ".locks"))
        {
            string list = Path.Combine(path, "entry.json");
            if (File.Exists(list))
            {
                entries.Add((path, SizeOf(list), File.GetLastWriteTimeUtc(list)));
            }
            else if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > TimeSpan.FromHours(6))
            {
                Directory.Delete(path, true);
            }
        }

        CacheFolders.Trim(entries, limit, Remove);
    }

    private static long SizeOf(string list)
    {
        try
        {
            return JsonSerializer.Deserialize<Entry>(File.ReadAllBytes(list))?.Size ?? 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    private bool Remove(string entry)
    {
        string held = LockPath(Path.GetFileName(entry));
        try
        {
            using var alone = new FileStream(held, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            string away = Path.Combine(folder, ".old-" + Path.GetRandomFileName());
            Directory.Move(entry, away);
            Directory.Delete(away, true);
            File.Delete(held);
            return true;
        }
        catch (IOException)
        {
            return false; // in use
        }
    }

    private void Use(string key) => s_used.GetOrAdd(Path.Combine(folder, key), _ =>
    {
        Directory.CreateDirectory(Path.Combine(folder, ".locks"));
        return new FileStream(LockPath(key), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);
    });

    private string LockPath(string key) => Path.Combine(folder, ".locks", key);

    private static (string Digest, long Size) Describe(string modules)
    {
        long size = 0;
        var lines = new List<string>();
        foreach (var file in new DirectoryInfo(modules).EnumerateFiles("*", SearchOption.AllDirectories))
        {
            size += file.Length;
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{Path.GetRelativePath(modules, file.FullName)}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}"));
        }

        lines.Sort(StringComparer.Ordinal);
        return (Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines)))), size);
    }
}
