using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>
/// For text that becomes code, or keys that reach a prototype, deep inside a library, where the ways that the analysis found led nowhere: the functions that
/// the package offers are given the payloads as they are. What fires counts for the finding only where it came from the place of its sink: the evaluated code was
/// called from there, or the prototype was written there. The proof then runs it alone.
/// </summary>
/// <param name="kit">The payloads.</param>
/// <param name="direct">
/// What the sink's own file exports instead, called directly: what a package offers may ask for more than can be put together here (a connection to a data base)
/// before it comes to the function. That the attacker's values come there is then the analysis's word, which the proof's level says.
/// </param>
public sealed partial class ExportsFamily(IPayloadKit kit, bool direct = false) : IProofFamily
{
    private const int CasesARun = 400, CheapCasesARun = 1200, MaxRuns = 2, MaxPending = 3, MaxAsking = 4, Letters = 26, CheapTimeout = 100;
    // Behind a region that names what is written to, V8 gives the place of the "=".
    private const int UpToEquals = 4;
    private readonly CallProofs _proofs = new(kit);

    /// <inheritdoc />
    public string Name => (direct ? "direct/" : "exports/") + _proofs.Name;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => kit.Handles(input) && input.Candidate.EntryPoint is { Kind: EntryPointKind.LibraryExport or EntryPointKind.ModuleLoad } entry
        && (!direct || (entry.ModulePath != input.Candidate.Sink.Path && !PackageFolders.IsBuilt(input.Candidate.Sink.Path)));

    /// <inheritdoc />
    public bool ExploresOnce => kit.IsCheap;

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        input = input with { Candidate = input.Candidate with { Inputs = [new TaintedInput("arg0", [], [])], Conditions = [], OtherWays = [] } };
        if (history.Count == 0) return Explore(input, new State([], 0, [], !kit.IsCheap), [], true);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        var report = last.Runs is [var run, ..] ? HarnessReport.Of(run) : null;
        if (!last.Attempt.Exploratory && state is { Pending: [var tried, ..], Before: [] } && report is not null && Needed(report, state) is { Count: > 0 } needed)
        {
            // What fired among others was ready because of one of them.
            return Prove(input, state with { Before = needed }, tried);
        }

        if (!last.Attempt.Exploratory) state = state with { Pending = [.. state.Pending.Skip(1)] };
        else if (report is not null)
        {
            if (history.Count == 1) state = state with { Ways = [.. PackageWays.Of(report, kit.Verbs)] };
            state = state with { Pending = [.. last.Reading.Tags.Where(t => WayOf(t, state.Ways.Count) >= 0 && report.Stacks.TryGetValue(t, out string? stack) && IsOfSink(stack, input.Candidate.Sink)).OrderBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Take(MaxPending)] };
            if (state is { Pending: [], Before: [] } && Asking(report, state) is { Before.Count: > 0 } ready) return Explore(input, ready, [.. Enumerable.Range(0, ready.Next)], false);
        }

        if (state.Pending is [var tag, ..]) return Prove(input, state, tag);
        // Each run tries the functions behind those of the one before; the last, where a case costs next to nothing, the rarer payloads for the first ones.
        int runs = history.Count(h => h.Attempt.Exploratory) - 1, from = history.Count == 1 ? 0 : state.Next;
        if (state.Ways.Count == 0 || (state.Wide && kit.IsCheap) || (direct && runs > 0) || LibraryFamily.DiesOfIt(history)) return LibraryFamily.Ended(history);
        if (from >= state.Ways.Count || runs >= MaxRuns)
        {
            if (!kit.IsCheap) return LibraryFamily.Ended(history);
            (state, from) = (state with { Wide = true }, 0);
        }

        int each = Math.Max(1, kit.Cases(input, Plan(input, ""), state.Wide, "t").Count), next = Math.Min(state.Ways.Count, from + Math.Max(1, (kit.IsCheap ? CheapCasesARun : CasesARun) / each));
        return Explore(input, state with { Next = next }, [.. Enumerable.Range(from, next - from)], false);
    }

    // Functions that asked for the call of another come first, after that call, with all payloads.
    private static State Asking(HarnessReport report, State state)
    {
        List<string> ways = [.. report.Cases.Where(c => NeededBy(c, state) is not null && WayOf(c.Tag, state.Ways.Count) >= 0).Select(c => state.Ways[WayOf(c.Tag, state.Ways.Count)]).Distinct().Take(MaxAsking)];
        return state with { Ways = [.. ways, .. state.Ways.Except(ways)], Next = ways.Count, Wide = true, Before = Needed(report, state) };
    }

    private static List<string> Needed(HarnessReport report, State state) => [.. report.Cases.Select(c => NeededBy(c, state)).OfType<string>().Distinct().Take(MaxAsking)];

    private static string? NeededBy(HarnessResult result, State state) => result.Error is { } error && CallRepair.NeededCall(error) is { } name && state.Ways.Contains(name) ? name : null;

    private CallPlan Plan(ValidationInput input, string way) => PackageWays.Plan(direct ? input.Loadable(input.Candidate.Sink.Path) : input.PackageRoot, way);

    private FamilyStep.Try Explore(ValidationInput input, State state, int[] ways, bool list)
    {
        var cases = ways.SelectMany(w => Plan(input, state.Ways[w]) is var plan ? kit.Cases(input, plan, state.Wide, Series(w)) : []).ToList();
        string strategy = list ? direct ? "what the sink's file exports" : "what the package offers" : $"{(state.Wide ? "all" : "usual")} payloads, given to {string.Join(", ", ways.Select(w => PackageWays.Spoken(state.Ways[w])))}";
        var proof = _proofs.Exploring(input, strategy, Plan(input, ""), cases, h => Untouched(h) with { Before = state.Before, List = list, Stacks = true, Timeout = kit.IsCheap ? CheapTimeout : h.Timeout });
        return new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options)));
    }

    private FamilyStep.Try Prove(ValidationInput input, State state, string tag)
    {
        int way = WayOf(tag, state.Ways.Count);
        string function = PackageWays.Spoken(state.Ways[way]);
        var proof = _proofs.Of(input, Plan(input, state.Ways[way]), state.Wide, Series(way), tag, direct ? $"{function} of {input.Candidate.Sink.Path} directly" : function, h => Untouched(h) with { Before = state.Before });
        return new FamilyStep.Try(new ProofAttempt(direct ? proof with { Level = ValidationLevel.Harness } : proof, false, JsonSerializer.Serialize(state, EvidenceJson.Options)));
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
    /// <param name="Pending">Tags of what fired and is to be confirmed, the one that is being confirmed first.</param>
    /// <param name="Wide">With the rarer payloads.</param>
    private sealed record State(List<string> Ways, int Next, List<string> Pending, bool Wide)
    {
        /// <summary>What is called first, as some function asked.</summary>
        public List<string> Before { get; init; } = [];
    }
}
