using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Ports.Workspaces;

/// <summary>Puts the files of a snapshot where a sandbox can show them.</summary>
public interface IWorkspaces
{
    /// <summary>The files as a read-only tree at <paramref name="target"/> inside the sandbox. Equal files under an equal key give the same tree; the tree is gone when the process ends.</summary>
    /// <param name="key">Names the state, such as a digest; a patched state has a key of its own.</param>
    /// <param name="files">Its files.</param>
    /// <param name="target">Absolute folder inside the sandbox.</param>
    /// <param name="ct">Cancels.</param>
    Task<SandboxTree> ShowAsync(string key, IReadOnlyList<SnapshotFile> files, string target, CancellationToken ct);
}
