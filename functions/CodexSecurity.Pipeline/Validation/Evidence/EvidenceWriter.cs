using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Evidence;

/// <summary>Writes a bundle: equal content gives equal bytes.</summary>
public static class EvidenceWriter
{
    /// <summary>Longest stream kept, in characters; what is cut is said in the text itself.</summary>
    public const int MaxStream = 64 * 1024;

    private static readonly DateTimeOffset s_stamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The zip. <paramref name="redact"/> removes secrets from everything that the project printed or a person wrote.</summary>
    public static byte[] Write(EvidenceBundle bundle, Func<string, string> redact)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["finding.json"] = redact(bundle.Finding),
            ["proof.json"] = Json(bundle.Proof),
            ["verification.json"] = bundle.Verification,
        };
        if (bundle.Patch is { } patch) files["patch.diff"] = patch;
        var first = bundle.Runs.FirstOrDefault(r => r.Role == "attack")?.Run.Nonces ?? new Nonces(Nonces.AttackMark, Nonces.SecretMark);
        AddFiles(files, "poc", bundle.Proof.Attack, first);
        AddFiles(files, "control", bundle.Proof.Control, bundle.Runs.FirstOrDefault(r => r.Role == "control")?.Run.Nonces ?? first);
        AddRuns(files, bundle, redact);
        var manifest = new EvidenceManifest(1, bundle.Context, bundle.Driver, [.. bundle.Runs.Select(r => r.Run.Nonces).Distinct()],
            [.. files.Select(f => new EvidenceFile(f.Key, Hash(f.Value), Encoding.UTF8.GetByteCount(f.Value)))]);
        return Zip(files.Prepend(new KeyValuePair<string, string>("manifest.json", Json(manifest))));
    }

    internal static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, EvidenceJson.Options);

    // The exact files that ran, nonces filled in, so that a person can run them by hand.
    private static void AddFiles(SortedDictionary<string, string> files, string folder, IReadOnlyList<ProofJob> jobs, Nonces nonces)
    {
        foreach (var job in jobs)
        {
            foreach (var file in job.Files) files[$"{folder}/{job.Name}/{nonces.Fill(file.Path)}"] = nonces.Fill(file.Content);
            files[$"{folder}/{job.Name}/command.txt"] = string.Join('\n', job.Command.Select(nonces.Fill)) + "\n";
        }
    }

    private static void AddRuns(SortedDictionary<string, string> files, EvidenceBundle bundle, Func<string, string> redact)
    {
        var jobs = bundle.Proof.Attack.Concat(bundle.Proof.Control).GroupBy(j => j.Name).ToDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);
        var trace = new StringBuilder();
        for (int i = 0; i < bundle.Runs.Count; i++)
        {
            var entry = bundle.Runs[i];
            string name = "runs/" + (i + 1).ToString("00", CultureInfo.InvariantCulture);
            jobs.TryGetValue(entry.Run.Job, out var job);
            files[name + ".json"] = redact(Json(new
            {
                entry.Role,
                entry.Run.Job,
                Command = job?.Command.Select(entry.Run.Nonces.Fill) ?? [],
                job?.Limits,
                Run = entry.Run with { Stdout = "", Stderr = "" },
                Oracle = new { entry.Effect, entry.Detail },
            }));
            files[name + ".stdout"] = redact(Cut(entry.Run.Stdout));
            files[name + ".stderr"] = redact(Cut(entry.Run.Stderr));
            foreach (var command in entry.Run.Commands)
                trace.Append(redact(JsonSerializer.Serialize(new { run = i + 1, kind = "exec", command.Program, command.Arguments, command.Succeeded }, s_line))).Append('\n');
            foreach (var request in entry.Run.Requests)
                trace.Append(redact(JsonSerializer.Serialize(new { run = i + 1, kind = "request", request.Port, request.Text }, s_line))).Append('\n');
        }

        files["trace.jsonl"] = trace.ToString();
    }

    private static readonly JsonSerializerOptions s_line = new(EvidenceJson.Options) { WriteIndented = false };

    private static string Cut(string text) => text.Length <= MaxStream ? text : text[..MaxStream] + $"\n[cut: {text.Length - MaxStream} characters more]\n";

    private static byte[] Zip(IEnumerable<KeyValuePair<string, string>> files)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (path, text) in files)
            {
                var entry = zip.CreateEntry(path, CompressionLevel.Optimal);
                entry.LastWriteTime = s_stamp;
                entry.ExternalAttributes = 0;
                using var target = entry.Open();
                target.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return stream.ToArray();
    }
}
