using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Adapters.Git;

/// <summary>Where a repository is, told from the text a person gave.</summary>
/// <param name="Text">A folder, or a clone URL without credentials.</param>
/// <param name="IsUrl">Whether it is a URL: only what is committed counts.</param>
/// <param name="Display">For messages; never with credentials.</param>
internal sealed record Location(string Text, bool IsUrl, string Display)
{
    /// <summary>Where it is on this machine; null for what has to be cloned.</summary>
    public string? LocalPath => !IsUrl ? Text : Uri.TryCreate(Text, UriKind.Absolute, out var url) && url.IsFile ? Path.TrimEndingDirectorySeparator(Path.GetFullPath(url.LocalPath)) : null;
}

/// <summary>Reads locations. Credentials in them are refused, and cut out of every text that quotes them.</summary>
internal static partial class Locations
{
    /// <summary>The location, or a sentence that says why it is none.</summary>
    public static (Location? Location, string Problem) Read(string text)
    {
        text = text.Trim();
        if (text.Length == 0) return (null, "No location was given.");
        var shown = Display(text);
        if (text.Any(char.IsControl)) return (null, $"'{shown}' is no location: it holds control characters.");
        if (Path.Exists(text)) return (new Location(Path.TrimEndingDirectorySeparator(Path.GetFullPath(text)), false, shown), "");
        if (Scheme().Match(text) is { Success: true } scheme)
        {
            var problem = UrlProblem(text, scheme.Groups[1].Value.ToLowerInvariant(), shown);
            return problem.Length > 0 ? (null, problem) : (new Location(text, true, shown), "");
        }
        // As it is written: its path is relative to the user's folder, which an ssh:// URL can't say.
        if (ShortSsh().IsMatch(text)) return (new Location(text, true, shown), "");
        return (null, text.Contains("::", StringComparison.Ordinal) ? $"'{shown}' names a transport that is not supported." : $"'{shown}' does not exist.");
    }

    /// <summary>A text with what may be a user name, a password or a token of a URL cut out.</summary>
    public static string Display(string text)
    {
        // Only of a well-formed URL is it known where its secrets end; of anything else everything up to the last "@" goes.
        var cut = Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0 ? UserInfo().Replace(text, "$1***@", 1) : UserAndPassword().Replace(Secrets().Replace(text, "$1***@"), "***@");
        return Scheme().IsMatch(cut) ? Query().Replace(cut, "$1***") : cut;
    }

    /// <summary>Host and path of a remote URL, or "file:" and a path: the same for every way to reach the same repository; "" where there is none.</summary>
    public static string Canonical(string? remote)
    {
        if (string.IsNullOrWhiteSpace(remote)) return "";
        remote = Query().Replace(remote.Trim(), "");
        if (ShortSsh().Match(remote) is { Success: true } ssh) return Trim($"{ssh.Groups[2].Value.ToLowerInvariant()}/{ssh.Groups[3].Value}");
        if (Uri.TryCreate(remote, UriKind.Absolute, out var url) && !url.IsFile)
        {
            return Trim($"{url.IdnHost.ToLowerInvariant()}{(url.IsDefaultPort || url.Port < 0 || (url.Scheme == "ssh" && url.Port == 22) ? "" : ":" + url.Port)}{url.AbsolutePath}");
        }
        return Trim("file:" + UserInfo().Replace(url is { IsFile: true } ? url.LocalPath : remote, "$1"));
    }

    /// <summary>Name for people of a canonical remote: owner and repository, or the last folder of a path on disk (paths of a host stay on it).</summary>
    public static string Name(string canonical)
    {
        var parts = canonical.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return canonical.StartsWith("file:", StringComparison.Ordinal) || parts.Length < 3 ? parts[^1] : string.Join('/', parts[1..]);
    }

    /// <summary>The identity of a repository: see <see cref="ScanTarget.RepositoryId"/>.</summary>
    public static string Identity(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));

    private static string UrlProblem(string text, string scheme, string shown)
    {
        if (scheme is not ("https" or "http" or "ssh" or "file")) return $"'{shown}': repositories are cloned over https, http, ssh or file, not {scheme}.";
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)) return $"'{shown}' is no valid URL.";
        if (scheme == "file") return url.Host.Length > 0 && url.Host != "localhost" ? $"'{shown}': a file URL names a folder of this machine." : "";
        if (url.Host.Length == 0 || url.Host.StartsWith('-')) return $"'{shown}' names no host.";
        if (url.UserInfo.Contains(':', StringComparison.Ordinal) || (url.UserInfo.Length > 0 && scheme != "ssh"))
            return $"'{shown}' holds credentials. They would end up in reports and process lists: give the URL without them, or clone the repository yourself and scan the folder.";
        if (url.UserInfo.StartsWith('-')) return $"'{shown}' names no user.";
        return url.Query.Length + url.Fragment.Length > 0 ? $"'{shown}': a clone URL has no query and no fragment." : "";
    }

    private static string Trim(string text)
    {
        text = text.TrimEnd('/');
        return text.EndsWith(".git", StringComparison.OrdinalIgnoreCase) ? text[..^4].TrimEnd('/') : text;
    }

    [GeneratedRegex(@"^([A-Za-z][A-Za-z0-9+.-]*)://", RegexOptions.CultureInvariant)] private static partial Regex Scheme();

    [GeneratedRegex(@"^([A-Za-z0-9_][\w.-]*)@([A-Za-z0-9][\w.-]*):(?![/\\]{2}|-)/?(.+)$", RegexOptions.CultureInvariant)] private static partial Regex ShortSsh();

    [GeneratedRegex(@"(:/{1,3})[^/\s]*@", RegexOptions.CultureInvariant)] private static partial Regex UserInfo();

    [GeneratedRegex(@"(:/{1,3}).*@", RegexOptions.CultureInvariant | RegexOptions.Singleline)] private static partial Regex Secrets();

    [GeneratedRegex(@"^[^/\s:@]+:[^/].*@", RegexOptions.CultureInvariant | RegexOptions.Singleline)] private static partial Regex UserAndPassword();

    [GeneratedRegex(@"([?#]).*$", RegexOptions.CultureInvariant | RegexOptions.Singleline)] private static partial Regex Query();
}
