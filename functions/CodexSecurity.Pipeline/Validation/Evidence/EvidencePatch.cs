using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CodexSecurity.Pipeline.Validation.Evidence;

/// <summary>Adds a patch to a bundle: <c>patch.diff</c>, and its gates as the member "patch" of <c>verification.json</c>. Equal input gives equal bytes.</summary>
public static class EvidencePatch
{
    private static readonly DateTimeOffset s_stamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The new bundle.</summary>
    /// <exception cref="ArgumentException">The bundle can't be read or was changed.</exception>
    public static byte[] Attach(ReadOnlyMemory<byte> bundle, string diff, string verification)
    {
        if (EvidenceReader.Read(bundle) is not EvidenceReading.Whole whole) throw new ArgumentException("The bundle can't be read or was changed.", nameof(bundle));
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        using (var zip = new ZipArchive(new MemoryStream(bundle.ToArray()), ZipArchiveMode.Read))
        {
            foreach (var entry in zip.Entries)
            {
                using var source = entry.Open();
                using var copy = new MemoryStream();
                source.CopyTo(copy);
                files[entry.FullName] = copy.ToArray();
            }
        }

        files.Remove("manifest.json");
        if (diff.Length > 0) files["patch.diff"] = Encoding.UTF8.GetBytes(diff);
        var verdict = JsonNode.Parse(whole.Verification)!.AsObject();
        verdict["patch"] = JsonNode.Parse(verification);
        files["verification.json"] = Encoding.UTF8.GetBytes(verdict.ToJsonString(EvidenceJson.Options));
        var manifest = whole.Manifest with { Files = [.. files.Select(f => new EvidenceFile(f.Key, Convert.ToHexStringLower(SHA256.HashData(f.Value)), f.Value.Length))] };
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, bytes) in files.Prepend(new KeyValuePair<string, byte[]>("manifest.json", JsonSerializer.SerializeToUtf8Bytes(manifest, EvidenceJson.Options))))
            {
                var entry = zip.CreateEntry(path, CompressionLevel.Optimal);
                entry.LastWriteTime = s_stamp;
                entry.ExternalAttributes = 0;
                using var target = entry.Open();
                target.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
