using System.Globalization;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>
/// For slow regular expressions deep inside a library, where the ways that the analysis found led nowhere: the functions that the package offers are given the
/// growing texts. What gets slow counts for the finding only where a profile of the call shows that its time went into this expression.
/// </summary>
public sealed class ExportsGrowthFamily : IProofFamily
{
    private const int MaxWays = 4, MaxSubjects = 5, MaxRefuted = 2;
    // Of calls in all: what is slow by another expression ends nothing.
    private const int TotalMs = 5000;

    /// <inheritdoc />
    public string Name => "exports/function-call/ReDoS/cpu";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) =>
        input is { Class: AttackClass.ReDoS, Candidate.EntryPoint.Kind: EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad } && Pattern(input).Length > 0;

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        input = input with { Candidate = input.Candidate with { Inputs = [new TaintedInput("arg0", [], [])], Conditions = [], OtherWays = [] } };
        if (history.Count == 0) return Explore(input, new State([]), "what the package offers", [], h => h with { List = true });
        var last = history[^1];
        if (last.Runs is not [var run, ..] || HarnessReport.Of(run) is not { } report || history.Count(h => h.ControlRefuted) >= MaxRefuted || !last.Attempt.Exploratory) return LibraryFamily.Ended(history);
        if (history.Count > 1) return Find(input, JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!, report) ?? LibraryFamily.Ended(history);
        var state = new State([.. PackageWays.Of(report).Take(MaxWays)]);
        var cases = Cases(input, state);
        return cases.Count == 0 ? LibraryFamily.Ended(history)
            : Explore(input, state, $"growth of {Subjects(input).Count} subjects, given to {string.Join(", ", state.Ways.Select(PackageWays.Spoken))}", cases, h => h with { Growth = new HarnessGrowth(GrowthSizes.Slow, TotalMs, Pattern(input)), Timeout = 2200 });
    }

    private FamilyStep.Try Explore(ValidationInput input, State state, string strategy, IReadOnlyList<HarnessCase> cases, Func<HarnessInput, HarnessInput> tune)
    {
        var job = GrowthProofs.Job("explore", PackageWays.Plan(input, ""), cases, tune) with { Limits = new ProofLimits(WallMs: 30_000, CpuMs: 20_000) };
        return new FamilyStep.Try(new ProofAttempt(new Proof(Name, strategy, "exploring", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), [job], [], []), true, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    private static List<HarnessCase> Cases(ValidationInput input, State state)
    {
        var subjects = Subjects(input);
        var cases = new List<HarnessCase>();
        for (int w = 0; w < state.Ways.Count && subjects.Count > 0; w++)
        {
            var access = PackageWays.Plan(input, state.Ways[w]).Access;
            // A text that is slow itself is not the benign one: how slow does not matter.
            for (int b = 0; b < GrowthSizes.BenignPumps.Length; b++) Add(Tag('b', w, b), JsValue.Repeat("", GrowthSizes.BenignPumps[b], "", "@size@"), [GrowthProofs.BenignLength / GrowthSizes.BenignPumps[b].Length], GrowthSizes.Slow);
            for (int s = 0; s < subjects.Count; s++) Add(Tag('s', w, s), JsValue.Repeat(subjects[s].Prefix, subjects[s].Pump, subjects[s].Suffix, "@size@"), subjects[s].Sizes, null);

            void Add(string tag, JsValue value, IReadOnlyList<int> sizes, int? timeout) => cases.Add(new HarnessCase(tag, [value], access, sizes, timeout));
        }

        return cases;
    }

    // The text that became slow by this expression.
    private FamilyStep.Try? Find(ValidationInput input, State state, HarnessReport report)
    {
        var subjects = Subjects(input);
        for (int w = 0; w < state.Ways.Count; w++)
        {
            for (int s = 0; s < subjects.Count; s++)
            {
                var series = report.Cases.Where(c => c.Tag == Tag('s', w, s)).OrderBy(c => c.Size).ToList();
                if (series is not [.., { Cpu: >= GrowthSizes.Slow, IsOwn: true }]) continue;
                int benign = Enumerable.Range(0, GrowthSizes.BenignPumps.Length).MinBy(b => report.Cases.LastOrDefault(c => c.Tag == Tag('b', w, b))?.Cpu ?? double.MaxValue);
                var proof = GrowthProofs.Of(Name, input, PackageWays.Plan(input, state.Ways[w]), PackageWays.Spoken(state.Ways[w]), subjects[s], GrowthSizes.Of(subjects[s], [.. series.Select(c => c.Measure)]), GrowthSizes.BenignPumps[benign]);
                return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state, EvidenceJson.Options)));
            }
        }

        return null;
    }

    private static IReadOnlyList<Subject> Subjects(ValidationInput input) => [.. RegexSubjects.Of(input.Candidate, null, true).Take(MaxSubjects)];

    private static string Pattern(ValidationInput input) => input.Candidate.Properties.GetValueOrDefault(CandidateProperties.RegexPattern, "");

    private static string Tag(char kind, int way, int text) => $"{kind}{way.ToString(CultureInfo.InvariantCulture)}x{text.ToString(CultureInfo.InvariantCulture)}";

    /// <param name="Ways">Functions that the package offers, the most promising first.</param>
    private sealed record State(List<string> Ways);
}
