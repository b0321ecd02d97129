using System.Collections.Immutable;
using System.Formats.Tar;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Files in and out as tar. Going out only regular files count, and no path is trusted.</summary>
internal static class TarStreams
{
    private const int MaxEntries = 100_000;

    public static byte[] Pack(ImmutableArray<SandboxFile> files)
    {
        using var stream = new MemoryStream();
        using (var writer = new TarWriter(stream, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var file in files)
            {
                using var content = new MemoryStream(file.Content.ToArray());
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, file.Path)
                {
                    DataStream = content,
                    Mode = (UnixFileMode)(file.Mode & 0x1FF),
                    ModificationTime = DateTimeOffset.UnixEpoch,
                });
            }
        }

        return stream.ToArray();
    }

    /// <summary>Reads until the end or the limit; into memory, or below <paramref name="folder"/> which starts empty.</summary>
    public static Task<(ImmutableArray<SandboxFile> Files, bool Cut)> UnpackAsync(SafeFileHandle pipe, long limit, string? folder, Action tooMuch) =>
        Task.Factory.StartNew(() => Unpack(pipe, limit, folder, tooMuch), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static (ImmutableArray<SandboxFile>, bool) Unpack(SafeFileHandle pipe, long limit, string? folder, Action tooMuch)
    {
        var files = new SortedDictionary<string, SandboxFile>(StringComparer.Ordinal);
        using var source = new CappedStream(pipe, limit);
        bool cut = false;
        try
        {
            using var reader = new TarReader(source, leaveOpen: true);
            while (reader.GetNextEntry() is { } entry)
            {
                if (entry.EntryType is not (TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                    || !SpecCheck.IsRelative(entry.Name) || files.ContainsKey(entry.Name))
                {
                    continue;
                }

                if (files.Count >= MaxEntries || entry.Length > limit)
                {
                    cut = true;
                    break;
                }

                if (folder is null)
                {
                    using var content = new MemoryStream();
                    entry.DataStream?.CopyTo(content);
                    files[entry.Name] = new SandboxFile("/" + entry.Name, content.ToArray(), (int)entry.Mode);
                }
                else
                {
                    Write(folder, entry);
                    files[entry.Name] = new SandboxFile("/" + entry.Name, ReadOnlyMemory<byte>.Empty, (int)entry.Mode);
                }
            }
        }
        catch (Exception error) when (error is IOException or InvalidDataException or FormatException or ArgumentException)
        {
            cut = source.Any; // nothing at all is no output; a broken or endless stream belongs to the untrusted side; what was whole is kept
        }

        if (source.Exceeded || files.Count >= MaxEntries)
        {
            tooMuch();
        }

        source.Drain();
        return ([.. files.Values], cut || source.Exceeded);
    }

    // The folder is ours and holds no link ever, because only regular files are made in it.
    private static void Write(string folder, TarEntry entry)
    {
        string path = Path.Combine(folder, entry.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew);
        entry.DataStream?.CopyTo(file);
    }

    private sealed class CappedStream(SafeFileHandle pipe, long limit) : Stream
    {
        private long _read;
        public bool Exceeded { get; private set; }
        public bool Any => _read > 0;
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => _read; set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            int read = LinuxNative.Read(pipe, buffer);
            _read += read;
            // Headers and padding count as well: many empty entries are bounded too.
            Exceeded |= _read > limit + (1 << 20);
            return Exceeded ? throw new InvalidDataException("the output is larger than its limit") : read;
        }

        // After a cut the writer is about to be killed; reading on keeps it from holding the pipe.
        public void Drain()
        {
            byte[] buffer = new byte[65536];
            while (LinuxNative.Read(pipe, buffer) > 0)
            {
            }
        }

        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
