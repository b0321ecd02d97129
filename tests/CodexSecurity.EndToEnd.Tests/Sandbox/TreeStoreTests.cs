using System.Runtime.Versioning;
using CodexSecurity.Adapters.Sandboxes;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

[SupportedOSPlatform("linux")]
public sealed class TreeStoreTests
{
    [Fact]
    public void A_folder_that_others_may_pass_is_used_in_place_and_a_private_one_is_copied_again_when_it_changes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "for Linux");
        string open = SandboxFolders.Create(), closed = Directory.CreateTempSubdirectory("codex-tree-").FullName;
        try
        {
            Directory.CreateDirectory(open + "/a/b");
            Assert.Equal(open + "/a", TreeStore.Readable(open + "/a"));
            File.WriteAllText(closed + "/f", "1");
            File.CreateSymbolicLink(closed + "/link", "/etc/passwd");
            string first = TreeStore.Readable(closed);
            Assert.NotEqual(closed, first);
            Assert.Equal(first, TreeStore.Readable(closed));
            Assert.Equal(["f"], Directory.GetFileSystemEntries(first).Select(Path.GetFileName));
            File.WriteAllText(closed + "/f", "12");
            Assert.Equal("12", File.ReadAllText(TreeStore.Readable(closed) + "/f"));
        }
        finally
        {
            Directory.Delete(open, true);
            Directory.Delete(closed, true);
        }
    }
}
