using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;
using CodexSecurity.Pipeline.Ranking;
using CodexSecurity.Pipeline.Reporting.Redaction;
using CodexSecurity.Pipeline.Validation;

namespace CodexSecurity.Pipeline.Flow.Steps;

/// <summary>Validates one finding and leaves the outcome under its name.</summary>
internal sealed class ValidateStep(ScanServices services, StepCache cache, ProjectSandboxes projects) : IFlowStep<FindingInput, ValidateOutput>
{
    // A program may have hundreds: of the first findings, by rank and of each rule, other ways are tried as well, of the last ones only what comes to mind first.
    private const int Thorough = 8, Usual = 24;

    private readonly ValidationStage _stage =
        ValidationSetup.Stage(services.Sandbox, services.Nonces, (content, ct) => services.Artifacts.PutAsync(content, "application/zip", ct), Redactor.Redact);

    public async Task<ValidateOutput> RunAsync(FindingInput input, CancellationToken ct)
    {
        var snapshot = await cache.SnapshotAsync(input.Snapshot, ct).ConfigureAwait(false);
        var detected = await cache.RecordAsync<DetectedProgram>(input.Detected, ct).ConfigureAwait(false);
        var finding = detected.Findings.First(f => f.Id == input.FindingId);
        var texts = await cache.GetAsync("texts:" + input.Snapshot.Sha256, async () =>
            ProjectTexts.Examples(snapshot, await cache.RecordAsync<SourceSelection>(input.Selection, ct).ConfigureAwait(false))).ConfigureAwait(false);
        var project = await ProjectAsync(snapshot, PackageFolders.ModuleOf(finding.Candidate), input, ct).ConfigureAwait(false);
        var context = new EvidenceContext(finding.Id, snapshot.Target.DisplayName, snapshot.Target.Revision ?? "", snapshot.Target.Digest, ToolInfo.Version, detected.RulesDigest, PackageFolders.ModuleOf(finding.Candidate));
        var ((_, tier), place) = ProofOrder.Tiers(detected.Findings).Select((f, i) => (f, i)).First(x => x.f.Finding.Id == finding.Id);
        var budget = place < Thorough || tier == 0 ? ValidationBudget.Default : place < Usual || tier == 1 ? ValidationBudget.BestWay : ValidationBudget.Brief;
        var outcome = await _stage.RunAsync(new ValidationInput(finding.Candidate, finding.Rule, project, texts, context, budget), ct).ConfigureAwait(false);
        var stored = await services.Artifacts.PutJsonAsync(outcome.Summary, ct).ConfigureAwait(false);
        await services.Artifacts.LinkAsync(FindingNames.Validation(input.ScanId, finding.Id), stored, WriteCondition.Always, ct).ConfigureAwait(false);
        return new ValidateOutput(finding.Id, outcome.Summary.Verdict);
    }

    // Without a sandbox nothing will run: no folder is made and nothing is installed.
    private async Task<ProjectUnderTest> ProjectAsync(Snapshot snapshot, string module, FindingInput input, CancellationToken ct) =>
        (await services.Sandbox.ProbeAsync(ct).ConfigureAwait(false)).Available
            ? await projects.GetAsync(snapshot, module, input.InstallDependencies, ct).ConfigureAwait(false)
            : ProjectUnderTest.At("", new Ports.Sandbox.DependencySet.Failed("no sandbox", ""));
}
