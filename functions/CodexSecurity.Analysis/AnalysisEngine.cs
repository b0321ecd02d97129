using CodexSecurity.Analysis.Text;
using CodexSecurity.Analysis.Results;


namespace CodexSecurity.Analysis;

/// <summary>What detection asks of the engine. The engine knows nothing of threat models.</summary>
/// <param name="SourceKinds">Source kinds that count as attacker-controlled; empty = all.</param>
/// <param name="Rules">Rule ids to run; empty = all.</param>
/// <param name="OutOfScope">Paths whose sinks are not reported (still read for resolution).</param>
/// <param name="Jobs">Threads to use, at least 1. Never changes the result.</param>
/// <param name="StepBudgetPerCallable">Fixpoint steps a callable may take before it is cut short.</param>
public sealed record AnalysisOptions(
    IReadOnlySet<string> SourceKinds, IReadOnlySet<string> Rules, IReadOnlySet<string> OutOfScope, int Jobs = 1, int StepBudgetPerCallable = 20_000)
{
    /// <summary>Everything counts, on one thread.</summary>
    public static AnalysisOptions Default { get; } = new(new HashSet<string>(), new HashSet<string>(), new HashSet<string>());
}

/// <summary>A project as the engine sees it: source files and the manifests that resolution needs.</summary>
/// <param name="Sources">Source files, any order.</param>
/// <param name="Manifests">package.json and the like, by path.</param>
/// <param name="Dependencies">Source files of dependencies (below node_modules), read only for summaries; may be empty.</param>
public sealed record ProjectInput(IReadOnlyList<SourceFile> Sources, IReadOnlyList<SourceFile> Manifests, IReadOnlyList<SourceFile> Dependencies);
