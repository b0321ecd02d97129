using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Octokit;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>Looks up files in a commit's tree, folder by folder: a whole tree may be longer than one answer.</summary>
internal sealed class RepositoryTree(GitHubCalls calls, GitHubClient client, string owner, string name)
{
    private readonly Dictionary<string, IReadOnlyList<TreeItem>> _folders = new(StringComparer.Ordinal);

    /// <summary>The entry of a path; null for none.</summary>
    public async Task<TreeItem?> FindAsync(string tree, string path, CancellationToken ct)
    {
        var parts = path.Split('/');
        for (var i = 0; ; i++)
        {
            if (!_folders.TryGetValue(tree, out var items))
            {
                var sha = tree;
                items = _folders[tree] = (await calls.RunAsync(() => client.Git.Tree.Get(owner, name, sha), ct).ConfigureAwait(false)).Tree;
            }
            if (items.FirstOrDefault(item => item.Path == parts[i]) is not { } entry) return null;
            if (i == parts.Length - 1) return entry;
            if (entry.Type.Value != TreeType.Tree) return null;
            tree = entry.Sha;
        }
    }

    /// <summary>Whether the files of a proposal hold in a tree what they hold after it.</summary>
    public async Task<bool> HoldsAsync(string tree, IEnumerable<Pipeline.Ports.GitHub.FixFile> files, CancellationToken ct)
    {
        foreach (var file in files)
        {
            if ((await FindAsync(tree, file.Path, ct).ConfigureAwait(false))?.Sha != BlobName(file.After.Span)) return false;
        }
        return true;
    }

    /// <summary>Git's name of a file's content.</summary>
    public static string BlobName(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5350 // git's own naming; nothing is trusted for it
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {content.Length}\0")));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
