namespace CodexSecurity.Adapters.GitHub;

/// <summary>Which apps of which GitHub this system is.</summary>
/// <param name="Api">Root of the REST API, with "/" at its end.</param>
/// <param name="Site">Origin that repositories are cloned from.</param>
/// <param name="App">The app that reads.</param>
/// <param name="FixApp">The app that may write contents and open pull requests; null for none.</param>
/// <param name="MostOpenFixes">So many fix pull requests may be open in a repository.</param>
public sealed record GitHubSettings(Uri Api, Uri Site, GitHubApp App, GitHubApp? FixApp, int MostOpenFixes)
{
    private const string ApiName = "CODEX_SECURITY_GITHUB_API", AppName = "CODEX_SECURITY_GITHUB_APP_ID", KeyName = "CODEX_SECURITY_GITHUB_KEY",
        FixAppName = "CODEX_SECURITY_GITHUB_FIX_APP_ID", FixKeyName = "CODEX_SECURITY_GITHUB_FIX_KEY", MostName = "CODEX_SECURITY_GITHUB_OPEN_FIXES";

    /// <summary>From settings by name; null where no app is configured.</summary>
    /// <exception cref="ArgumentException">A setting is wrong; the text names it and not its value.</exception>
    public static GitHubSettings? Of(Func<string, string?> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        string Value(string name) => read(name)?.Trim() ?? "";
        if (App(AppName, KeyName) is not { } app) return null;
        var text = Value(ApiName) is { Length: > 0 } given ? given : "https://api.github.com";
        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var api) || api.Scheme != Uri.UriSchemeHttps && !api.IsLoopback || api.UserInfo.Length > 0)
            throw new ArgumentException($"{ApiName} is no https address.");
        var most = Value(MostName) is { Length: > 0 } number ? int.TryParse(number, System.Globalization.NumberStyles.None, null, out var n) && n is >= 1 and <= 100 ? n : throw new ArgumentException($"{MostName} is a number from 1 to 100.") : 10;
        // github.com has its API on a host of its own; a server of one's own has it below its own.
        var site = api.Host == "api.github.com" ? new Uri("https://github.com/") : new Uri(api, "/");
        return new GitHubSettings(api, site, app, App(FixAppName, FixKeyName), most);

        GitHubApp? App(string idName, string keyName)
        {
            if (Value(idName).Length == 0) return null;
            if (!Value(idName).All(char.IsAsciiLetterOrDigit)) throw new ArgumentException($"{idName} is no app id.");
            return Value(keyName) is { Length: > 0 } key ? new GitHubApp(Value(idName), key) : throw new ArgumentException($"{keyName} is missing: a file of a private key, the key itself, or a key of a vault (https).");
        }
    }
}

/// <summary>An app.</summary>
/// <param name="Id">App id or client id.</param>
/// <param name="Key">Path of a PEM file, a PEM text, or the https identifier of a key in a vault.</param>
public sealed record GitHubApp(string Id, string Key)
{
    /// <summary>Without the key.</summary>
    public override string ToString() => Id;
}
