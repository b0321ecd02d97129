namespace CodexSecurity.Local.Commands;

/// <summary>Writes results where the user wants them.</summary>
internal static class OutputFile
{
    /// <summary>To the file, or to standard output where there is none. A file appears whole or not at all.</summary>
    public static async Task WriteAsync(FileInfo? file, byte[] content, CancellationToken ct)
    {
        if (file is null)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(content, ct).ConfigureAwait(false);
            return;
        }
        if (file.Directory is { Exists: false } folder) throw new CommandProblem($"there is no folder {folder.FullName}");
        var part = file.FullName + ".part";
        try
        {
            await File.WriteAllBytesAsync(part, content, ct).ConfigureAwait(false);
            File.Move(part, file.FullName, overwrite: true);
        }
        catch
        {
            File.Delete(part);
            throw;
        }
    }
}
