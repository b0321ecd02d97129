using System.Security.Cryptography;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Adapters.Sandboxes.Bubblewrap;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;

namespace CodexSecurity.EndToEnd.Tests.Validation;

/// <summary>Small programs on disk, candidates made by hand, and the real stage on the real sandbox.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class Lab(ITestOutputHelper output)
{
    private static readonly BubblewrapSandbox s_sandbox = new();

    public byte[] Bundle { get; private set; } = [];

    public static CodeLocation Nowhere { get; } = new("index.js", 1, 1, 1, 2, 0, 1);

    public static ValueShape Shape(string name, params string[] types) => ValueShape.Unknown(name) with { Types = types };

    public static EntryPoint Export(string module, IReadOnlyList<AccessSegment> access, params ValueShape[] parameters) =>
        new(EntryPointKind.LibraryExport, Nowhere, access.Count > 0 ? access[^1].Name : "module", module, access, parameters, [], null, null, "", false, []);

    public static AccessSegment Property(string name) => new(AccessKind.Property, name, []);

    public static Candidate Candidate(string rule, EntryPoint? entry, string sink, params TaintedInput[] inputs) =>
        new(rule, Nowhere, "f", sink, sink, 0, "library-input", entry, inputs, [], [], [], Confidence.High, "", new Dictionary<string, string>());

    public static TaintedInput Input(string root, params string[] path) => new(root, path, []);

    public static RuleInfo Rule(string id, int cwe) => new(id, id, [cwe], Severity.High, id, "", "");

    /// <summary>Writes the files and gives the project.</summary>
    public static ProjectUnderTest Project(params (string Path, string Text)[] files)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/bwrap") && File.Exists("/usr/bin/node"), "bubblewrap and node are needed");
        string folder = SandboxFolders.Create();
        foreach (var (path, text) in files)
        {
            string full = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }

        return ProjectUnderTest.At(folder, new DependencySet.NotNeeded());
    }

    /// <summary>The real sandbox.</summary>
    public static ISandbox Sandbox => s_sandbox;

    public static ValidationStage Stage(Action<byte[]> keep, ISandbox? sandbox = null) => ValidationSetup.Stage(sandbox ?? s_sandbox, new RandomNonceSource(), (content, _) =>
    {
        keep(content.ToArray());
        return Task.FromResult(new ArtifactRef(Convert.ToHexStringLower(SHA256.HashData(content.Span)), content.Length, "application/zip"));
    }, text => text);

    public static ValidationInput Of(ProjectUnderTest project, Candidate candidate, RuleInfo rule, params (string Path, string Text)[] texts) =>
        new(candidate, rule, project, [.. texts.Select(t => new SourceFile(t.Path, t.Text))], new EvidenceContext("csf_test", "test", "", "digest", "0", "0"), ValidationBudget.Default);

    public async Task<ValidationOutcome> RunAsync(ProjectUnderTest project, Candidate candidate, RuleInfo rule, params (string Path, string Text)[] texts)
    {
        var outcome = await Stage(bytes => Bundle = bytes).RunAsync(Of(project, candidate, rule, texts), TestContext.Current.CancellationToken);
        output.WriteLine($"{outcome.Summary.Verdict} {outcome.Summary.Level} after {outcome.Runs} runs: {outcome.Summary.Reason}");
        foreach (var attempt in outcome.Summary.Attempts) output.WriteLine($"  {attempt.Strategy}: {attempt.Outcome}, {attempt.Detail}");
        return outcome;
    }

    public static Task<ReplayOutcome> ReplayAsync(byte[] bundle, ProjectUnderTest project) =>
        ValidationSetup.Replay(s_sandbox, new RandomNonceSource()).RunAsync(bundle, project, TestContext.Current.CancellationToken);

    public static Task<ReplayResult> GateAsync(ValidationOutcome outcome, ProjectUnderTest project) =>
        ValidationSetup.Replayer(s_sandbox, new RandomNonceSource()).RunAsync(outcome.Proof!, project, true, TestContext.Current.CancellationToken);
}
