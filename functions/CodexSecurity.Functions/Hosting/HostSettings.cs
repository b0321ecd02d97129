namespace CodexSecurity.Functions.Hosting;

/// <summary>Settings of the host, by name. One that is absent, empty or an unresolved Key Vault reference has no value: what needs it is then closed, never open.</summary>
/// <param name="read">Reads a setting; null where absent.</param>
public sealed class HostSettings(Func<string, string?> read)
{
    // Where a reference can't be resolved, the platform hands out its text. That text is in the template, so as a token it would be known to everybody.
    private const string Reference = "@Microsoft.KeyVault(";

    /// <summary>Shortest token that counts as one.</summary>
    public const int ShortestToken = 32;

    /// <summary>Settings of the process.</summary>
    public static HostSettings OfProcess { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>Bearer token of the API, at least <see cref="ShortestToken"/> characters; "" for none.</summary>
    public string Token => Value("CODEX_SECURITY_TOKEN") is { Length: >= ShortestToken } token ? token : "";

    /// <summary>
    /// Whether the platform's sign-in (Easy Auth) is trusted: asked for by CODEX_SECURITY_EASY_AUTH, and the platform itself says that it is on. Only then
    /// it removes the principal's headers from what callers send.
    /// </summary>
    public bool EasyAuth => IsTrue("CODEX_SECURITY_EASY_AUTH") && IsTrue("WEBSITE_AUTH_ENABLED");

    /// <summary>How long ended runs keep their history; 1 to 365 days, 30 by default.</summary>
    public TimeSpan History => int.TryParse(Value("CODEX_SECURITY_HISTORY_DAYS"), System.Globalization.NumberStyles.None, null, out var days) && days is >= 1 and <= 365 ? TimeSpan.FromDays(days) : TimeSpan.FromDays(30);

    /// <summary>A setting's value; "" for none.</summary>
    public string Value(string name) => read(name) is { } value && !value.TrimStart().StartsWith(Reference, StringComparison.OrdinalIgnoreCase) ? value.Trim() : "";

    private bool IsTrue(string name) => string.Equals(Value(name), "true", StringComparison.OrdinalIgnoreCase);
}
