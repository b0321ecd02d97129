namespace CodexSecurity.Pipeline.Domain;

/// <summary>What a file of a snapshot is for.</summary>
public enum FileRole
{
    /// <summary>Code that ships: in scope.</summary>
    Source,

    /// <summary>Tests; they show how the code is called.</summary>
    Test,

    /// <summary>Examples, build scripts, documentation's own code: read where the program needs it, not in scope.</summary>
    Auxiliary,

    /// <summary>Package manifests, lock files and compiler settings.</summary>
    Manifest,

    /// <summary>Text for people; it shows how the code is called.</summary>
    Documentation,

    /// <summary>Made of another file that is here, and loaded by the code: read with what loads it; what is wrong in it is reported in its source.</summary>
    Made,

    /// <summary>Code that is left out on purpose.</summary>
    LeftOut,

    /// <summary>Code in scope that nothing here can analyse: a scan with one is incomplete.</summary>
    NotSupported,

    /// <summary>No code.</summary>
    Data,
}

/// <summary>A file with its role.</summary>
/// <param name="Path">The file.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Note">Why it is left out or not supported, or what the reader should know; "" for nothing.</param>
public sealed record SelectedFile(string Path, FileRole Role, string Note);

/// <summary>The role of every file of a snapshot, ordered by path.</summary>
/// <param name="Files">Every file once.</param>
public sealed record SourceSelection(IReadOnlyList<SelectedFile> Files)
{
    /// <summary>Paths of a role.</summary>
    public IEnumerable<string> Of(FileRole role) => Files.Where(f => f.Role == role).Select(f => f.Path);

    /// <summary>Files of a role.</summary>
    public int Count(FileRole role) => Files.Count(f => f.Role == role);
}
