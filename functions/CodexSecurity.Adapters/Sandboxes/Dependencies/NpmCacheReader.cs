using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// Reads single answers of a registry from npm's own cache (the <c>_cacache</c> folder, index version 5). Only reads; content that
/// does not have the hash under which it is filed counts as absent.
/// </summary>
internal sealed class NpmCacheReader(string folder)
{
    private const long LargestIndex = 4 << 20;

    /// <summary>The newest answer kept for an address, or null.</summary>
    public byte[]? Find(string url)
    {
        string key = "make-fetch-happen:request-cache:" + url;
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        try
        {
            string index = Path.Combine(folder, "_cacache", "index-v5", hash[..2], hash[2..4], hash[4..]);
            if (!File.Exists(index) || new FileInfo(index).Length > LargestIndex)
            {
                return null;
            }

            string? integrity = null;
            foreach (string line in File.ReadLines(index))
            {
                // CHECKSUM TAB JSON; the last line of a key counts.
                int tab = line.IndexOf('\t', StringComparison.Ordinal);
                if (tab > 0 && Entry(line[(tab + 1)..], key) is { } found)
                {
                    integrity = found.Length == 0 ? null : found;
                }
            }

            return integrity is null ? null : Content(integrity);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // not ours to repair
        }
    }

    // The integrity, "" for an entry that was deleted, null for another key or a torn line.
    private static string? Entry(string json, string key)
    {
        try
        {
            using var entry = JsonDocument.Parse(json);
            return entry.RootElement.GetProperty("key").GetString() != key ? null
                : entry.RootElement.TryGetProperty("integrity", out var integrity) ? integrity.GetString() ?? "" : "";
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }

    private byte[]? Content(string integrity)
    {
        const string Prefix = "sha512-";
        string? best = integrity.Split(' ').FirstOrDefault(part => part.StartsWith(Prefix, StringComparison.Ordinal));
        byte[] digest = new byte[64];
        if (best is null || !Convert.TryFromBase64String(best[Prefix.Length..].Split('?')[0], digest, out int length) || length != 64)
        {
            return null;
        }

        string hex = Convert.ToHexStringLower(digest);
        string path = Path.Combine(folder, "_cacache", "content-v2", "sha512", hex[..2], hex[2..4], hex[4..]);
        if (!File.Exists(path) || new FileInfo(path).Length > RegistryMirror.LargestAnswer)
        {
            return null;
        }

        byte[] content = File.ReadAllBytes(path);
        return SHA512.HashData(content).AsSpan().SequenceEqual(digest) ? content : null;
    }
}
