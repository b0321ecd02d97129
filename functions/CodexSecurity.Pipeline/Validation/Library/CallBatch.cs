using System.Text.Json;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A call whose payloads are tried. Serialisable, as its plan is.</summary>
/// <param name="Plan">The call.</param>
/// <param name="Wide">The rarer payloads too.</param>
/// <param name="Repairs">Repairs made since the call was begun with.</param>
public sealed record CallTrial(CallPlan Plan, bool Wide, IReadOnlyList<string> Repairs)
{
    /// <summary>A call that was not repaired yet.</summary>
    public static CallTrial Of(CallPlan plan, bool wide) => new(plan, wide, []);

    /// <summary>For people.</summary>
    public string Name => $"{(Wide ? "all payloads" : "usual payloads")}, arguments from {Plan.Origin}{(Plan.Repairs.Count > 0 ? ", " + Plan.Repairs[^1] : "")}";
}

/// <summary>
/// Calls of one function that are tried in one process, so that the module is loaded once: each has tags of its own series, and payloads that come to the same
/// call are tried once. They share the surroundings: programs, files, globals.
/// </summary>
/// <param name="Trials">The calls; at least one.</param>
/// <param name="Cases">Their payloads, in order.</param>
/// <param name="Left">Calls that did not fit.</param>
public sealed record CallBatch(IReadOnlyList<CallTrial> Trials, IReadOnlyList<PayloadCase> Cases, IReadOnlyList<CallTrial> Left)
{
    // Half of a run's wall time: what all cases may wait for their callbacks and promises together. Each series has a letter.
    private const int MostWaitMs = 8_000;
    private const string Letters = "tuvwxyzabcdefghijklmnopqrs";

    /// <summary>What the tags of a trial begin with.</summary>
    /// <param name="index">Its place among those of a batch.</param>
    public static string Series(int index) => Letters[index].ToString();

    /// <summary>The place of the trial that a tag belongs to; 0 where it is none of ours: tags come back from the sandbox.</summary>
    public int IndexOf(string tag) => tag.Length > 0 && Letters.IndexOf(tag[0], StringComparison.Ordinal) is var at && at >= 0 && at < Trials.Count ? at : 0;

    /// <summary>As many of the calls as fit one run, in order.</summary>
    /// <param name="kit">The payloads.</param>
    /// <param name="input">What is attacked.</param>
    /// <param name="trials">The calls, at least one.</param>
    /// <param name="alone">Only the first: together they did not come to an end.</param>
    public static CallBatch Of(IPayloadKit kit, ValidationInput input, IReadOnlyList<CallTrial> trials, bool alone)
    {
        List<CallTrial> taken = [];
        List<PayloadCase> cases = [];
        var known = new HashSet<string>(StringComparer.Ordinal);
        int most = MostWaitMs / Math.Max(1, kit.Tune(new HarnessInput { Module = "", Nonce = "", Cases = [new("", []), new("", [])] }).Wait);
        for (int i = 0; i < trials.Count; i++)
        {
            var own = kit.Cases(input, trials[i].Plan, trials[i].Wide, Series(taken.Count)).Where(c => !known.Contains(Form(c))).ToList();
            if (i > 0 && (alone || taken.Count == Letters.Length || cases.Count + own.Count > most)) return new CallBatch(taken, cases, [.. trials.Skip(i)]);
            if (i > 0 && own.Count == 0) continue;
            taken.Add(trials[i]);
            cases.AddRange(own);
            known.UnionWith(own.Select(Form));
        }

        return new CallBatch(taken, cases, []);
    }

    /// <summary>One call that stands for the surroundings of all.</summary>
    public CallPlan Surroundings => Shared(Trials.Select(t => t.Plan), Trials[0].Plan);

    /// <summary>The calls mended by what their runs showed, those that have nothing to mend left out; all of them where what surrounds them changed.</summary>
    /// <param name="input">What is attacked.</param>
    /// <param name="run">What became of them.</param>
    /// <param name="most">Most repairs of one call.</param>
    public IReadOnlyList<CallTrial> Repaired(ValidationInput input, ProofRun run, int most)
    {
        var repaired = Trials.Select((t, i) => t.Repairs.Count < most && CallRepair.Of(input, t.Plan, run, t.Repairs, Series(i)) is { } plan ? new CallTrial(plan, t.Wide, [.. t.Repairs, plan.Repairs[^1]]) : null).ToList();
        var plans = repaired.Select((r, i) => (r ?? Trials[i]).Plan).ToList();
        var around = Shared(plans, plans.Zip(Trials, (plan, t) => plan.Module == t.Plan.Module ? null : plan).FirstOrDefault(p => p is not null) ?? plans[0]);
        bool moved = !HaveSame(around, Surroundings);
        return [.. repaired.Select((r, i) => r ?? (moved ? Trials[i] : null)).OfType<CallTrial>().Select(t => t with { Plan = t.Plan.InTheSurroundingsOf(around) with { Files = around.Files } })];
    }

    private static CallPlan Shared(IEnumerable<CallPlan> plans, CallPlan first)
    {
        var all = plans.ToList();
        return first with
        {
            StandIns = [.. all.SelectMany(p => p.StandIns).Distinct(StringComparer.Ordinal)], Globals = [.. all.SelectMany(p => p.Globals).Distinct(StringComparer.Ordinal)],
            Files = [.. all.SelectMany(p => p.Files).DistinctBy(f => f.Path)], WritableProject = all.Any(p => p.WritableProject), Present = all.Any(p => p.Present),
            Before = [.. all.SelectMany(p => p.Before).Distinct(StringComparer.Ordinal)],
        };
    }

    private static bool HaveSame(CallPlan a, CallPlan b) =>
        a.Module == b.Module && a.WritableProject == b.WritableProject && a.StandIns.SequenceEqual(b.StandIns) && a.Globals.SequenceEqual(b.Globals) && a.Files.SequenceEqual(b.Files) && a.Before.SequenceEqual(b.Before);

    // The call as it is but for its tag.
    private static string Form(PayloadCase one) =>
        JsonSerializer.Serialize(one.Attack, EvidenceJson.Options).Replace(one.Tag, "", StringComparison.Ordinal);
}
