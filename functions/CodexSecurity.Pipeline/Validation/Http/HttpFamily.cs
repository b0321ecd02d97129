using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>
/// Attacks a server of the project by real requests over the sandbox's loopback. Exploring runs try ways to start it with many requests;
/// the request that fired is then sent alone to the server that was started alone. Rarer requests go to the starts that listened.
/// </summary>
public sealed class HttpFamily(IHttpKit kit) : IProofFamily
{
    private const int StartsARun = 4, MaxPending = 3, MaxRounds = 2, VariantsARun = 60;

    /// <inheritdoc />
    public string Name => $"http/{kit.Name}/{kit.Oracle.Name}";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Candidate is { EntryPoint: not null, Inputs.Count: > 0 } && kit.Handles(input) && IsHttp(input.Candidate);

    /// <summary>Whether the input is a part of an HTTP request.</summary>
    public static bool IsHttp(Candidate candidate) =>
        candidate.EntryPoint!.Kind is EntryPointKind.HttpServer or EntryPointKind.HttpRoute
        || candidate.SourceKind == "http-request" || candidate.Inputs[0].Root == "request"
        || candidate.EntryPoint.Kind == EntryPointKind.LibraryExport && TakesRequest(candidate.EntryPoint, candidate.Inputs[0]);

    // A parameter that is read like a request, or a neighbour that is written to like a response.
    private static bool TakesRequest(EntryPoint entry, TaintedInput input) =>
        input.AccessPath is ["url" or "originalUrl" or "headers", ..]
        && entry.Parameters.Any(p => p.Properties.Count(q => q.Name is "writeHead" or "setHeader" or "end" or "statusCode" or "write" or "pipe") >= 2);

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var starts = HttpStarts.Of(input);
        if (history.Count == 0) return Explore(input, starts, new State([.. Enumerable.Range(0, Math.Min(StartsARun, starts.Count))], StartsARun, false, [], 0), 1);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        var report = last.Runs.Count > 0 ? HttpReport.Of(last.Runs[0]) : null;
        if (last.Attempt.Exploratory && last.Reading.Seen && report is not null) state = state with { Pending = Fired(last, report, state) };
        // What the control shows too is how this server works: a few refuted proofs are enough.
        if (history.Count(h => h.ControlRefuted) >= MaxPending) return Ended(input, history);
        if (state.Pending.Count > 0) return Single(input, starts, state);
        var alive = Listened(history).ToList();
        var broken = NotLoaded(starts, history);
        var further = Enumerable.Range(0, starts.Count).Skip(state.Next).Where(i => starts[i].Module is not { } m || !broken.Contains(m.File)).Take(StartsARun).ToList();
        // Until something answers: other ways to start. Then the rarer requests, to what answered and to what else may listen.
        if (alive.Count == 0 && further.Count > 0) return Explore(input, starts, state with { Starts = further, Next = further[^1] + 1, Pending = [] }, 1);
        if (alive.Count > 0 && (!state.Wide || state.Rounds < MaxRounds && further.Count > 0))
        {
            IReadOnlyList<int> chosen = state.Wide ? further : [alive[0], .. further.Take(StartsARun - 1)];
            return Explore(input, starts, state with { Starts = chosen, Next = Math.Max(state.Next, chosen[^1] + 1), Wide = true, Pending = [], Rounds = state.Rounds + 1 }, 3);
        }

        return Ended(input, history);
    }

    private static IEnumerable<int> Listened(IReadOnlyList<AttemptRecord> history) => Tried(history).Where(t => t.Outcome.Answered > 0).Select(t => t.Start).Distinct();

    // Modules that can't be loaded: other arguments for what they export would be in vain.
    private static HashSet<string> NotLoaded(IReadOnlyList<HttpStart> starts, IReadOnlyList<AttemptRecord> history) =>
        [.. Tried(history).Where(t => t.Outcome.IsNotLoaded).Select(t => starts[t.Start].Module?.File).OfType<string>()];

    // What became of the starts of exploring runs, by their place in HttpStarts.Of.
    private static IEnumerable<(int Start, HttpStarted Outcome)> Tried(IReadOnlyList<AttemptRecord> history) => history.Where(h => h.Attempt.Exploratory && h.Runs.Count > 0).SelectMany(h =>
    {
        var state = JsonSerializer.Deserialize<State>(h.Attempt.State, EvidenceJson.Options)!;
        return (HttpReport.Of(h.Runs[0])?.Starts ?? []).Where(s => s.Index >= 0 && s.Index < state.Starts.Count).Select(s => (state.Starts[s.Index], s));
    });

    // Which request fired at which start; a tag that names no answer (a later effect) goes with the start that answered.
    private static List<Pending> Fired(AttemptRecord last, HttpReport report, State state)
    {
        int alive = report.Starts.LastOrDefault(s => s.Answered > 0)?.Index ?? 0;
        int StartOf(string tag) => report.Responses.LastOrDefault(r => r.Tag == tag)?.Start ?? alive;
        return [.. last.Reading.Tags.OrderBy(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).Select(t => new Pending(t, Math.Clamp(StartOf(t), 0, state.Starts.Count - 1))).Take(MaxPending)
            .Select(p => p with { Start = state.Starts[p.Start] })];
    }

    private FamilyStep Explore(ValidationInput input, IReadOnlyList<HttpStart> starts, State state, int servers)
    {
        var cases = kit.Cases(input, state.Wide);
        if (cases.Count == 0) return new FamilyStep.GiveUp("no request is known that carries this input");
        var chosen = HttpStarts.Numbered([.. state.Starts.Select(i => starts[i])]);
        var job = Job(input, "explore", chosen, [.. cases.Select(c => new HttpRequest(c.Tag, c.Attack))], servers);
        var proof = Proof(input, cases[0], chosen[0], [job], []);
        string name = $"{(state.Wide ? "all requests" : "usual requests")}, {chosen[0].Name}{(chosen.Count > 1 ? $" and {chosen.Count - 1} more ways to start" : "")}";
        return new FamilyStep.Try(new ProofAttempt(proof with { Strategy = name }, true, JsonSerializer.Serialize(state, EvidenceJson.Options), Ground(job, chosen)));
    }

    // All that a server notices of the run before the first request: how it is started, what lies in the folders it is told, in which limits. The attacker's own
    // programs and the files to be read or written from outside are there for the requests.
    private ProofGround Ground(ProofJob job, IReadOnlyList<HttpStart> starts)
    {
        var queries = kit.Tune(new HttpInput { Starts = [], Requests = [] }).Queries;
        var files = job.Files.Where(f => f.Path.StartsWith("run/", StringComparison.Ordinal)).Select(f => new { f.Path, f.Content });
        var programs = job.StandIns.Where(p => !p.StartsWith(CommandOracle.Program, StringComparison.Ordinal));
        string key = JsonSerializer.Serialize(new { starts, queries, files, programs, job.WritableProject, job.Environment, job.Limits }, EvidenceJson.Options);
        return new ProofGround(key, runs => runs is [var run] && HttpReport.Of(run) is { } report && report.Starts.Count == starts.Count && report.Starts.All(s => s.HasEndedUnheard));
    }

    private FamilyStep.Try Single(ValidationInput input, IReadOnlyList<HttpStart> starts, State state)
    {
        var pending = state.Pending[0];
        var start = HttpStarts.Alone(starts[pending.Start]);
        var cases = kit.Cases(input, state.Wide);
        var one = cases.FirstOrDefault(c => c.Tag == pending.Tag) ?? cases[0];
        var rest = kit.Cases(input, true).Where(c => c.Attack != one.Attack).Select((c, i) => new HttpRequest(c.Tag, c.Attack)).ToList();
        var variants = rest.Chunk(VariantsARun).Take(3).Select((chunk, i) => Job(input, $"variants-{i + 1}", [start], chunk, 1)).ToList();
        var proof = Proof(input, one, start, [Job(input, "attack", [start], [new HttpRequest(one.Tag, one.Attack)], 1)], variants) with
        {
            Control = [Job(input, "control", [start], [.. one.Control.Select((c, i) => new HttpRequest($"{one.Tag}c{i + 1}", c))], 1)],
        };
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state with { Pending = [.. state.Pending.Skip(1)] }, EvidenceJson.Options)));
    }

    private Proof Proof(ValidationInput input, HttpCase one, HttpStart start, IReadOnlyList<ProofJob> attack, IReadOnlyList<ProofJob> variants) => new(
        Name, one.Strategy, $"{one.Strategy}, sent to the server started by {start.Name}", kit.Level, kit.Oracle, attack, [], variants);

    private ProofJob Job(ValidationInput target, string name, IReadOnlyList<HttpStart> starts, HttpRequest[] requests, int servers)
    {
        var input = kit.Tune(new HttpInput { Starts = starts, Requests = requests, Servers = servers, Lanes = requests.Length > 3 ? 12 : 1 });
        var job = ProofJob.Of(name, [.. HttpFiles.Of(input), .. NamedFolders.Of(target)], ["node", "/work/poc/http-client.js"]) with { WorkingDirectory = HttpStarts.Root };
        return kit.Equip(job, [.. requests.Select(r => r.Tag)]);
    }

    private static FamilyStep Ended(ValidationInput input, IReadOnlyList<AttemptRecord> history)
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

    private static string Short(string text) => text.Split('\n')[0].Trim() is var line && line.Length > 160 ? line[..160] : text.Split('\n')[0].Trim();

    /// <param name="Starts">Which starts the run tries, by their place in <see cref="HttpStarts.Of"/>.</param>
    /// <param name="Next">First start that was not tried yet.</param>
    /// <param name="Wide">Rarer requests too.</param>
    /// <param name="Pending">What fired and is to be confirmed.</param>
    /// <param name="Rounds">Rounds of further starts.</param>
    private sealed record State(IReadOnlyList<int> Starts, int Next, bool Wide, List<Pending> Pending, int Rounds);

    private sealed record Pending(string Tag, int Start);
}
