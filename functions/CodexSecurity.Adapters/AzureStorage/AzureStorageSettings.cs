namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>Where the stores are: endpoints, reached with the identity of the host; or a connection string, for development.</summary>
/// <param name="Connection">Connection string; "" where the endpoints are given.</param>
/// <param name="Blobs">Blob endpoint, or null.</param>
/// <param name="Tables">Table endpoint, or null.</param>
/// <param name="ClientId">Client id of a user-assigned identity; "" for the host's own.</param>
/// <param name="Prefix">What names of tables and containers start with: 3 to 20 lower-case letters and digits, a letter first.</param>
public sealed partial record AzureStorageSettings(string Connection, Uri? Blobs, Uri? Tables, string ClientId, string Prefix = AzureStorageSettings.UsualPrefix)
{
    /// <summary>Prefix where none is given.</summary>
    public const string UsualPrefix = "codexsecurity";

    /// <summary>Names of the settings.</summary>
    public const string ConnectionName = "CODEX_SECURITY_STORAGE_CONNECTION", BlobsName = "CODEX_SECURITY_STORAGE_BLOB_ENDPOINT", TablesName = "CODEX_SECURITY_STORAGE_TABLE_ENDPOINT", PrefixName = "CODEX_SECURITY_STORAGE_PREFIX";

    /// <summary>The settings as given; null where none is.</summary>
    /// <param name="read">Reads a setting; null where absent.</param>
    /// <exception cref="ArgumentException">One of the endpoints is missing or is no https address, or the prefix is none.</exception>
    public static AzureStorageSettings? Of(Func<string, string?> read)
    {
        var prefix = read(PrefixName) is { Length: > 0 } given ? PrefixForm().IsMatch(given) ? given : throw new ArgumentException($"{PrefixName} is 3 to 20 lower-case letters and digits, a letter first") : UsualPrefix;
        if (read(ConnectionName) is { Length: > 0 } connection) return new AzureStorageSettings(connection, null, null, "", prefix);
        var (blobs, tables) = (read(BlobsName), read(TablesName));
        if (string.IsNullOrEmpty(blobs) && string.IsNullOrEmpty(tables)) return null;
        return new AzureStorageSettings("", Endpoint(BlobsName, blobs), Endpoint(TablesName, tables), read("AZURE_CLIENT_ID") ?? "", prefix);
    }

    private static Uri Endpoint(string name, string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == "https" ? url : throw new ArgumentException($"{name} is an https address");

    [System.Text.RegularExpressions.GeneratedRegex("^[a-z][a-z0-9]{2,19}$")] private static partial System.Text.RegularExpressions.Regex PrefixForm();
}
