using System.Runtime.ExceptionServices;
using CodexSecurity.Analysis.EntryPoints;
using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Lowering;
using CodexSecurity.Analysis.Matching;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Templates;
using CodexSecurity.Analysis.Text;

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
public sealed record ProjectInput(IReadOnlyList<SourceFile> Sources, IReadOnlyList<SourceFile> Manifests, IReadOnlyList<SourceFile> Dependencies)
{
    /// <summary>
    /// Where <see cref="Sources"/> is one component of a project: the files of other components that it uses. What reaches a sink in them from here is reported;
    /// their own entry points and coverage are not, as those components are analysed by themselves.
    /// </summary>
    public IReadOnlyList<SourceFile> Siblings { get; init; } = [];
}

/// <summary>The engine: source text in, candidates out. A pure function; equal input gives equal output.</summary>
public static class AnalysisEngine
{
    // Deep call chains of the analysed program are deep chains of calls here.
    private const int StackBytes = 768 * 1024 * 1024, StepsPerInstruction = 60;
    private const long MinSteps = 8_000_000, MaxSteps = 40_000_000;

    /// <summary>Compiles the commonest grammar and reads models and rules, so that a first analysis does not wait for them.</summary>
    public static void Prepare()
    {
        _ = (ModelCatalog.Default, RuleCatalog.Default);
        ParserPool.Shared.Prepare(Grammar.JavaScript);
    }

    /// <summary>Analyses a program. Never throws for what its files hold.</summary>
    public static AnalysisResult Analyze(ProjectInput project, AnalysisOptions options) => Analyze(project, options, ModelCatalog.Default, RuleCatalog.Default);

    /// <summary>The same with other models and rules: the engine's own tests use toy ones.</summary>
    internal static AnalysisResult Analyze(ProjectInput project, AnalysisOptions options, ModelCatalog models, RuleCatalog rules)
    {
        ArgumentNullException.ThrowIfNull(project);
        ArgumentNullException.ThrowIfNull(options);
        var files = project.Sources.Concat(project.Siblings).Concat(project.Dependencies).OrderBy(f => f.Path, StringComparer.Ordinal).ToArray();
        var own = project.Sources.Select(f => f.Path).ToHashSet(StringComparer.Ordinal);
        var lowered = new LoweredFile[files.Length];
        Parallel.For(0, files.Length, new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Jobs) }, i => lowered[i] = Lower(files[i]));
        var program = new ProgramRun(project, options, lowered, own, models, rules);
        var thread = new DeepThread(program.Run);
        thread.Wait(StackBytes);
        return program.Result!;
    }

    private static LoweredFile Lower(SourceFile file)
    {
        if (TemplateReader.Read(file) is { } template) return new LoweredFile(file, null, CoverageStatus.Analyzed, "") { Template = template };
        var line = file.Text.AsSpan(0, Math.Min(file.Text.Length, 200));
        var end = line.IndexOf('\n');
        if (GrammarDetection.Detect(file.Path, end < 0 ? line : line[..end]) is not { } grammar) return new LoweredFile(file, null, CoverageStatus.NotAnalyzed, "no grammar for this kind of file");
        if (grammar is not (Grammar.JavaScript or Grammar.TypeScript or Grammar.Tsx)) return new LoweredFile(file, null, CoverageStatus.NotAnalyzed, $"{grammar} is not analysed yet");
        var parsed = ParserPool.Shared.Parse(file, grammar);
        if (parsed.Tree is not { } tree) return new LoweredFile(file, null, CoverageStatus.NotAnalyzed, $"not parsed: {parsed.Message}");
        var ir = JavaScriptLowerer.Lower(tree);
        var matches = FileMatches.Find(ir);
        return ir.Unsupported.Count == 0 ? new LoweredFile(file, ir, CoverageStatus.Analyzed, "", matches)
            : new LoweredFile(file, ir, CoverageStatus.Partial, "constructs given up: " + string.Join(", ", ir.Unsupported.Select(u => $"{u.Key} ({u.Value})")), matches);
    }

    internal static long Budget(IReadOnlyList<LoweredFile> files) =>
        Math.Clamp(files.Sum(f => f.Ir?.Callables.Sum(c => (long)c.Code.Length) ?? 0) * StepsPerInstruction, MinSteps, MaxSteps);

    // A thread of its own for its stack; what fails there fails here.
    private sealed class DeepThread(Action work)
    {
        private ExceptionDispatchInfo? _problem;

        public void Wait(int stack)
        {
            // It keeps no process alive that was told to end.
            var thread = new Thread(Body, stack) { IsBackground = true };
            thread.Start();
            thread.Join();
            _problem?.Throw();
        }

        private void Body()
        {
            try
            {
                work();
            }
#pragma warning disable CA1031 // Carried over to the calling thread, whatever it is.
            catch (Exception problem)
#pragma warning restore CA1031
            {
                _problem = ExceptionDispatchInfo.Capture(problem);
            }
        }
    }
}

/// <summary>A file after lowering, or why it is not there.</summary>
internal sealed record LoweredFile(SourceFile File, IrModule? Ir, CoverageStatus Status, string Reason, IReadOnlyList<Candidate>? Matches = null)
{
    /// <summary>What is known of it where it is a template.</summary>
    public TemplateFile? Template { get; init; }
}
