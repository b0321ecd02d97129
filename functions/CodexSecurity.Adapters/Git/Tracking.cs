using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>What a repository tracks and ignores below a folder, by its index and its ignore files.</summary>
internal sealed record Tracking
{
    private readonly HashSet<string> _files = new(StringComparer.Ordinal), _folders = new(StringComparer.Ordinal), _submodules = new(StringComparer.Ordinal);
    private readonly Repository _repository;
    private readonly string _prefix;

    /// <summary>Reads the index.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="top">Its top folder.</param>
    /// <param name="prefix">The folder within it: "" or a path with "/" at its end.</param>
    public Tracking(Repository repository, string top, string prefix)
    {
        (_repository, _prefix, HasIgnores) = (repository, prefix, IgnoreFiles.AreUsable(repository, top, prefix));
        foreach (var entry in repository.Index)
        {
            if (!entry.Path.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var path = entry.Path[prefix.Length..];
            (entry.Mode == Mode.GitLink ? _submodules : _files).Add(path);
            for (var slash = path.LastIndexOf('/'); slash > 0 && _folders.Add(path[..slash]); slash = path.LastIndexOf('/', slash - 1)) ;
        }
    }

    /// <summary>The folder within the repository: "" or a path with "/" at its end.</summary>
    public string Prefix => _prefix;

    /// <summary>The same, where no ignore file can be read.</summary>
    public Tracking WithoutIgnores() => this with { HasIgnores = false };

    /// <summary>Whether the ignore files can be read.</summary>
    public bool HasIgnores { get; private init; }

    /// <summary>Whether git ignores the folder itself and tracks nothing in it.</summary>
    public bool IsForeign => _prefix.Length > 0 && IsEmpty && HasIgnores && _repository.Ignore.IsPathIgnored(_prefix);

    private bool IsEmpty => _files.Count + _submodules.Count == 0;

    /// <summary>Whether a file is part of the state: tracked, or not ignored.</summary>
    public bool Takes(string path) => _files.Contains(path) || !HasIgnores || !_repository.Ignore.IsPathIgnored(_prefix + path);

    /// <summary>Whether a folder holds a tracked file, so that it is gone into even where it is ignored.</summary>
    public bool HoldsTracked(string path) => _folders.Contains(path);

    /// <summary>Whether git ignores the whole folder.</summary>
    public bool IgnoresFolder(string path) => HasIgnores && _repository.Ignore.IsPathIgnored($"{_prefix}{path}/");

    /// <summary>Whether a submodule stands at a path.</summary>
    public bool IsSubmodule(string path) => _submodules.Contains(path);
}
