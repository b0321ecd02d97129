using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Evidence;

/// <summary>What reading a bundle gave.</summary>
public abstract record EvidenceReading
{
    private EvidenceReading() { }

    /// <summary>The bundle is whole.</summary>
    public sealed record Whole(EvidenceManifest Manifest, Proof Proof, string Finding, string Verification) : EvidenceReading;

    /// <summary>It is not, and why; nothing of it may run.</summary>
    public sealed record Refused(string Reason) : EvidenceReading;
}

/// <summary>Reads bundles from anywhere. Bounded in size; a bundle that was tampered with is refused.</summary>
public static class EvidenceReader
{
    private const int MaxFiles = 2000;
    private const long MaxBytes = 64L << 20;

    /// <summary>Checks every file against the manifest, and the files that ran against the proof they are made from.</summary>
    public static EvidenceReading Read(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var zip = new ZipArchive(new MemoryStream(content.ToArray()), ZipArchiveMode.Read);
            return Read(zip);
        }
        catch (Exception error) when (error is InvalidDataException or JsonException or IOException or NotSupportedException)
        {
            return new EvidenceReading.Refused("not a readable bundle: " + error.Message);
        }
    }

    private static EvidenceReading Read(ZipArchive zip)
    {
        if (zip.Entries.Count > MaxFiles) return new EvidenceReading.Refused("too many files");
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        long left = MaxBytes;
        foreach (var entry in zip.Entries)
        {
            using var source = entry.Open();
            byte[]? bytes = ReadAtMost(source, left);
            if (bytes is null) return new EvidenceReading.Refused("too large");
            left -= bytes.Length;
            if (!files.TryAdd(entry.FullName, bytes)) return new EvidenceReading.Refused($"{entry.FullName} is there twice");
        }

        if (!files.Remove("manifest.json", out var manifestBytes)) return new EvidenceReading.Refused("manifest.json is missing");
        var manifest = JsonSerializer.Deserialize<EvidenceManifest>(manifestBytes, EvidenceJson.Options);
        if (manifest is not { Format: 1 }) return new EvidenceReading.Refused("unknown format");
        if (Mismatch(manifest, files) is { } wrong) return new EvidenceReading.Refused(wrong);
        foreach (string needed in (string[])["proof.json", "finding.json", "verification.json"])
        {
            if (!files.ContainsKey(needed)) return new EvidenceReading.Refused($"{needed} is missing");
        }

        var proof = JsonSerializer.Deserialize<Proof>(files["proof.json"], EvidenceJson.Options);
        if (proof is null || proof.Attack.Count == 0 || proof.Control.Count == 0) return new EvidenceReading.Refused("the proof is empty");
        return new EvidenceReading.Whole(manifest, proof, Text(files["finding.json"]), Text(files["verification.json"]));
    }

    private static string? Mismatch(EvidenceManifest manifest, SortedDictionary<string, byte[]> files)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in manifest.Files)
        {
            if (!listed.Add(file.Path)) return $"{file.Path} is listed twice";
            if (!files.TryGetValue(file.Path, out var bytes)) return $"{file.Path} is missing";
            if (bytes.Length != file.Size || Convert.ToHexStringLower(SHA256.HashData(bytes)) != file.Sha256) return $"{file.Path} was changed";
        }

        return files.Keys.FirstOrDefault(path => !listed.Contains(path)) is { } extra ? $"{extra} is not in the manifest" : null;
    }

    private static string Text(byte[] bytes) => System.Text.Encoding.UTF8.GetString(bytes);

    private static byte[]? ReadAtMost(Stream source, long limit)
    {
        using var target = new MemoryStream();
        byte[] buffer = new byte[65536];
        int read;
        while ((read = source.Read(buffer)) > 0)
        {
            if (target.Length + read > limit) return null;
            target.Write(buffer, 0, read);
        }

        return target.ToArray();
    }
}
