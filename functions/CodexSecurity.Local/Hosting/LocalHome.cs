namespace CodexSecurity.Local.Hosting;

/// <summary>Where this machine keeps scans: records, artifacts and the journals of running scans.</summary>
/// <param name="Folder">Absolute folder.</param>
/// <param name="Origin">Which setting gave it.</param>
public sealed record LocalHome(string Folder, string Origin)
{
    /// <summary>The variable that moves it.</summary>
    public const string Variable = "CODEX_SECURITY_HOME";

    /// <summary>The records.</summary>
    public string Scans => Path.Combine(Folder, "scans.db");

    /// <summary>Bulk.</summary>
    public string Artifacts => Path.Combine(Folder, "artifacts");

    /// <summary>Journal of one run.</summary>
    public string Journal(string scanId) => Path.Combine(Folder, "flows", scanId + ".db");

    /// <summary>The home in force: the variable, else the user's data folder.</summary>
    public static LocalHome Find()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set) return new LocalHome(Path.GetFullPath(set), $"environment variable {Variable}");
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return new LocalHome(Path.Combine(data.Length > 0 ? data : Path.GetTempPath(), "codex-security"), "default");
    }
}
