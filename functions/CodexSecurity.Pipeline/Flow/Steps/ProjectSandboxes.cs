using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>The project of a snapshot as the sandbox shows it, with the dependencies of the package that a module belongs to; made once a process.</summary>
internal sealed class ProjectSandboxes(ScanServices services, StepCache cache)
{
    public Task<ProjectUnderTest> GetAsync(Snapshot snapshot, string module, bool install, CancellationToken ct)
    {
        var package = PackageFolders.Of(module, path => snapshot.Files.Any(f => f.Path == path));
        return cache.GetAsync($"project:{snapshot.Target.Digest}:{install}:{package}", async () =>
        {
            var tree = await services.Workspaces.ShowAsync(snapshot.Target.Digest, snapshot.Files, ProjectUnderTest.Folder, ct).ConfigureAwait(false);
            DependencySet dependencies = install
                ? await services.Dependencies.PrepareAsync(tree, package, ct).ConfigureAwait(false)
                : new DependencySet.Failed("set-up was switched off", "");
            return new ProjectUnderTest(tree, dependencies);
        });
    }
}
