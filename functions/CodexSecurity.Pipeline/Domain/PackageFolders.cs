using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>A project may hold several packages (workspaces, a server beside a client): each file belongs to the nearest.</summary>
public static class PackageFolders
{
    /// <summary>Whether a file is a source that node can't load: what runs is what it was built to.</summary>
    public static bool IsBuilt(string path) => Path.GetExtension(path) is ".ts" or ".tsx" or ".mts" or ".cts" or ".coffee";

    /// <summary>Name of a package's manifest.</summary>
    public const string Manifest = "package.json";

    /// <summary>The nearest folder around a file that has a manifest; "" for the top, also where there is no manifest at all.</summary>
    /// <param name="path">The file, relative to the project.</param>
    /// <param name="exists">Whether the project has a file.</param>
    public static string Of(string path, Func<string, bool> exists)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(exists);
        for (var folder = path; folder.Length > 0;)
        {
            folder = ModuleResolver.FolderOf(folder);
            if (exists(In(folder, Manifest))) return folder;
        }
        return "";
    }

    /// <summary>The file through which a candidate is reached: that of its entry point, where none is known that of its sink.</summary>
    public static string ModuleOf(Candidate candidate)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        return candidate.EntryPoint is { } entry ? entry.ModulePath : candidate.Sink.Path;
    }

    /// <summary>Path of a file in a folder, both relative to the project.</summary>
    public static string In(string folder, string file) => folder.Length == 0 ? file : $"{folder}/{file}";
}
