using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// Lays a job out in the container: <c>/work</c>, <c>/tmp</c> and <c>/out</c> for the run's user, everything else root's. Only names out of the trusted archive are made,
/// before anything untrusted has run.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class JobPlacer(uint uid)
{
    // Anybody may write into it, nobody may rename or remove what is not his: trees below /work stay as they are.
    private const UnixFileMode Shared = (UnixFileMode)0x3FF, Folder = (UnixFileMode)0x1ED;

    /// <summary>Folders that the run may write to.</summary>
    public static readonly string[] Writable = ["/work", "/out", "/tmp", "/dev/shm"];

    // Writable for anybody in most images, and not meant to be here.
    private static readonly string[] s_closed = ["/var/tmp", "/run/lock", "/dev/mqueue"];
    private readonly HashSet<string> _made = new(StringComparer.Ordinal);

    /// <summary>Unpacks an archive.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    /// <exception cref="IOException">The container's file system is not as expected, or full.</exception>
    public JobFrame Place(Stream archive)
    {
        Prepare();
        using var zip = new GZipStream(archive, CompressionMode.Decompress);
        using var tar = new TarReader(zip);
        JobDescription? job = null;
        byte[] stdin = [];
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.Name == "job.json")
            {
                job = JsonSerializer.Deserialize(entry.DataStream!, TransportJson.Default.JobDescription);
                continue;
            }

            if (job is null || !SpecCheck.IsRelative(entry.Name))
            {
                throw new InvalidDataException("the archive is not one of a job");
            }

            string[] parts = entry.Name.Split('/', 2);
            int number = parts[0].IndexOf('-', StringComparison.Ordinal) is > 0 and var dash ? int.Parse(parts[0].AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture) : -1;
            switch (parts)
            {
                case ["stdin"]:
                    stdin = Bytes(entry);
                    break;
                case ["work", var path]:
                    Write("/work/" + path, entry, "/work", uid);
                    break;
                case [var name, var path] when name.StartsWith("tree-", StringComparison.Ordinal):
                    var tree = job.Trees[number];
                    Write($"{tree.Target}/{path}", entry, tree.Writable ? tree.Target : null, uid);
                    break;
                case [var name] when name.StartsWith("canary-", StringComparison.Ordinal):
                    Write(job.FileCanaries[number], entry, null, uid);
                    break;
                default:
                    throw new InvalidDataException("the archive holds an unknown entry");
            }
        }

        if (job is null)
        {
            throw new InvalidDataException("the archive holds no job");
        }

        foreach (var tree in job.Trees)
        {
            Make(tree.Target, tree.Writable ? tree.Target : null, uid); // an empty tree is a folder too
        }

        foreach (string name in job.CommandCanaries)
        {
            Make("/canary/bin", null, uid);
            File.WriteAllText($"/canary/bin/{name}", "#!/bin/sh\nexit 0\n");
            File.SetUnixFileMode($"/canary/bin/{name}", Folder);
        }

        return new JobFrame(job, job.Limits.ToLimits(), stdin);
    }

    private static void Prepare()
    {
        foreach (string folder in (string[])["/work", "/out"])
        {
            if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            {
                throw new IOException($"{folder} is not empty: this is no container of one run");
            }

            Directory.CreateDirectory(folder);
            File.SetUnixFileMode(folder, Shared);
        }

        File.SetUnixFileMode("/tmp", Shared);
        foreach (string folder in s_closed.Where(Directory.Exists))
        {
            File.SetUnixFileMode(folder, Folder);
        }
    }

    // Below "writable" all is the run's own; null where nothing is.
    private void Write(string path, TarEntry entry, string? writable, uint owner)
    {
        Make(Path.GetDirectoryName(path)!, writable, owner);
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write))
        {
            entry.DataStream?.CopyTo(file);
        }

        File.SetUnixFileMode(path, writable is null ? (entry.Mode & (UnixFileMode)0x16D) | (UnixFileMode)0x124 : entry.Mode & (UnixFileMode)0x1FF);
        if (writable is not null)
        {
            RunnerNative.Own(path, owner);
        }
    }

    private void Make(string path, string? writable, uint owner)
    {
        if (path is "/" or "" || !_made.Add(path))
        {
            return;
        }

        Make(Path.GetDirectoryName(path)!, writable, owner);
        if (Directory.Exists(path) && (path != writable || path == "/work"))
        {
            return;
        }

        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Folder);
        if (writable is not null && (path == writable || path.StartsWith(writable + "/", StringComparison.Ordinal)))
        {
            RunnerNative.Own(path, owner);
        }
    }

    private static byte[] Bytes(TarEntry entry)
    {
        using var content = new MemoryStream();
        entry.DataStream?.CopyTo(content);
        return content.ToArray();
    }
}
