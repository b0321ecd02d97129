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
        // What a cloud calls with a request is called with an event in its place.
        || candidate.SourceKind == "http-request" && candidate.EntryPoint.Kind != EntryPointKind.LibraryExport || candidate.Inputs[0].Root == "request"
        || candidate.EntryPoint.Kind == EntryPointKind.LibraryExport && TakesRequest(candidate.EntryPoint, candidate.Inputs[0]);

    // A parameter that is read like a request, or a neighbour that is written to like a response.
    private static bool TakesRequest(EntryPoint entry, TaintedInput input) =>
        input.AccessPath is ["url" or "originalUrl" or "headers", ..]
        && entry.Parameters.Any(p => p.Properties.Count(q => q.Name is "writeHead" or "setHeader" or "end" or "statusCode" or "write" or "pipe") >= 2);

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var starts = HttpStarts.Of(input);
        if (history.Count == 0) return Explore(input, starts, new State([.. Enumerable.Range(0, Math.Min(StartsARun, starts.Count(s => !s.Assisted)))], StartsARun, false, [], 0), 1);
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        var report = last.Runs.Count > 0 ? HttpReport.Of(last.Runs[0]) : null;
        if (last.Attempt.Exploratory && last.Reading.Seen && report is not null) state = state with { Pending = Fired(last, report, state) };
        // What the control shows too is how this server works: a few refuted proofs are enough.
        if (history.Count(h => h.ControlRefuted) >= MaxPending) return HttpAttempts.Ended(input, history);
        if (state.Pending.Count > 0) return Single(input, starts, state);
        var alive = HttpAttempts.Listened(history).ToList();
        var further = HttpAttempts.Further(starts, state.Next, history).Take(StartsARun).ToList();
        // What can't be started, waits for a database or refuses the visitor.
        var helped = HttpAttempts.Assisted(starts, alive);
        if (!state.Assisted && helped.Count > 0) return Explore(input, starts, state with { Starts = helped, Assisted = true, Pending = [] }, 1);
        // Until something answers: other ways to start. Then the rarer requests, to what answered and to what else may listen.
        if (alive.Count == 0 && further.Count > 0) return Explore(input, starts, state with { Starts = further, Next = further[^1] + 1, Pending = [] }, 1);
        if (alive.Count > 0 && (!state.Wide || state.Rounds < MaxRounds && further.Count > 0))
        {
            IReadOnlyList<int> chosen = state.Wide ? further : [.. HttpAttempts.Best(starts, alive).Concat(further).Take(StartsARun)];
            return Explore(input, starts, state with { Starts = chosen, Next = Math.Max(state.Next, chosen.Where(c => !starts[c].Assisted).DefaultIfEmpty(-1).Max() + 1), Wide = true, Pending = [], Rounds = state.Rounds + 1 }, 3);
        }

        return HttpAttempts.Ended(input, history);
    }

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
        return new FamilyStep.Try(new ProofAttempt(proof with { Strategy = name }, true, JsonSerializer.Serialize(state, EvidenceJson.Options), HttpAttempts.Ground(job, chosen, kit.Tune(new HttpInput { Starts = [], Requests = [] }).Queries)));
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
        Name, one.Strategy, $"{one.Strategy}, sent to the server started by {start.Name}", start.Assisted ? ValidationLevel.Harness : kit.Level, kit.Oracle, attack, [], variants);

    private ProofJob Job(ValidationInput target, string name, IReadOnlyList<HttpStart> starts, HttpRequest[] requests, int servers)
    {
        var input = kit.Tune(new HttpInput { Starts = starts, Requests = requests, Servers = servers, Lanes = requests.Length > 3 ? 12 : 1 });
        var job = ProofJob.Of(name, [.. HttpFiles.Of(input), .. NamedFolders.Of(target), .. NamedEndings.Secrets(target)], ["node", "/work/poc/http-client.js"]) with
        {
            // An application that is set up writes into its own folders.
            WorkingDirectory = HttpStarts.Root, WritableProject = starts.Any(s => s.Assisted),
        };
        return kit.Equip(job, [.. requests.Select(r => r.Tag)]);
    }

    /// <param name="Starts">Which starts the run tries, by their place in <see cref="HttpStarts.Of"/>.</param>
    /// <param name="Next">First start that was not tried yet.</param>
    /// <param name="Wide">Rarer requests too.</param>
    /// <param name="Pending">What fired and is to be confirmed.</param>
    /// <param name="Rounds">Rounds of further starts.</param>
    /// <param name="Assisted">Assisted starts were tried.</param>
    private sealed record State(IReadOnlyList<int> Starts, int Next, bool Wide, List<Pending> Pending, int Rounds, bool Assisted = false);

    private sealed record Pending(string Tag, int Start);
}
