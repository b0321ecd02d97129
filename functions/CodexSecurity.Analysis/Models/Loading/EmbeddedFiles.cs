namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>The YAML files in this assembly.</summary>
internal static class EmbeddedFiles
{
    /// <summary>Name and text of the files below a folder, by name.</summary>
    public static IReadOnlyList<(string Name, string Text)> Below(string folder)
    {
        var assembly = typeof(EmbeddedFiles).Assembly;
        var files = new List<(string, string)>();
        foreach (var name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            var path = name.Replace('\\', '/');
            if (!path.StartsWith(folder + "/", StringComparison.Ordinal) || !path.EndsWith(".yml", StringComparison.Ordinal)) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            files.Add((path, reader.ReadToEnd()));
        }
        return files;
    }
}
