using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>
/// For text that becomes code, or keys that reach a prototype, deep inside a library, where the ways that the analysis found led nowhere: the functions that
/// the package offers are given the payloads as they are. What fires counts for the finding only where it came from the place of its sink: the evaluated code was
/// called from there, or the prototype was written there. The proof then runs it alone.
/// </summary>
public sealed partial class ExportsFamily(IPayloadKit kit) : IProofFamily
{
    private const int CasesARun = 400, CheapCasesARun = 1200, MaxRuns = 2, MaxPending = 3, Letters = 26, CheapTimeout = 100;
    // Behind a region that names what is written to, V8 gives the place of the "=".
    private const int UpToEquals = 4;
    private readonly CallProofs _proofs = new(kit);

    /// <inheritdoc />
    public string Name => "exports/" + _proofs.Name;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => kit.Handles(input) && input.Candidate.EntryPoint?.Kind is EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad;

    /// <inheritdoc />
    public bool ExploresOnce => kit.IsCheap;

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        input = input with { Candidate = input.Candidate with { Inputs = [new TaintedInput("arg0", [], [])], Conditions = [], OtherWays = [] } };
        if (history.Count == 0) return Explore(input, new State([], 0, [], !kit.IsCheap), [], true);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (last.Attempt.Exploratory && last.Runs is [var run, ..] && HarnessReport.Of(run) is { } report)
        {
            if (history.Count == 1) state = state with { Ways = [.. PackageWays.Of(report, kit.Verbs)] };
            state = state with { Pending = [.. last.Reading.Tags.Where(t => WayOf(t, state.Ways.Count) >= 0 && report.Stacks.TryGetValue(t, out string? stack) && IsOfSink(stack, input.Candidate.Sink)).OrderBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Take(MaxPending)] };
        }

        if (state.Pending is [var tag, .. var others]) return Prove(input, state with { Pending = [.. others] }, tag);
        // Each run tries the functions behind those of the one before; the last, where a case costs next to nothing, the rarer payloads for the first ones.
        int runs = history.Count(h => h.Attempt.Exploratory) - 1, from = history.Count == 1 ? 0 : state.Next;
        if (state.Ways.Count == 0 || (state.Wide && kit.IsCheap) || LibraryFamily.DiesOfIt(history)) return LibraryFamily.Ended(history);
        if (from >= state.Ways.Count || runs >= MaxRuns)
        {
            if (!kit.IsCheap) return LibraryFamily.Ended(history);
            (state, from) = (state with { Wide = true }, 0);
        }

        int each = Math.Max(1, kit.Cases(input, PackageWays.Plan(input, ""), state.Wide, "t").Count), next = Math.Min(state.Ways.Count, from + Math.Max(1, (kit.IsCheap ? CheapCasesARun : CasesARun) / each));
        return Explore(input, state with { Next = next }, [.. Enumerable.Range(from, next - from)], false);
    }

    private FamilyStep.Try Explore(ValidationInput input, State state, int[] ways, bool list)
    {
        var cases = ways.SelectMany(w => PackageWays.Plan(input, state.Ways[w]) is var plan ? kit.Cases(input, plan, state.Wide, Series(w)) : []).ToList();
        string strategy = list ? "what the package offers" : $"{(state.Wide ? "all" : "usual")} payloads, given to {string.Join(", ", ways.Select(w => PackageWays.Spoken(state.Ways[w])))}";
        var proof = _proofs.Exploring(input, strategy, PackageWays.Plan(input, ""), cases, h => Untouched(h) with { List = list, Stacks = true, Timeout = kit.IsCheap ? CheapTimeout : h.Timeout });
        return new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    private FamilyStep.Try Prove(ValidationInput input, State state, string tag)
    {
        int way = WayOf(tag, state.Ways.Count);
        return new FamilyStep.Try(new ProofAttempt(_proofs.Of(input, PackageWays.Plan(input, state.Ways[way]), state.Wide, Series(way), tag, PackageWays.Spoken(state.Ways[way]), Untouched), false, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    // What a caller makes of a result is the caller's affair where nothing says that the function is the one that was found.
    private HarnessInput Untouched(HarnessInput input) => input with { Touch = false, Give = kit.IsCheap };

    // The front of a tag names the way: a letter of its own, and two that count.
    private static string Series(int way) => string.Concat("e", (char)('a' + (way / Letters)), (char)('a' + (way % Letters)));

    // -1 for a tag that is none of ours: it comes back from the sandbox.
    private static int WayOf(string tag, int ways) => Enumerable.Range(0, ways).FirstOrDefault(w => tag.StartsWith(Series(w), StringComparison.Ordinal), -1);

    // Evaluated code was called from somewhere below its sink, a prototype is written right there.
    private bool IsOfSink(string stack, CodeLocation sink) =>
        kit.Class == AttackClass.PrototypePollution ? Frame().Match(stack) is { Success: true } top && IsAt(top, sink) && IsWithin(top, sink) : Frame().Matches(stack).Any(m => IsAt(m, sink));

    // Of a frame, or of the place where its code was evaluated.
    private static bool IsAt(Match frame, CodeLocation sink) =>
        frame.Groups[1].Value == sink.Path && Number(frame.Groups[2]) is var line && line >= sink.StartLine && line <= sink.EndLine;

    // One line may hold a whole program.
    private static bool IsWithin(Match frame, CodeLocation sink) =>
        sink.StartLine < sink.EndLine || (Number(frame.Groups[3]) is var column && column >= sink.StartColumn && column <= sink.EndColumn + UpToEquals);

    private static int Number(Group digits) => int.Parse(digits.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"/work/app/([^\s():]+):([0-9]{1,7}):([0-9]{1,9})")]
    private static partial Regex Frame();

    /// <param name="Ways">Functions that the package offers, the most promising first.</param>
    /// <param name="Next">The first that was not tried yet.</param>
    /// <param name="Pending">Tags of what fired and is to be confirmed.</param>
    /// <param name="Wide">With the rarer payloads.</param>
    private sealed record State(List<string> Ways, int Next, List<string> Pending, bool Wide);
}
