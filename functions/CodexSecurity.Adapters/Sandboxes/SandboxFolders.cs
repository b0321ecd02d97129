using System.Runtime.Versioning;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Work folders that a run can bind in place. A folder below a private parent has to be copied first.</summary>
[SupportedOSPlatform("linux")]
public static class SandboxFolders
{
    /// <summary>A new empty folder, removed when the process ends. Its name can't be listed by other users.</summary>
    public static string Create() => TreeStore.NewFolder();
}
