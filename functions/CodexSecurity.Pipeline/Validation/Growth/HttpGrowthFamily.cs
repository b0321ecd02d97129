using System.Globalization;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Http;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Growth;

/// <summary>
/// Slow regular expressions behind a server: an exploring run starts it and sends requests with growing texts until one keeps it busy; the proof measures
/// three sizes of that request from outside, each with a server of its own, beside requests of the same lengths with a harmless text.
/// What a request may hold is limited, so that one which takes long, but less than a proof aims at, is sent a few times.
/// </summary>
public sealed class HttpGrowthFamily : IProofFamily
{
    private const int StartsARun = 4, MaxVariants = 3, MaxRefuted = 2, MaxTimes = 24, Places = 4, MorePlaces = 8, Subjects = 5, MoreSubjects = 12;
    // Less than node's 16 KiB for all headers, and than the 100 KiB that the usual parsers read of a body.
    private const int HeadRoom = 14_000, BodyRoom = 90_000, Beginning = 4_000;
    // Milliseconds of CPU time from which on a request counts, where it is sent as often as that.
    private const double Least = GrowthSizes.Wanted / MaxTimes;
    private const double Alike = 0.6;
    private const string Mark = "csxpump";

    /// <inheritdoc />
    public string Name => "http/ReDoS/cpu";

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input is { Class: AttackClass.ReDoS, Candidate: { EntryPoint: not null, Inputs.Count: > 0 } } && HttpFamily.IsHttp(input.Candidate);

    /// <inheritdoc />
    public FamilyStep Next(ValidationInput input, IReadOnlyList<AttemptRecord> history)
    {
        var starts = HttpStarts.Of(input);
        if (history.Count == 0) return Explore(input, starts, new State([.. Enumerable.Range(0, Math.Min(StartsARun, starts.Count(s => !s.Assisted)))], StartsARun, false, 1));
        var last = history[^1];
        var state = JsonSerializer.Deserialize<State>(last.Attempt.State, EvidenceJson.Options)!;
        if (last.Attempt.Exploratory && Find(input, state, last) is { } found) return Prove(input, starts[found.Start], found, state);
        if (history.Count(h => h.ControlRefuted) >= MaxRefuted) return HttpAttempts.Ended(input, history);
        // A shared machine is at times twice as fast as a moment before: what stayed below the floor is measured once more, with twice as many requests.
        if (!last.Attempt.Exploratory && last.Reading is { Seen: false, Measure: > 0, IsBeyondLimits: false } && state.Times == 1 && history.LastOrDefault(h => h.Attempt.Exploratory) is { } explored && Find(input, state, explored) is { } again)
            return Prove(input, starts[again.Start], again, state with { Times = 2 });
        var alive = HttpAttempts.Listened(history).ToList();
        var further = HttpAttempts.Further(starts, state.Next, history).Take(StartsARun).ToList();
        // What can't be started, waits for a database or refuses the visitor.
        var helped = HttpAttempts.Assisted(starts, alive);
        if (!state.Assisted && helped.Count > 0) return Explore(input, starts, state with { Starts = helped, Assisted = true, Times = 1 });
        if (alive.Count == 0 && further.Count > 0) return Explore(input, starts, state with { Starts = further, Next = further[^1] + 1 });
        // What answers need not be set up as the code wants it.
        return alive.Count > 0 && !state.Wide ? Explore(input, starts, state with { Starts = [.. HttpAttempts.Best(starts, alive).Concat(further).Take(StartsARun)], Wide = true, Times = 1 }) : HttpAttempts.Ended(input, history);
    }

    private FamilyStep Explore(ValidationInput input, IReadOnlyList<HttpStart> starts, State state)
    {
        var subjects = SubjectsOf(input, state);
        if (subjects.Count == 0) return new FamilyStep.GiveUp("no attack string is known for the regular expression");
        var requests = new List<HttpRequest>();
        var places = PlacesOf(input, state);
        for (int p = 0; p < places.Count; p++)
        {
            for (int s = 0; s < subjects.Count; s++)
                if (Carried(places[p], subjects[s]) is { } carried) requests.Add(new HttpRequest(Tag('s', p, s), carried.Raw, new HttpRepeat(Mark, carried.Pump, carried.Sizes(subjects[s]), 1, p)));
            for (int b = 0; b < GrowthSizes.BenignPumps.Length; b++)
                if (Carried(places[p], Harmless(b)) is { } carried) requests.Add(new HttpRequest(Tag('b', p, b), carried.Raw, new HttpRepeat(Mark, carried.Pump, [carried.Most], 1, p, true)));
        }

        if (requests.Count == 0) return new FamilyStep.GiveUp("no request is known that carries this input");
        var chosen = HttpStarts.Numbered([.. state.Starts.Select(i => starts[i])]);
        var job = Job(input, "explore", chosen, requests, true, state.Wide ? StartsARun - 1 : 1);
        string name = $"growth of {subjects.Count} subjects at {places.Count} places of a request, {chosen[0].Name}{(chosen.Count > 1 ? $" and {chosen.Count - 1} more ways to start" : "")}";
        var proof = new Proof(Name, name, "exploring", ValidationLevel.Reproduced, OracleSpec.Of("cpu"), [job], [], []);
        return new FamilyStep.Try(new ProofAttempt(proof, true, JsonSerializer.Serialize(state, EvidenceJson.Options), HttpAttempts.Ground(job, chosen, true)));
    }

    private FamilyStep.Try Prove(ValidationInput input, HttpStart start, Found found, State state)
    {
        var alone = HttpStarts.Alone(start);
        int times = Math.Min(MaxTimes, found.Times * state.Times);
        int[] sizes = [Math.Max(1, found.Size / 36), Math.Max(2, found.Size / 6), found.Size], rising = [.. sizes, sizes[1], sizes[0]];
        var carried = Carried(found.Place, found.Subject)!;
        var harmless = Carried(found.Place, Harmless(found.Benign))!;
        var attack = rising.Select((n, i) => One($"attack-{i + 1}", carried, n)).ToList();
        var control = sizes.Select((n, i) => One($"control-{i + 1}", harmless, Math.Max(1, n * carried.Pump.Length / harmless.Pump.Length))).ToList();
        var others = SubjectsOf(input, state with { Wide = true }).Where(s => s.Degree == found.Subject.Degree && s != found.Subject && (s.Prefix, s.Pump, s.Suffix) != (found.Subject.Prefix, found.Subject.Pump, found.Subject.Suffix))
            .Select(s => Carried(found.Place, s)).OfType<CarriedText>().Take(MaxVariants);
        var variants = others.SelectMany((o, v) => rising.Select((n, i) => One($"variant-{v + 1}-{i + 1}", o, Math.Clamp(n * carried.Pump.Length / o.Pump.Length, 1, o.Most)))).ToList();
        var proof = new Proof(Name, $"growing subject {found.Subject.Name}", $"requests with a text of growing length, sent to the server started by {alone.Name}", alone.Assisted ? ValidationLevel.Harness : ValidationLevel.Reproduced, OracleSpec.Of("cpu"), attack, control, variants);
        return new FamilyStep.Try(new ProofAttempt(proof, false, JsonSerializer.Serialize(state, EvidenceJson.Options)));

        ProofJob One(string name, CarriedText text, int n) => Job(input, name, [alone], [new HttpRequest("t1", text.Raw, new HttpRepeat(Mark, text.Pump, [n], times))], false);
    }

    // The text that became slow, and where none did for want of room, the one that took longest.
    private static Found? Find(ValidationInput input, State state, AttemptRecord explored)
    {
        if (explored.Runs is not [var run, ..] || HttpReport.Of(run) is not { } report) return null;
        var places = PlacesOf(input, state);
        var subjects = SubjectsOf(input, state);
        var series = report.Growth.Where(m => m.Start >= 0 && m.Start < state.Starts.Count).GroupBy(m => (m.Start, m.Tag)).Select(g => (g.Key.Start, g.Key.Tag, Measures: g.OrderBy(m => m.Size).Select(m => new GrowthMeasure(m.Size, m.Cpu, m.Cut)).ToList())).ToList();
        var texts = places.SelectMany((place, p) => subjects.Select((subject, s) => (Place: p, Subject: subject, Tag: Tag('s', p, s)))).ToList();
        var found = series.Join(texts, s => s.Tag, t => t.Tag, (s, t) => (s.Start, t.Place, t.Subject, s.Measures), StringComparer.Ordinal).OrderBy(x => x.Start).ThenBy(x => x.Place).ToList();
        // Times vary: of those that took about as long the first, so that two scans choose the same.
        double longest = found.Select(x => x.Measures[^1].Cpu).DefaultIfEmpty().Max();
        var slowest = found.FirstOrDefault(x => x.Measures[^1].Cpu >= longest * Alike);
        if (slowest.Measures is not [.., { Cpu: >= Least } last]) return null;
        int size = Math.Clamp(GrowthSizes.Of(slowest.Subject, slowest.Measures), 1, Carried(places[slowest.Place], slowest.Subject)?.Most ?? int.MaxValue);
        double expected = slowest.Subject.Degree == 0 ? GrowthSizes.Wanted : last.Cpu * Math.Pow((double)size / Math.Max(1, last.Size), Math.Max(2, slowest.Subject.Degree));
        int benign = Enumerable.Range(0, GrowthSizes.BenignPumps.Length).MinBy(b => series.FirstOrDefault(s => s.Start == slowest.Start && s.Tag == Tag('b', slowest.Place, b)).Measures is [.., var m] ? m.Cpu : double.MaxValue);
        return new Found(state.Starts[slowest.Start], places[slowest.Place], slowest.Subject, size, (int)Math.Clamp(Math.Ceiling(GrowthSizes.Wanted / Math.Max(1, expected)), 1, MaxTimes), benign);
    }

    // The request with a mark where the pump is repeated; null where the place does not let the text through as it is, or leaves no room for it.
    private static CarriedText? Carried(Func<string, string> place, Subject subject)
    {
        string[] parts = place($"{subject.Prefix}{Mark}{subject.Pump}{Mark}{subject.Suffix}").Split(Mark);
        if (parts is not [var before, { Length: > 0 } pump, var after]) return null;
        bool isBody = before.Contains("\r\n\r\n", StringComparison.Ordinal);
        int most = ((isBody ? BodyRoom : HeadRoom) - subject.Prefix.Length - subject.Suffix.Length) / pump.Length;
        return most < 4 ? null : new CarriedText(before + Mark + after, pump, most);
    }

    private static IReadOnlyList<Func<string, string>> PlacesOf(ValidationInput input, State state) => [.. RawRequests.Places(input, input.Candidate.Inputs[0]).Take(state.Wide ? MorePlaces : Places)];

    private static IReadOnlyList<Subject> SubjectsOf(ValidationInput input, State state) => [.. RegexSubjects.Of(input.Candidate, null, state.Wide).Take(state.Wide ? MoreSubjects : Subjects)];

    private static Subject Harmless(int index) => new("harmless", "", GrowthSizes.BenignPumps[index], "", 1);

    private static string Tag(char kind, int place, int text) => $"{kind}{place.ToString(CultureInfo.InvariantCulture)}x{text.ToString(CultureInfo.InvariantCulture)}";

    private static ProofJob Job(ValidationInput target, string name, IReadOnlyList<HttpStart> starts, IReadOnlyList<HttpRequest> requests, bool explores, int servers = 1)
    {
        var input = new HttpInput
        {
            Starts = starts, Requests = requests, Servers = servers, Lanes = 1, Steady = true, Restarts = explores ? 6 : 0, Drain = 0, Growth = explores ? new HarnessGrowth(GrowthSizes.Slow, 0) : null,
            Timeout = explores ? 2500 : 9000, Total = explores ? 24_000 : 18_000,
        };
        return ProofJob.Of(name, [.. HttpFiles.Of(input), .. NamedFolders.Of(target)], ["node", "/work/poc/http-client.js"]) with
        {
            WorkingDirectory = HttpStarts.Root, WritableProject = starts.Any(s => s.Assisted), Limits = new ProofLimits(WallMs: explores ? 30_000 : 20_000, CpuMs: explores ? 24_000 : 12_000),
        };
    }

    /// <param name="Raw">The request with <see cref="Mark"/> in it.</param>
    /// <param name="Pump">The pump as it stands there.</param>
    /// <param name="Most">How many of it there is room for.</param>
    private sealed record CarriedText(string Raw, string Pump, int Most)
    {
        // What grows with the square takes no time worth a request before some thousand characters.
        public IReadOnlyList<int> Sizes(Subject subject) => subject.Degree == 0 ? [.. subject.Sizes.Where(n => n <= Most)]
            : [.. subject.Sizes.Where(n => n < Most && (subject.Degree > 2 || n * subject.Pump.Length >= Beginning)), Most];
    }

    private sealed record Found(int Start, Func<string, string> Place, Subject Subject, int Size, int Times, int Benign);

    /// <param name="Starts">Which starts the run tries, by their place in <see cref="HttpStarts.Of"/>.</param>
    /// <param name="Next">First start that was not tried yet.</param>
    /// <param name="Wide">More subjects and places.</param>
    /// <param name="Times">How many times over the requests of a proof are sent.</param>
    /// <param name="Assisted">Assisted starts were tried.</param>
    private sealed record State(List<int> Starts, int Next, bool Wide, int Times, bool Assisted = false);
}
