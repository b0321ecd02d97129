using CodexSecurity.Analysis.EntryPoints;
using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Interpretation.Natives;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Analysis.Templates;

namespace CodexSecurity.Analysis;

/// <summary>One run of the engine over a lowered program, as a list of passes.</summary>
internal sealed class ProgramRun(ProjectInput project, AnalysisOptions options, IReadOnlyList<LoweredFile> files, IReadOnlySet<string> own, ModelCatalog models, RuleCatalog rules)
{
    private const int MaxRounds = 3, NearExports = 0, OtherExports = 2, InternalExports = 4;

    private readonly Dictionary<EntryDraft, EntryPoint> _entryPoints = [];
    private readonly Shapes _shapes = new();
    private readonly HashSet<string> _reported = new(own.Concat(project.Siblings.Select(f => f.Path)), StringComparer.Ordinal);

    public AnalysisResult? Result { get; private set; }

    public void Run()
    {
        var resolver = new ModuleResolver(files.Select(f => f.File.Path), project.Manifests.Select(m => (m.Path, m.Text)));
        var world = new WorldModel(resolver, new TemplateIndex(Templates()));
        var interpreter = new Interpreter(world, models, rules, options.StepBudgetPerCallable, AnalysisEngine.Budget(files));
        interpreter.Reports.SourceKinds = options.SourceKinds;
        interpreter.Reports.RuleIds = options.Rules;
        foreach (var f in files) if (f.Ir is not null) world.Add(interpreter, new ModuleState(f.Ir, new ModuleFacts(f.Ir)) { IsDependency = !own.Contains(f.File.Path) });
        var walker = new ExportWalker(interpreter);
        var plan = EntryPlan.Make(resolver, [.. world.Modules.Values.Where(m => !m.IsDependency).Select(m => m.Path)]);
        for (var round = 0; round < MaxRounds && !interpreter.OutOfSteps; round++)
        {
            var before = interpreter.Heap.Version;
            interpreter.Round = round;
            Round(interpreter, world, walker, plan, resolver);
            if (interpreter.Heap.Version == before) break;
        }
        RunUnserved(interpreter);
        Result = Collect(interpreter, world, walker);
    }

    private IEnumerable<TemplateFile> Templates()
    {
        var encodes = !files.Any(f => f.Matches is { } found && found.Any(m => m.RuleId == "xss.autoescape-disabled"));
        foreach (var f in files) if (f.Template is { } known) yield return encodes ? known : TemplateReader.Read(f.File, encodes)!;
    }

    private void Round(Interpreter interpreter, WorldModel world, ExportWalker walker, EntryPlan plan, ModuleResolver resolver)
    {
        foreach (var path in plan.Commands) if (world.Modules.TryGetValue(path, out var module)) world.LoadCommand(interpreter, module);
        foreach (var path in plan.Main)
        {
            if (!world.Modules.TryGetValue(path, out var module)) continue;
            world.Load(interpreter, module);
            if (!RouteFiles.Run(interpreter, module)) walker.Run(module, NearExports);
        }
        // Modules that nothing above has loaded: deep imports, applications without a main file.
        var inside = new List<ModuleState>();
        Others(plan.Others);
        // What a server hands to its pages runs there, and only the page calls it; what the server uses itself is loaded by now.
        var pages = world.Entries.Any(e => e.Kind is EntryPointKind.HttpRoute or EntryPointKind.HttpServer)
            ? plan.Pages.Where(p => world.Modules.TryGetValue(p, out var m) && m.Round != interpreter.Round).ToHashSet(StringComparer.Ordinal) : [];
        Others(plan.Pages.Where(p => !pages.Contains(p)));
        foreach (var path in plan.Pages) if (pages.Contains(path) && !EntryPlan.IsAuxiliary(path)) world.Load(interpreter, world.Modules[path]);
        // A user may import what is inside as well. Most of it was run above with what comes in through the package; the rest shows what the way there was too winding for.
        if (options.SourceKinds.Count == 0 || options.SourceKinds.Contains(ExportWalker.SourceKind))
        {
            walker.RunPlugins(m => !m.IsDependency && !EntryPlan.IsAuxiliary(m.Path) && !pages.Contains(m.Path), OtherExports);
            foreach (var module in inside) if (!resolver.IsPrivate(module.Path)) walker.RunRest(module, InternalExports);
        }
        RunUnreached(interpreter);

        void Others(IEnumerable<string> paths)
        {
            foreach (var path in paths)
            {
                // Tests and examples would mix their own values into what is learned of the program.
                if (EntryPlan.IsAuxiliary(path) || !world.Modules.TryGetValue(path, out var module)) continue;
                if (module.Round == interpreter.Round && !plan.Offered.Contains(path)) { inside.Add(module); continue; }
                world.Load(interpreter, module);
                // What a page's loader puts together is there for the other modules first.
                if (module.IsAmd && !plan.Offered.Contains(path)) inside.Add(module);
                else if (!RouteFiles.Run(interpreter, module)) walker.Run(module, OtherExports);
            }
        }
    }

    // Handlers, by the names or types of their parameters, that no server was seen to call: what registers them was too winding, or is not there. They come last of
    // all: what they call would take the contexts of what is run in the next round.
    private static void RunUnserved(Interpreter interpreter)
    {
        for (var i = 0; i < interpreter.Functions.Count && !interpreter.OutOfSteps; i++)
        {
            var f = interpreter.Functions[i];
            if (f.Code is not { } code) continue;
            var action = RouteFiles.IsAction(code);
            if (!(action || Frameworks.IsHandler(code)) || f.Module!.IsDependency || interpreter.IsServed(code) || EntryPlan.IsAuxiliary(f.Module.Path)) continue;
            interpreter.CurrentEntry = null;
            if (action) { RouteFiles.RunAction(interpreter, f); continue; }
            Frameworks.HandedOn(interpreter, new Frame(new Activation(f.Module.Body, f.Module.Ir.Callables[0], f.Module, AbstractValue.Undefined, [], FactSet.Empty), null, []), f.Place, f);
        }
    }

    // Functions that no entry point reached: with arguments that are not known they show local sources.
    private static void RunUnreached(Interpreter interpreter)
    {
        var reached = interpreter.Reached;
        for (var i = 0; i < interpreter.Functions.Count && !interpreter.OutOfSteps; i++)
        {
            var f = interpreter.Functions[i];
            if (f.Code is null || f.Module!.IsDependency || reached.Contains(f.Code)) continue;
            interpreter.CurrentEntry = null;
            interpreter.Invoke(f, f.HomeObject?.Value ?? AbstractValue.Unknown, [.. f.Code.Parameters.Select(_ => AbstractValue.Unknown)], null, f.Place);
        }
    }

    private AnalysisResult Collect(Interpreter interpreter, WorldModel world, ExportWalker walker)
    {
        var candidates = new List<Candidate>();
        foreach (var (ways, others) in SameLookup.Nearest([.. interpreter.Reports.All.Where(w => IsInScope(w[0].Sink.File.Path))]))
        {
            var r = ways[0];
            // A way that only who imports files inside a package has shows nothing of what the package offers.
            candidates.Add(Standing(Candidate(r), others) with { OtherWays = [.. ways.Skip(1).Where(w => w.Entry is not null && (w.Confidence > Confidence.Low || r.Confidence == Confidence.Low)).Select(Candidate)] });
        }
        foreach (var f in files)
        {
            if (f.Matches is null || !own.Contains(f.File.Path) || options.OutOfScope.Contains(f.File.Path) || EntryPlan.IsAuxiliary(f.File.Path)) continue;
            candidates.AddRange(f.Matches.Where(m => options.Rules.Count == 0 || options.Rules.Contains(m.RuleId)));
        }
        candidates = [.. candidates.OrderBy(c => c.Sink.Path, StringComparer.Ordinal).ThenBy(c => c.Sink.StartOffset).ThenBy(c => c.RuleId, StringComparer.Ordinal)];
        var coverage = files.Where(f => own.Contains(f.File.Path)).Select(f => Unknown(f, world) is { } reason
            ? new FileCoverage(f.File.Path, CoverageStatus.Partial, f.File.Lines.LineCount, reason)
            : new FileCoverage(f.File.Path, f.Status, f.File.Lines.LineCount, f.Reason)).ToList();
        var diagnostics = interpreter.CutShort.Except(interpreter.Broken).Select(c => new AnalysisDiagnostic("budget", $"{c.QualifiedName} was cut short: its step budget ended", Locations.Of(Interpreter.PlaceOf(c))))
            .Concat(interpreter.Broken.Select(c => new AnalysisDiagnostic("failure", $"{c.QualifiedName} was not analysed: the analysis failed inside it", Locations.Of(Interpreter.PlaceOf(c)))))
            .Concat(walker.CutShort.Select(m => new AnalysisDiagnostic("budget", $"{m.Path} exports more functions than are run as entry points: the rest ran as they are called", Locations.Of(Interpreter.PlaceOf(m.Ir.Callables[0])))))
            .OrderBy(d => d.Location!.Path, StringComparer.Ordinal).ThenBy(d => d.Location!.StartOffset).ToList();
        if (interpreter.OutOfSteps) diagnostics.Insert(0, new AnalysisDiagnostic("budget-total", "The step budget of the whole program ended: parts were not analysed", null));
        return new AnalysisResult(candidates, [.. world.Entries.Select(Shapes.Outline)], coverage, diagnostics, [.. world.Facts]);
    }

    private bool IsInScope(string path) => _reported.Contains(path) && !options.OutOfScope.Contains(path) && !EntryPlan.IsAuxiliary(path);

    private static Candidate Standing(Candidate c, int others) =>
        others == 0 ? c : c with { Message = FormattableString.Invariant($"{c.Message} {others} further {(others == 1 ? "write behind the same lookup is" : "writes behind the same lookup are")} not listed.") };

    // What is not known of a template; null where it is none, or known.
    private static string? Unknown(LoweredFile file, WorldModel world) => file.Template switch
    {
        null => null,
        _ when !world.Filled.Contains(file.File.Path) => "a template: no code was seen that fills it in, so what it shows is not known",
        { IsCut: true } => FormattableString.Invariant($"a template with more than {TemplateFile.MostOutputs} outputs: the rest was not looked at"),
        _ => null,
    };

    private Candidate Candidate(Report r) => CandidateBuilder.Build(r, r.Entry is null ? null : Entry(r.Entry));

    private EntryPoint Entry(EntryDraft draft)
    {
        if (!_entryPoints.TryGetValue(draft, out var entry)) _entryPoints[draft] = entry = _shapes.Build(draft);
        return entry;
    }
}
