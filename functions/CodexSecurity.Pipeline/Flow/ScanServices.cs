using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Ports.GitHub;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Sources;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ports.Workspaces;

namespace CodexSecurity.Pipeline.Flow;

/// <summary>The outside world of a scan: one port each.</summary>
/// <param name="Source">Where states of repositories come from.</param>
/// <param name="Artifacts">Bulk.</param>
/// <param name="Scans">Records.</param>
/// <param name="Sandbox">Where untrusted code runs.</param>
/// <param name="Dependencies">Set-up of a project's dependencies.</param>
/// <param name="Workspaces">Folders that the sandbox can show.</param>
/// <param name="Nonces">Unguessable markers.</param>
public sealed record ScanServices(
    ISnapshotSource Source, IArtifactStore Artifacts, IScanStore Scans, ISandbox Sandbox, IDependencySetup Dependencies, IWorkspaces Workspaces, INonceSource Nonces)
{
    /// <summary>Where fixes are handed in.</summary>
    public IFixPullRequests PullRequests { get; init; } = new NoPullRequests();
}
