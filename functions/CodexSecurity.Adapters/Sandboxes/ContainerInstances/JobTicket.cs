using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>A packed job with the way by which it gets into the group.</summary>
/// <param name="Run">Id of the run: 32 hexadecimal digits, made for it.</param>
/// <param name="Limits">Limits of the run.</param>
/// <param name="Digest">SHA-256 of the packed job in lower-case hexadecimal.</param>
/// <param name="Small">The packed job where it goes into the secret volume, else null.</param>
/// <param name="Address">Short-lived, read-only address of the packed job where it is fetched, else null.</param>
/// <param name="Kind">What the group is for.</param>
internal sealed record JobTicket(GroupKind Kind, string Run, SandboxLimits Limits, string Digest, ReadOnlyMemory<byte>? Small, Uri? Address)
{
    public override string ToString() => $"job of run {Run}"; // the address is a secret
}

/// <summary>What the platform needs to pull the image; the container never sees it.</summary>
internal sealed record PullSecret(string Server, string User, string Password)
{
    public override string ToString() => "pull secret of " + Server;
}
