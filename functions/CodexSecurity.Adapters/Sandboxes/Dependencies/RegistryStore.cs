using System.Security.Cryptography;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// Answers of the registry kept on disk by their address. Only the host's side writes it, only with what came from the registry itself,
/// so a project can choose what is fetched but never what an address answers. npm compares each archive with the hash in the package's
/// description, so that a damaged archive is noticed.
/// </summary>
internal sealed class RegistryStore(string folder, long limit = 1L << 30)
{
    public byte[]? Find(string url)
    {
        string path = PathOf(url);
        try
        {
            if (!File.Exists(path))
            {
                return null;
            }

            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return File.ReadAllBytes(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // another process removed it
        }
    }

    /// <summary>Keeps an answer; where the disk does not take it, it is only not kept.</summary>
    public void Keep(string url, byte[] content)
    {
        string path = PathOf(url), part = $"{path}.{Path.GetRandomFileName()}";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(part, content);
            File.Move(part, path, true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            File.Delete(part);
        }
    }

    public void Trim()
    {
        if (Directory.Exists(folder))
        {
            var files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Select(file => (file.FullName, file.Length, file.LastWriteTimeUtc));
            CacheFolders.Trim([.. files], limit, path => { File.Delete(path); return true; });
        }
    }

    private string PathOf(string url)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)));
        return Path.Combine(folder, hash[..2], hash);
    }
}
