using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;

/// <summary>A job packed into one compressed archive: <c>job.json</c>, <c>stdin</c>, <c>work/…</c>, <c>tree-N/…</c>, <c>canary-N</c>.</summary>
internal sealed class JobArchive : IDisposable
{
    private const int MostEntries = 200_000;
    private readonly FileStream _content;

    private JobArchive(FileStream content, string run, byte[] key, string digest) => (_content, Run, Key, Digest) = (content, run, key, digest);

    public string Run { get; }

    public byte[] Key { get; }

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    public string Digest { get; }

    public long Length => _content.Length;

    public void Dispose() => _content.Dispose();

    /// <summary>The content from its beginning.</summary>
    public Stream Open()
    {
        _content.Position = 0;
        return _content;
    }

    /// <summary>The content in memory; for small ones.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[_content.Length];
        _content.Position = 0;
        _content.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Packs a job. Of trees only regular files go in; links are left out, as nothing outside the tree may come in by them.</summary>
    /// <exception cref="IOException">A tree can't be read, or the job is larger than <paramref name="most"/> bytes before packing.</exception>
    public static JobArchive Pack(SandboxSpec spec, string run, JobDelivery? delivery, TimeSpan hold, long most)
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        var content = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 65536, FileOptions.DeleteOnClose);
        try
        {
            using (var zip = new GZipStream(content, CompressionLevel.Fastest, leaveOpen: true))
            using (var tar = new TarWriter(zip, TarEntryFormat.Pax, leaveOpen: true))
            {
                Write(new Entries(tar, most), spec, run, delivery, key, hold);
            }

            content.Position = 0;
            return new JobArchive(content, run, key, Convert.ToHexStringLower(SHA256.HashData(content)));
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private static void Write(Entries entries, SandboxSpec spec, string run, JobDelivery? delivery, byte[] key, TimeSpan hold)
    {
        var description = new JobDescription(
            run, Convert.ToBase64String(key), spec.Command, spec.WorkingDirectory, spec.Environment, spec.Outputs,
            spec.Trace == SandboxTrace.Exec || !spec.CommandCanaries.IsEmpty, [.. spec.Trees.Select(t => new JobTree(t.Target, t.Writable))], spec.CommandCanaries,
            [.. spec.NetworkCanaries.Select(c => new JobListener(c.Port, c.Body))], [.. spec.FileCanaries.Select(c => c.Path)], JobLimits.From(spec.Limits), delivery, (int)hold.TotalSeconds);
        entries.Add("job.json", JsonSerializer.SerializeToUtf8Bytes(description, TransportJson.Default.JobDescription), 0x180);
        entries.Add("stdin", spec.Stdin, 0x180);
        for (int i = 0; i < spec.FileCanaries.Length; i++)
        {
            entries.Add(Number("canary", i), spec.FileCanaries[i].Content, 0x124);
        }

        foreach (var file in spec.Files)
        {
            entries.Add("work/" + file.Path, file.Content, file.Mode & 0x1FF);
        }

        for (int i = 0; i < spec.Trees.Length; i++)
        {
            string root = Path.GetFullPath(spec.Trees[i].HostPath);
            foreach (string path in Directory.EnumerateFiles(root, "*", s_noLinks).Order(StringComparer.Ordinal))
            {
                using var file = File.OpenRead(path);
                bool runs = !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0;
                entries.Add($"{Number("tree", i)}/{Path.GetRelativePath(root, path).Replace('\\', '/')}", file, file.Length, runs ? 0x1ED : 0x1A4);
            }
        }
    }

    public static string Number(string name, int i) => string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");

    private static readonly EnumerationOptions s_noLinks = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Device };

    private sealed class Entries(TarWriter tar, long most)
    {
        private long _bytes;
        private int _count;

        public void Add(string name, ReadOnlyMemory<byte> content, int mode)
        {
            using var stream = new MemoryStream(content.ToArray());
            Add(name, stream, content.Length, mode);
        }

        public void Add(string name, Stream content, long length, int mode)
        {
            _bytes += length;
            if (_bytes > most || ++_count > MostEntries)
            {
                throw new IOException($"the job holds more than {most >> 20} MiB or {MostEntries} files");
            }

            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, Mode = (UnixFileMode)mode, ModificationTime = DateTimeOffset.UnixEpoch });
        }
    }
}
