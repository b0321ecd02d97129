namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// Where things are kept between runs of the program: <c>CODEX_SECURITY_CACHE</c>, else <c>XDG_CACHE_HOME</c> or <c>~/.cache</c>; for
/// root <c>/var/cache</c>, because what the sandbox shows must be readable for the uid of a run, and root's home is not.
/// </summary>
internal static class CacheFolders
{
    public static string Root()
    {
        if (Environment.GetEnvironmentVariable("CODEX_SECURITY_CACHE") is { Length: > 0 } chosen)
        {
            return Path.GetFullPath(chosen);
        }

        string home = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache) ? cache
            : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile) is { Length: > 0 } user ? Path.Combine(user, ".cache")
            : Path.GetTempPath();
        return Path.Combine(Environment.IsPrivilegedProcess && OperatingSystem.IsLinux() ? "/var/cache" : home, "codex-security");
    }

    /// <summary>Removes what was used least recently until at most <paramref name="limit"/> bytes are left.</summary>
    public static void Trim(IEnumerable<(string Path, long Size, DateTime Used)> entries, long limit, Func<string, bool> remove)
    {
        long sum = 0;
        foreach (var (path, size, _) in entries.OrderByDescending(entry => entry.Used))
        {
            if (sum + size <= limit || !remove(path))
            {
                sum += size;
            }
        }
    }
}
