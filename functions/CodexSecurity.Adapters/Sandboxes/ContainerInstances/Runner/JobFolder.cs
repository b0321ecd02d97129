using System.Globalization;
using System.Runtime.Versioning;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>Finds the job: the secret volume's parts, the file that the init container fetched, or the config map of a group that stood ready.</summary>
[SupportedOSPlatform("linux")]
internal static class JobFolder
{
    private const int MostParts = 64;
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Opens it. Waits where there is none yet: a group of a standby pool is started before its run is known.</summary>
    /// <exception cref="InvalidDataException">It is there, but not whole.</exception>
    public static async Task<Stream> OpenAsync(CancellationToken ct)
    {
        while (true)
        {
            if (File.Exists(PlanTranslator.FetchedFolder + "/" + JobFetch.FileName))
            {
                return File.OpenRead(PlanTranslator.FetchedFolder + "/" + JobFetch.FileName);
            }

            if (Number(PlanTranslator.JobFolder, encoded: false) is { } count)
            {
                return Join(PlanTranslator.JobFolder, count, encoded: false);
            }

            foreach (string folder in ConfigFolders())
            {
                if (Number(folder, encoded: true) is { } parts && parts == Directory.GetFiles(folder, "part-*").Length)
                {
                    return Join(folder, parts, encoded: true);
                }
            }

            await Task.Delay(s_poll, ct).ConfigureAwait(false);
        }
    }

    // In a folder of the container's name, or without one.
    private static IEnumerable<string> ConfigFolders() =>
        new[] { PlanTranslator.ConfigFolder, $"{PlanTranslator.ConfigFolder}/{PlanTranslator.Container}" }.Where(Directory.Exists);

    private static int? Number(string folder, bool encoded)
    {
        string path = folder + "/parts";
        if (!File.Exists(path))
        {
            return null;
        }

        return int.TryParse(Encoding.ASCII.GetString(Content(path, encoded)), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= MostParts
            ? count : throw new InvalidDataException("the job's number of parts can't be read");
    }

    private static MemoryStream Join(string folder, int count, bool encoded)
    {
        var all = new MemoryStream();
        for (int i = 0; i < count; i++)
        {
            all.Write(Content(string.Create(CultureInfo.InvariantCulture, $"{folder}/part-{i:D4}"), encoded));
        }

        all.Position = 0;
        return all;
    }

    // A secret volume shows bytes, a config map the text that was given.
    private static byte[] Content(string path, bool encoded) => encoded ? Convert.FromBase64String(File.ReadAllText(path).Trim()) : File.ReadAllBytes(path);
}
