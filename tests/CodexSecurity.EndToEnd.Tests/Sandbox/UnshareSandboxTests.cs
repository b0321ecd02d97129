using CodexSecurity.Adapters.Sandboxes.Unshare;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

public sealed class UnshareSandboxTests(ITestOutputHelper output) : SandboxContract(s_sandbox, "/usr/bin/unshare", output)
{
    private static readonly UnshareSandbox s_sandbox = new();
}
