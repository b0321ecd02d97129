using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>
/// For slow regular expressions deep inside a library, where the ways that the analysis found led nowhere: the functions that the package offers are given
/// growing texts. A call counts for the finding only where the time went into the finding's own expression, which is measured around its matches; the proof
/// then measures the call from outside, with nothing around anything.
/// </summary>
public sealed class ExportsGrowthFamily : IProofFamily
{
    private const int CasesARun = 600, MaxSubjects = 30, MaxSearches = 2, Total = 2000, LongestCase = 500;
    // Half of a call's time, and a tenth up and down: what is found to be the expression's doing is so when it is measured again.
    private const double Found = 0.6, Measured = 0.4;
    private static readonly TaintedInput s_text = new("arg0", [], []);

    /// <inheritdoc />
    public string Name => "exports/ReDoS/cpu";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input is { Class: AttackClass.ReDoS, Candidate.EntryPoint.Kind: EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad } && input.Candidate.Properties.ContainsKey(CandidateProperties.RegexPattern);

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        string expression = input.Candidate.Properties[CandidateProperties.RegexPattern];
        var subjects = RegexSubjects.Of(input.Candidate with { Inputs = [s_text] }, null, true).Take(MaxSubjects).ToList();
        if (subjects.Count == 0) return new FamilyStep.GiveUp("no attack string is known for the regular expression");
        if (history.Count == 0) return Step(GrowthProofs.Listing(Name, PackageWays.Plan(input, "")), true, new State([], 0, -1, -1));
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (!last.Attempt.Exploratory || LibraryFamily.DiesOfIt(history)) return LibraryFamily.Ended(history);
        var report = last.Runs is [var run, ..] ? HarnessReport.Of(run) : null;
        if (history.Count == 1) state = state with { Ways = [.. report is null ? [] : PackageWays.Of(report, PackageWays.Readers)] };
        if (state.Way >= 0) return Prove();
        int searches = history.Count - 1;
        if (searches > 0 && report is not null && Slow(report, state, subjects) is { } slow) return Measure(state with { Way = slow.Way, Subject = slow.Subject });
        int next = Math.Min(state.Ways.Count, state.Next + Math.Max(1, CasesARun / subjects.Count));
        return state.Next >= state.Ways.Count || searches >= MaxSearches ? LibraryFamily.Ended(history) : Search(state with { From = state.Next, Next = next });

        // Many functions with many texts, of which most never come to the expression.
        FamilyStep Search(State at)
        {
            var ways = Enumerable.Range(at.From, at.Next - at.From).ToList();
            var cases = subjects.SelectMany((s, i) => ways.Select(w => new HarnessCase(Tag(w, i), [GrowthProofs.Growing(s)], PackageWays.Plan(input, at.Ways[w]).Access, s.Sizes))).ToList();
            string strategy = $"growth of {subjects.Count} subjects, given to {string.Join(", ", ways.Select(w => PackageWays.Spoken(at.Ways[w])))}";
            return Step(GrowthProofs.Exploration(Name, strategy, PackageWays.Plan(input, ""), cases, new HarnessGrowth(GrowthSizes.Slow, Total, expression, Found), LongestCase), true, at);
        }

        // One function with one text, beside harmless ones.
        FamilyStep Measure(State at) => Step(GrowthProofs.Exploring(Name, $"growth of a subject {subjects[at.Subject].Name}, given to {PackageWays.Spoken(at.Ways[at.Way])}", PackageWays.Plan(input, at.Ways[at.Way]), s_text, [subjects[at.Subject]], expression, Measured)!, true, at);

        FamilyStep Prove() => report is not null && IsOwn(report.Cases.LastOrDefault(c => c.Tag == "s0"), Measured) && GrowthProofs.Find([subjects[state.Subject]], report) is { } found
            ? Step(GrowthProofs.Of(Name, PackageWays.Spoken(state.Ways[state.Way]), PackageWays.Plan(input, state.Ways[state.Way]), s_text, found, subjects), false, state) : LibraryFamily.Ended(history);
    }

    private static FamilyStep.Try Step(Proof proof, bool exploratory, State state) => new(new ProofAttempt(proof, exploratory, JsonSerializer.Serialize(state, EvidenceJson.Options)));

    // Tags come back from the sandbox: only ours are looked for.
    private static (int Way, int Subject)? Slow(HarnessReport report, State state, List<Subject> subjects)
    {
        for (int way = state.From; way < state.Next; way++)
        {
            for (int subject = 0; subject < subjects.Count; subject++)
                if (IsOwn(report.Cases.LastOrDefault(c => c.Tag == Tag(way, subject)), Found)) return (way, subject);
        }

        return null;
    }

    private static string Tag(int way, int subject) => FormattableString.Invariant($"s{way}x{subject}");

    // Slow, and by the expression.
    private static bool IsOwn(HarnessResult? measured, double share) => measured is { Cpu: >= GrowthSizes.Slow } && measured.Matched > measured.Cpu * share;

    /// <param name="Ways">Functions that the package offers, the most promising first.</param>
    /// <param name="From">The first of the last search.</param>
    /// <param name="Next">The first that was not tried yet.</param>
    /// <param name="Way">The slow one; -1: none yet.</param>
    /// <param name="Subject">The text it is slow with.</param>
    private sealed record State(List<string> Ways, int Next, int Way, int Subject, int From = 0);
}
