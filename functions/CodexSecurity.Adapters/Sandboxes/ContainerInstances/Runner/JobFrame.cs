using System.Collections.Immutable;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>A job that stands in the container's file system, ready to start.</summary>
internal sealed record JobFrame(JobDescription Job, SandboxLimits Limits, byte[] Stdin)
{
    public ImmutableArray<string> Command => Job.Command;

    public string WorkingDirectory => Job.WorkingDirectory;
}
