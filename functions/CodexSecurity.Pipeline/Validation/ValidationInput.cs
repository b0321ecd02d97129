using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>What validation of one candidate needs.</summary>
/// <param name="Candidate">What detection saw.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Project">The project as the sandbox shows it.</param>
/// <param name="Texts">Source files, manifests and README of the project: example calls and start scripts are learned from them.</param>
/// <param name="Context">What the evidence says of the scan.</param>
/// <param name="Budget">How much may be tried.</param>
public sealed record ValidationInput(
    Candidate Candidate, RuleInfo Rule, ProjectUnderTest Project, IReadOnlyList<SourceFile> Texts, EvidenceContext Context, ValidationBudget Budget)
{
    /// <summary>What kind of attack fits.</summary>
    public AttackClass Class => AttackClasses.Of(Rule, Candidate);

    /// <summary>Folder of the package through which the candidate is reached, relative to the project; "" for the top.</summary>
    public string Package { get; } = PackageFolders.Of(PackageFolders.ModuleOf(Candidate), path => Texts.Any(t => t.Path == path));

    /// <summary>The manifest of that package, or null.</summary>
    public SourceFile? Manifest => Texts.FirstOrDefault(t => t.Path == PackageFolders.In(Package, PackageFolders.Manifest));

    /// <summary>The same folder inside the sandbox.</summary>
    public string PackageRoot => PackageFolders.In(ProjectUnderTest.Folder, Package).TrimEnd('/');

    /// <summary>What node loads for a file of the project, inside the sandbox. A source that it can't load stands for what it is built to: the package itself.</summary>
    public string Loadable(string path) => PackageFolders.IsBuilt(path) ? PackageRoot : PackageFolders.In(ProjectUnderTest.Folder, path);
}

/// <summary>A project that proofs run against: the scanned state, or the same with a patch applied.</summary>
/// <param name="Tree">Its folder; the target is <see cref="Folder"/>.</param>
/// <param name="Dependencies">What set-up gave; a failed set-up is never counter-evidence.</param>
public sealed record ProjectUnderTest(SandboxTree Tree, DependencySet Dependencies)
{
    /// <summary>Where the project lies inside the sandbox.</summary>
    public const string Folder = "/work/app";

    /// <summary>A project in a host folder.</summary>
    public static ProjectUnderTest At(string hostFolder, DependencySet dependencies) => new(new SandboxTree(hostFolder, Folder), dependencies);
}

/// <summary>What the evidence says of the scan; nothing of the host.</summary>
/// <param name="FindingId">Id of the finding.</param>
/// <param name="Repository">Display name, no credentials.</param>
/// <param name="Commit">Commit or "".</param>
/// <param name="ProjectDigest">Digest of the scanned state.</param>
/// <param name="ToolVersion">Engine version.</param>
/// <param name="RulesDigest">Digest of rules and models.</param>
/// <param name="Module">File through which the proof enters, relative to the project: the dependencies of its package are set up.</param>
public sealed record EvidenceContext(string FindingId, string Repository, string Commit, string ProjectDigest, string ToolVersion, string RulesDigest, string Module = "");

/// <summary>How much may be tried for one candidate.</summary>
/// <param name="Attempts">Attempts, each one or a few runs.</param>
/// <param name="Runs">Sandbox runs in all, the confirming ones included.</param>
/// <param name="Further">Attempts by other ways to the same sink in all, where the best way led nowhere; and as many of each fallback.</param>
public sealed record ValidationBudget(int Attempts = 14, int Runs = 40, int Further = 5)
{
    /// <summary>14 attempts, 40 runs, 5 attempts by other ways.</summary>
    public static ValidationBudget Default { get; } = new();

    /// <summary>For findings that come far behind others: by the best way only.</summary>
    public static ValidationBudget BestWay { get; } = Default with { Further = 0 };

    /// <summary>For findings that come behind many: 4 attempts.</summary>
    public static ValidationBudget Brief { get; } = BestWay with { Attempts = 4 };
}
