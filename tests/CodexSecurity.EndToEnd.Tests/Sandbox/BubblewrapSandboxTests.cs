using CodexSecurity.Adapters.Sandboxes.Bubblewrap;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

public sealed class BubblewrapSandboxTests(ITestOutputHelper output) : SandboxContract(s_sandbox, "/usr/bin/bwrap", output)
{
    private static readonly BubblewrapSandbox s_sandbox = new();
}
