using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Ids of flows and scans: equal for what is equal, so that what is asked for twice is one.</summary>
public static class FlowIds
{
    /// <summary>Scan of a commit that a push brought.</summary>
    public static string PushedScan(string repositoryId, string branch, string sha) => Scan("push", repositoryId, branch, sha);

    /// <summary>Scan that somebody asked for at a time.</summary>
    public static string AskedScan(string repositoryId, ScanKind kind, string branch, string? commit, string? @base, DateTimeOffset at) =>
        Scan("ask", repositoryId, kind.ToString(), branch, commit ?? "", @base ?? "", Time(at));

    /// <summary>Scan of a commit of the history.</summary>
    public static string HistoryScan(string repositoryId, string branch, string sha) => Scan("history", repositoryId, branch, sha);

    /// <summary>Run of the flow of a branch that takes up one item.</summary>
    public static string Branch(string repositoryId, string branch, string item) => $"{BranchesOf(repositoryId)}{Short(branch)}:{Short(item)}";

    /// <summary>What the ids of all branch flows of a repository start with.</summary>
    public static string BranchesOf(string repositoryId) => $"branch:{Short(repositoryId)}:";

    /// <summary>Scans of the commits of one push.</summary>
    public static string Commits(string repositoryId, string branch, string before, string after) => "commits:" + Short(repositoryId, branch, before, after);

    /// <summary>Walk back through the history, started at a time.</summary>
    public static string Backfill(string repositoryId, DateTimeOffset at) => BackfillsOf(repositoryId) + Short(Time(at));

    /// <summary>What the ids of all walks through a repository's history start with.</summary>
    public static string BackfillsOf(string repositoryId) => $"backfill:{Short(repositoryId)}:";

    /// <summary>Fix of a finding, asked for at a time.</summary>
    public static string Remediation(string findingId, DateTimeOffset at) => RemediationsOf(findingId) + Short(Time(at));

    /// <summary>What the ids of all fixes of a finding start with.</summary>
    public static string RemediationsOf(string findingId) => $"{Remediations}{Short(findingId)}:";

    /// <summary>What the ids of all fixes start with.</summary>
    public const string Remediations = "fix:";

    /// <summary>Name of the artifact that holds what waits for a branch.</summary>
    public static string Queue(string repositoryId, string branch) => $"{Queues}{Short(repositoryId)}/{Short(branch)}";

    /// <summary>What the names of all such artifacts start with.</summary>
    public const string Queues = "branches/";

    /// <summary>Name of the list of what a scan stored.</summary>
    public static string Kept(string repositoryId, string scanId) => $"{KeptOf(repositoryId)}{scanId}";

    /// <summary>What the names of all such lists of a repository start with.</summary>
    public static string KeptOf(string repositoryId) => $"{KeptLists}{Short(repositoryId)}/";

    /// <summary>What the names of all such lists start with.</summary>
    public const string KeptLists = "kept/";

    /// <summary>What the names start with that tell which scans use an artifact; spread over 256 first segments, as they are many.</summary>
    public static string Uses(string sha256) => $"uses-{sha256[..2]}/{sha256}/";

    private static string Scan(params string[] key) => "scan_" + Hash(key)[..24];

    private static string Short(params string[] key) => Hash(key)[..16];

    private static string Hash(string[] key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', key))));

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}
