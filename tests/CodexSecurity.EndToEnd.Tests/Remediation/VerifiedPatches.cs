using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.EndToEnd.Tests.Validation;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Ports.Workspaces;
using CodexSecurity.Pipeline.Remediation;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Evidence;
using static CodexSecurity.EndToEnd.Tests.Validation.Lab;

namespace CodexSecurity.EndToEnd.Tests.Remediation;

/// <summary>Confirmed findings are remedied, every gate on the real sandbox; bad patches are refused.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(Validation.MeasuredRuns.Name)]
public sealed class VerifiedPatches(ITestOutputHelper output)
{
    private static readonly BubblewrapSandbox s_sandbox = new();
    private static readonly RecentTrees s_trees = new(new ParserPool());
    private readonly Lab _lab = new(output);
    private byte[] _stored = [];

    private const string Command = "const cp = require('child_process');\nmodule.exports = function (file, cb) {\n  cp.exec('ls \"' + file + '\"', (e, out) => cb(null, 'done'));\n};\n";

    private static Candidate At(Candidate candidate, string text, string sink)
    {
        int start = text.IndexOf(sink, StringComparison.Ordinal);
        var place = new CodeLocation("index.js", 1 + text[..start].Count(c => c == '\n'), 1, 1, 1, start, start + sink.Length);
        return candidate with { Sink = place, Path = [new FlowStep(place, "")] };
    }

    private static Candidate CommandCandidate => At(
        Candidate("command-injection", Export("index.js", [], Shape("file", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")), Command, "cp.exec('ls \"' + file + '\"', (e, out) => cb(null, 'done'))");

    private async Task<(RemediationInput Input, ProjectUnderTest Project)> Confirm(Candidate candidate, RuleInfo rule, params (string Path, string Text)[] files)
    {
        var project = Project(files);
        var outcome = await _lab.RunAsync(project, candidate, rule, files);
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
        SnapshotFile[] snapshot = [.. files.Select(f => new SnapshotFile(f.Path, Encoding.UTF8.GetBytes(f.Text)))];
        return (new RemediationInput(candidate, rule, [], outcome.Summary, _lab.Bundle, "base", snapshot, ProjectUnderTest.Folder, new DependencySet.NotNeeded(), RemediationBudget.Default), project);
    }

    private RemediationTools Tools() => new(ValidationSetup.Patched(s_sandbox, new RandomNonceSource()), s_sandbox, new Folders(), s_trees, (content, _) =>
    {
        _stored = content.ToArray();
        return Task.FromResult(new ArtifactRef(Convert.ToHexStringLower(SHA256.HashData(content.Span)), content.Length, "application/zip"));
    });

    private async Task<Patch> Remedy(RemediationInput input)
    {
        var outcome = await new RemediationStage(Tools()).RunAsync(input, TestContext.Current.CancellationToken);
        output.WriteLine($"{outcome.Patch.Verdict} after {outcome.Runs} runs: {outcome.Patch.Reason}\n{outcome.Patch.Diff}\n{outcome.Patch.RegressionTest?.Content}");
        foreach (var gate in outcome.Patch.Gates) output.WriteLine($"  {gate.Name}: {gate.Outcome}, {gate.Detail}");
        return outcome.Patch;
    }

    [Fact]
    public async Task A_command_injection_gets_a_verified_patch_with_its_evidence_and_test()
    {
        var (input, project) = await Confirm(CommandCandidate, Rule("command-injection", 78), ("index.js", Command), ("package.json", """{"name":"a","main":"index.js","scripts":{"test":"node test.js"}}"""),
            ("test.js", "require('./')('.', (e, r) => { if (r !== 'done') process.exit(1); console.log('1 passing'); });\n"));
        var patch = await Remedy(input);
        Assert.Equal(PatchVerdict.Verified, patch.Verdict);
        Assert.Contains("execFile", patch.Diff, StringComparison.Ordinal);
        Assert.Equal(["applies", "parses", "exploit-stopped", "control-unchanged", "variants-stopped", "project-tests"], patch.Gates.Select(g => g.Name));
        Assert.All(patch.Gates, g => Assert.Equal(GateOutcome.Passed, g.Outcome));
        Assert.NotNull(patch.RegressionTest);
        // The bundle is still whole and replays, and it holds the patch.
        var whole = Assert.IsType<EvidenceReading.Whole>(EvidenceReader.Read(_stored));
        Assert.Contains("exploit-stopped", whole.Verification, StringComparison.Ordinal);
        using var zip = new ZipArchive(new MemoryStream(_stored));
        using var diff = new StreamReader(zip.GetEntry("patch.diff")!.Open());
        Assert.Equal(patch.Diff, await diff.ReadToEndAsync(TestContext.Current.CancellationToken));
        Assert.Equal(ValidationVerdict.Confirmed, (await ReplayAsync(_stored, project)).Verdict);
    }

    [Fact]
    public async Task A_polluting_merge_gets_a_verified_patch()
    {
        const string merge = "module.exports = function merge(a, b) {\n  for (const k in b) {\n    if (typeof b[k] === 'object' && typeof a[k] === 'object') merge(a[k], b[k]);\n    else a[k] = b[k];\n  }\n  return a;\n};\n";
        var candidate = At(Candidate("prototype-pollution", Export("index.js", [], Shape("a", "object"), Shape("b", "object")), "", Input("arg1", "{key}")), merge, "a[k] = b[k]");
        var patch = await Remedy((await Confirm(candidate, Rule("prototype-pollution", 1321), ("index.js", merge))).Input);
        Assert.Equal(PatchVerdict.Verified, patch.Verdict);
        Assert.Equal(GateOutcome.NotRun, patch.Gates.Single(g => g.Name == "project-tests").Outcome);
        Assert.NotNull(patch.RegressionTest);
    }

    // Its repeated measures of CPU time differ too much from run to run on a shared machine: by hand until the oracle is steadier.
    [Fact]
    public async Task A_slow_regular_expression_gets_a_verified_patch()
    {
        const string clean = "exports.clean = function (text) {\n  return text.replace(/\\s+$/, '');\n};\n";
        var candidate = At(Candidate("redos", Export("index.js", [Property("clean")], Shape("text", "string")), "String.prototype.replace", Input("arg0")), clean, "text.replace(/\\s+$/, '')")
            with { Properties = new Dictionary<string, string> { [CandidateProperties.RegexPattern] = "\\s+$", [CandidateProperties.RegexDegree] = "2" } };
        var patch = await Remedy((await Confirm(candidate, Rule("redos", 1333), ("index.js", clean))).Input);
        Assert.Equal(PatchVerdict.Verified, patch.Verdict);
        Assert.Contains("trimEnd()", patch.Diff, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_confirmed_proof_there_is_no_patch_but_for_safe_settings()
    {
        var unproved = ValidationSummary.NotAttempted("switched off");
        SnapshotFile[] files = [new("index.js", Encoding.UTF8.GetBytes(Command))];
        var input = new RemediationInput(CommandCandidate, Rule("command-injection", 78), [], unproved, null, "base", files, ProjectUnderTest.Folder, new DependencySet.NotNeeded(), RemediationBudget.Default);
        var none = await Remedy(input);
        Assert.Equal((PatchVerdict.None, ""), (none.Verdict, none.Diff));
        const string cookie = "exports.go = (req, res) => {\n  res.cookie('id', req.id);\n};\n";
        var candidate = At(Candidate("cookies", null, ""), cookie, "res.cookie('id', req.id)");
        var offered = await Remedy(input with { Candidate = candidate, Rule = Rule("cookies", 614), Files = [new("index.js", Encoding.UTF8.GetBytes(cookie))] });
        Assert.Equal(PatchVerdict.Unverified, offered.Verdict);
        Assert.Contains(offered.Gates, g => g is { Name: "exploit-stopped", Outcome: GateOutcome.NotRun });
    }

    // What the gates say of a patch that a person wrote: the state is put together here, the runs are real.
    private async Task<(ProofObservation Seen, VariantObservation Variants, ProofBaseline Base)> Judge(string patched)
    {
        var (input, project) = await Confirm(CommandCandidate, Rule("command-injection", 78), ("index.js", Command));
        var proofs = ValidationSetup.Patched(s_sandbox, new RandomNonceSource());
        var ct = TestContext.Current.CancellationToken;
        var before = await proofs.BaselineAsync(input.Evidence!.Value, new ProofProject(project.Tree, project.Dependencies), ct);
        Assert.True(before.Ran, before.Reason);
        var after = Project(("index.js", patched));
        var state = new ProofProject(after.Tree, after.Dependencies);
        return (await proofs.ReplayAsync(before, state, ct), await proofs.VariantsAsync(before, state, ct), before);
    }

    [Fact]
    public async Task A_patch_that_changes_nothing_is_seen_to_leave_the_exploit()
    {
        var (seen, variants, _) = await Judge("// reviewed\n" + Command);
        Assert.True(seen is { Ran: true, AttackFired: true });
        Assert.NotEqual("", variants.Fired);
    }

    [Fact]
    public async Task A_patch_of_the_symptom_is_seen_to_fall_to_a_mutated_attack()
    {
        var (seen, variants, _) = await Judge(Command.Replace("  cp.exec", "  file = String(file).replace(/;/g, '');\n  cp.exec", StringComparison.Ordinal));
        Assert.True(seen.Ran);
        Assert.NotEqual("", variants.Fired);
    }

    [Fact]
    public async Task A_patch_that_breaks_the_function_is_seen_by_the_control()
    {
        var (seen, _, before) = await Judge("module.exports = function (file, cb) {\n  cb(new Error('not supported any more'));\n};\n");
        Assert.True(seen is { Ran: true, AttackFired: false });
        Assert.NotEqual(before.Observables[0], seen.ControlObservable);
    }

    [Fact]
    public async Task A_bundle_that_was_changed_runs_nothing()
    {
        var (input, project) = await Confirm(CommandCandidate, Rule("command-injection", 78), ("index.js", Command));
        byte[] changed = input.Evidence!.Value.ToArray();
        changed[changed.Length / 2] ^= 1;
        var baseline = await ValidationSetup.Patched(s_sandbox, new RandomNonceSource()).BaselineAsync(changed, new ProofProject(project.Tree, project.Dependencies), TestContext.Current.CancellationToken);
        Assert.Equal((false, 0), (baseline.Ran, baseline.Runs));
    }

    /// <summary>States in folders of their own.</summary>
    private sealed class Folders : IWorkspaces
    {
        public Task<SandboxTree> ShowAsync(string key, IReadOnlyList<SnapshotFile> files, string target, CancellationToken ct) =>
            Task.FromResult(Project([.. files.Select(f => (f.Path, Encoding.UTF8.GetString(f.Content.Span)))]).Tree);
    }
}
