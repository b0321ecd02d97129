using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Remediation;
using CodexSecurity.Pipeline.Validation;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Seeks a patch for one finding and leaves the outcome under its name.</summary>
internal sealed class RemediateStep(ScanServices services, StepCache cache, ProjectSandboxes projects) : IFlowStep<FindingInput, RemediateOutput>
{
    private readonly RemediationStage _stage = new(new RemediationTools(
        new SharedProofs(ValidationSetup.Patched(services.Sandbox, services.Nonces)), services.Sandbox, services.Workspaces, new RecentTrees(ParserPool.Shared),
        (content, ct) => services.Artifacts.PutAsync(content, "application/zip", ct)));

    public async Task<RemediateOutput> RunAsync(FindingInput input, CancellationToken ct)
    {
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var detected = await cache.RecordAsync<DetectedProgram>(input.Detected, ct).ConfigureAwait(false);
        var finding = detected.Findings.First(f => f.Id == input.FindingId);
        var validation = await services.Artifacts.FindAsync(FindingNames.Validation(input.ScanId, finding.Id), ct).ConfigureAwait(false) is { } found
            ? await services.Artifacts.GetJsonAsync<ValidationSummary>(found.Value, ct).ConfigureAwait(false) : finding.Validation;
        ReadOnlyMemory<byte>? evidence = null;
        if (validation is { Verdict: ValidationVerdict.Confirmed, Bundle: { } bundle })
            evidence = await services.Artifacts.ReadAsync(bundle.Sha256, ct).ConfigureAwait(false) ?? throw new StoreCorruptException($"the evidence of {finding.Id} is not in the store");
        // Without evidence nothing is run, and nothing has to be there to run it.
        var dependencies = evidence is null ? new DependencySet.NotNeeded() : (await projects.GetAsync(snapshot, PackageFolders.ModuleOf(finding.Candidate), input.InstallDependencies, ct).ConfigureAwait(false)).Dependencies;
        var related = detected.Findings.Where(f => f.Id != finding.Id && f.Rule.Id == finding.Rule.Id && Entry(f) == Entry(finding)).Select(f => f.Candidate).ToList();
        var outcome = await _stage.RunAsync(new RemediationInput(
            finding.Candidate, finding.Rule, related, validation, evidence, snapshot.Target.Digest, snapshot.Files, ProjectUnderTest.Folder, dependencies, RemediationBudget.Default), ct).ConfigureAwait(false);
        var stored = await services.Artifacts.PutJsonAsync(outcome, ct).ConfigureAwait(false);
        await services.Artifacts.LinkAsync(FindingNames.Patch(input.ScanId, finding.Id), stored, WriteCondition.Always, ct).ConfigureAwait(false);
        return new RemediateOutput(finding.Id, outcome.Patch.Verdict);
    }

    private static (string, string)? Entry(Finding f) => f.Candidate.EntryPoint is { } e ? (e.ModulePath, e.FunctionName) : null;
}
