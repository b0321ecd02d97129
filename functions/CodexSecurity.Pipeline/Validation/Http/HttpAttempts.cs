using System.Text.Json;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>What attempts at a server tell of the ways to start it. The notes of such an attempt hold "starts": which ways it tried, by their place in <see cref="HttpStarts.Of"/>.</summary>
internal static class HttpAttempts
{
    /// <summary>The starts that answered.</summary>
    public static IEnumerable<int> Listened(IReadOnlyList<AttemptRecord> history) => Tried(history).Where(t => t.Outcome.Answered > 0).Select(t => t.Start).Distinct();

    /// <summary>The starts from <paramref name="next"/> on, without those of modules that can't be loaded, or that listen once they are: other arguments for what they export would be in vain.</summary>
    public static IEnumerable<int> Further(IReadOnlyList<HttpStart> starts, int next, IReadOnlyList<AttemptRecord> history)
    {
        // The assisted ones stand last and are tried by themselves.
        var done = Tried(history).Where(t => t.Outcome.IsNotLoaded || t.Outcome.OnLoad).Select(t => starts[t.Start].Module?.File).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, starts.Count).Skip(next).Where(i => !starts[i].Assisted && (starts[i].Module is not { } m || !done.Contains(m.File)));
    }

    /// <summary>The assisted starts: those of what answered unassisted, and else all.</summary>
    public static List<int> Assisted(IReadOnlyList<HttpStart> starts, IReadOnlyList<int> alive)
    {
        var all = Enumerable.Range(0, starts.Count).Where(i => starts[i].Assisted).ToList();
        var same = alive.Where(a => a < all.Count).Select(a => all[a]).ToList();
        return same.Count > 0 ? same : alive.Count > 0 ? [.. all.Take(1)] : all;
    }

    /// <summary>The starts that answered to which rarer requests are sent: the first, and the first that was assisted.</summary>
    public static IEnumerable<int> Best(IReadOnlyList<HttpStart> starts, IReadOnlyList<int> alive) => alive.Where(a => !starts[a].Assisted).Take(1).Concat(alive.Where(a => starts[a].Assisted).Take(1));

    /// <summary>
    /// All that a server notices of the run before the first request: how it is started, what lies in the folders it is told, in which limits. The attacker's own
    /// programs and the files to be read or written from outside are there for the requests.
    /// </summary>
    /// <param name="job">The run.</param>
    /// <param name="starts">The starts of the run.</param>
    /// <param name="setting">Of what the client is told, what the server's process notices.</param>
    public static ProofGround Ground(ProofJob job, IReadOnlyList<HttpStart> starts, object setting)
    {
        var files = job.Files.Where(f => f.Path.StartsWith("run/", StringComparison.Ordinal)).Select(f => new { f.Path, f.Content });
        var programs = job.StandIns.Where(p => !p.StartsWith(CommandOracle.Program, StringComparison.Ordinal));
        string key = JsonSerializer.Serialize(new { starts, setting, files, programs, job.WritableProject, job.Environment, job.Limits }, EvidenceJson.Options);
        return new ProofGround(key, runs => runs is [var run] && HttpReport.Of(run) is { } report && report.Starts.Count == starts.Count && report.Starts.All(s => s.HasEndedUnheard));
    }

    /// <summary>Nothing is left to try: why.</summary>
    public static FamilyStep Ended(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var reports = history.Where(h => h.Attempt.Exploratory).SelectMany(h => h.Runs).Select(HttpReport.Of).OfType<HttpReport>().ToList();
        if (history.Any(h => h.ControlRefuted)) return new FamilyStep.Exhausted("an effect was seen, but the control run showed it too or it did not repeat");
        if (reports.Count == 0) return new FamilyStep.GiveUp("no run came to its end within its limits");
        if (!reports.Any(r => r.Answered))
        {
            string why = reports.SelectMany(r => r.Starts).Select(s => (s.Errors is [var first, ..] ? first : null) ?? s.Output.Split('\n').FirstOrDefault(l => l.Contains("Error", StringComparison.Ordinal))).OfType<string>().FirstOrDefault(e => e.Length > 0) ?? "nothing listened";
            string set = input.Project.Dependencies is Ports.Sandbox.DependencySet.Failed failed ? $" (dependencies: {failed.Reason})" : "";
            return new FamilyStep.GiveUp("the server could not be started: " + Short(why) + set);
        }

        return new FamilyStep.Exhausted("the server answered the requests and showed no effect");
    }

    // What became of the starts of exploring runs.
    private static IEnumerable<(int Start, HttpStarted Outcome)> Tried(IReadOnlyList<AttemptRecord> history) => history.Where(h => h.Attempt.Exploratory && h.Runs.Count > 0).SelectMany(h =>
    {
        var starts = JsonSerializer.Deserialize<Notes>(h.Attempt.State, s_notes)!.Starts;
        return (HttpReport.Of(h.Runs[0])?.Starts ?? []).Where(s => s.Index >= 0 && s.Index < starts.Count).Select(s => (starts[s.Index], s));
    });

    private static string Short(string text) => text.Split('\n')[0].Trim() is var line && line.Length > 160 ? line[..160] : text.Split('\n')[0].Trim();

    private static readonly JsonSerializerOptions s_notes = new(EvidenceJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private sealed record Notes(IReadOnlyList<int> Starts);
}
