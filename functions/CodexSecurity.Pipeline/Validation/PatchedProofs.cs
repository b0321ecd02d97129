using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Regression;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Runs stored proofs for the gates of a patch.</summary>
public sealed partial class PatchedProofs(ProofRunner runner, Judge judge, INonceSource nonces) : IProofReplay
{
    private const int MaxRounds = 12, Shrink = 4, MaxStandIns = 12;
    private const string Input = "poc/input.json", HttpInput = "poc/http-input.json";
    private readonly ProofRounds _rounds = new(runner, judge, nonces);

    /// <inheritdoc />
    public async Task<ProofBaseline> BaselineAsync(ReadOnlyMemory<byte> evidence, ProofProject project, CancellationToken ct)
    {
        if (EvidenceReader.Read(evidence) is not EvidenceReading.Whole { Proof: var proof }) return new ProofBaseline(false, "the evidence bundle can't be read or was changed", [], "", 0);
        var (first, second) = await _rounds.ControlTwiceAsync(proof, Of(project), ct).ConfigureAwait(false);
        var spent = first.Count + second.Count;
        // A program that is not installed makes a command fail before anything can be compared: one that does nothing stands in, before and after.
        if (Missing(first) is { Count: > 0 } missing)
        {
            proof = WithStandIns(proof, missing);
            (first, second) = await _rounds.ControlTwiceAsync(proof, Of(project), ct).ConfigureAwait(false);
            spent += first.Count + second.Count;
        }

        if (Unfinished(first.Concat(second)) is { } reason) return new ProofBaseline(false, reason, [], "", spent);
        return new ProofBaseline(true, "", [ProofReplayer.Observable(first), ProofReplayer.Observable(second)], JsonSerializer.Serialize(proof, EvidenceJson.Options), spent, (int)first.Concat(second).Max(r => r.DurationMs), judge.Measures(proof.Oracle));
    }

    /// <inheritdoc />
    public async Task<ProofObservation> ReplayAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct)
    {
        var proof = Read(baseline);
        var (round, quietRound, spent) = await _rounds.AttackAndControlAsync(proof, Of(project), ct).ConfigureAwait(false);
        var (attack, control) = (round.Runs, quietRound.Runs);
        var (seen, quiet) = (judge.Read(proof.Oracle, attack), judge.Read(proof.Oracle, control));
        var lost = attack.Concat(control).FirstOrDefault(r => !r.Ran);
        var ran = lost is null && round.IsWhole && quietRound.IsWhole;
        return new ProofObservation(ran, lost?.Reason ?? "", attack.Concat(control).All(r => r.Kill == SandboxKill.None), seen.Seen, seen.Detail, quiet.Seen,
            ProofReplayer.Observable(_rounds.ComparedOf(proof, control)), spent);
    }

    /// <inheritdoc />
    public async Task<VariantObservation> VariantsAsync(ProofBaseline baseline, ProofProject project, CancellationToken ct)
    {
        var proof = Read(baseline);
        var whole = new VariantObservation(0, 0, "", "", 0);
        // An effect that is measured over several runs has mutated attacks of as many jobs each.
        foreach (var jobs in proof.Variants.Chunk(proof.Attack.Count))
        {
            // Requests to a server: those that were answered have run; their order is not that of the plan.
            if (jobs.Length == 1 && Count(jobs[0], "requests") is > 0 and var requests) whole = Join(whole, await AskAsync(proof, jobs, requests, project, ct).ConfigureAwait(false));
            else if (jobs.Length == 1 && Count(jobs[0], "cases") is > 1 and var cases && !judge.Measures(proof.Oracle))
            {
                // Two processes beside each other, with half of the calls each.
                var first = CallAsync(proof, [Slice(jobs[0], 0, cases / 2)], cases / 2, baseline.CallMs, project, ct);
                var second = CallAsync(proof, [Slice(jobs[0], cases / 2, cases - cases / 2)], cases - cases / 2, baseline.CallMs, project, ct);
                whole = Join(Join(whole, await first.ConfigureAwait(false)), await second.ConfigureAwait(false));
            }
            else whole = Join(whole, await CallAsync(proof, jobs, jobs.Length == 1 ? Math.Max(1, Count(jobs[0], "cases")) : 1, baseline.CallMs, project, ct).ConfigureAwait(false));

            if (whole.Fired.Length > 0) break;
        }

        return whole with { Reason = whole.Fired.Length > 0 || whole.Ran == whole.Planned ? "" : whole.Reason };
    }

    private static VariantObservation Join(VariantObservation one, VariantObservation other) => new(
        one.Planned + other.Planned, one.Ran + other.Ran, one.Fired.Length > 0 ? one.Fired : other.Fired, other.Reason.Length > 0 ? other.Reason : one.Reason, one.Runs + other.Runs);

    private async Task<VariantObservation> AskAsync(Proof proof, ProofJob[] jobs, int requests, ProofProject project, CancellationToken ct)
    {
        var answers = await _rounds.OnceAsync(jobs, Of(project), ct).ConfigureAwait(false);
        if (answers.FirstOrDefault(r => !r.Ran) is { } gone) return new VariantObservation(requests, 0, "", gone.Reason, answers.Count);
        if (judge.Read(proof.Oracle, answers) is { Seen: true } seen) return new VariantObservation(requests, 1, Named(jobs[0], seen), "", answers.Count);
        var answered = Math.Min(requests, Reported(answers[0]));
        return new VariantObservation(requests, answered, "", answered < requests ? "not every request was answered" : "", answers.Count);
    }

    // Calls of one process after another: as many at once as the limits bear, and where one ends the process, on from the next.
    private async Task<VariantObservation> CallAsync(Proof proof, ProofJob[] jobs, int cases, int callMs, ProofProject project, CancellationToken ct)
    {
        var (done, spent, reason) = (0, 0, "");
        var limits = jobs[0].Limits;
        // With room to spare: what a mutated attack does may take longer than what the harmless call did.
        var fit = Math.Max(1, Math.Min(limits.WallMs, limits.CpuMs) / 2 / Math.Max(1, callMs));
        for (int from = 0, size = Math.Min(cases, fit), round = 0; from < cases; round++)
        {
            if (round >= MaxRounds) { reason = "the others take more runs than are spent on them"; break; }
            size = Math.Min(size, cases - from);
            ProofJob[] now = size == cases ? jobs : [Slice(jobs[0], from, size)];
            var runs = (await _rounds.UntilRuledOutAsync(proof.Oracle, now, Of(project), ct).ConfigureAwait(false)).Runs;
            spent += runs.Count;
            if (runs.FirstOrDefault(r => !r.Ran) is { } lost) { reason = lost.Reason; break; }
            if (judge.Read(proof.Oracle, runs) is { Seen: true } fired) return new VariantObservation(cases, done + 1, Named(jobs[0], fired), "", spent);
            if (runs.Any(r => r.Kill != SandboxKill.None) && jobs.Length > 1) { reason = "a run ended by a limit"; break; }
            var whole = runs[0].Kill == SandboxKill.None;
            var reported = jobs.Length == 1 && Count(jobs[0], "cases") > 0 ? Reported(runs[0]) : size;
            if (whole && reported >= size) { (from, done) = (from + size, done + size); continue; }
            if (whole && reported > 0) { (from, done) = (from + reported, done + reported); continue; }
            // Too many at once for the limits, or one that ends the process: fewer at a time; one that does so alone is left out.
            if (size > 1) { size = Math.Max(1, size / Shrink); continue; }
            reason = !whole ? $"a run ended by its {runs[0].Kill} limit" : "the project ends the process early";
            from++;
        }

        return new VariantObservation(cases, done, "", reason, spent);
    }

    /// <inheritdoc />
    public ProofTest? TestFor(ProofBaseline baseline) => RegressionTests.Of(Read(baseline));

    /// <inheritdoc />
    public byte[] Attach(ReadOnlyMemory<byte> evidence, string diff, string verification) => EvidencePatch.Attach(evidence, diff, verification);

    private static Proof Read(ProofBaseline baseline) => JsonSerializer.Deserialize<Proof>(baseline.Proof, EvidenceJson.Options)!;

    private static ProjectUnderTest Of(ProofProject project) => new(project.Tree, project.Dependencies);

    private static string? Unfinished(IEnumerable<ProofRun> runs)
    {
        foreach (var run in runs)
        {
            if (!run.Ran) return "the sandbox did not carry out a run: " + run.Reason;
            if (run.Kill != SandboxKill.None) return "the control run does not end by itself";
        }

        return null;
    }

    private static List<string> Missing(IReadOnlyList<ProofRun> runs) =>
    [
        .. runs.SelectMany(r => r.Commands.Where(c => !c.Succeeded).Select(c => c.Program[(c.Program.LastIndexOf('/') + 1)..]).Except(r.Commands.Where(c => c.Succeeded).Select(c => c.Program[(c.Program.LastIndexOf('/') + 1)..]))
                .Concat(NotFound().Matches(r.Stderr + "\n" + r.Output("/out/result.json")).Select(m => m.Groups[1].Success ? m.Groups[1].Value : m.Groups[2].Value)).Where(n => IsName(n) && !n.Contains(r.Nonces.Attack, StringComparison.Ordinal)))
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Take(MaxStandIns),
    ];

    private static bool IsName(string n) => n.Length is > 0 and < 40 && !n.StartsWith("csx", StringComparison.Ordinal) && n.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    private static Proof WithStandIns(Proof proof, IReadOnlyList<string> names)
    {
        IReadOnlyList<ProofJob> Each(IReadOnlyList<ProofJob> jobs) => [.. jobs.Select(j => j with { StandIns = [.. j.StandIns.Union(names)] })];
        return proof with { Attack = Each(proof.Attack), Control = Each(proof.Control), Variants = Each(proof.Variants) };
    }

    private static int Count(ProofJob job, string member) => Plan(job)?[member] is JsonArray list ? list.Count : 0;

    private static JsonObject? Plan(ProofJob job) => job.Files.FirstOrDefault(f => f.Path is Input or HttpInput) is { } file ? JsonNode.Parse(file.Content) as JsonObject : null;

    private static int Reported(ProofRun run)
    {
        try
        {
            return run.Output("/out/result.json") is { } text && JsonNode.Parse(text) is JsonObject report && report["cases"] is JsonArray cases ? cases.Count : 0;
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return 0; // written by the project: nothing is known
        }
    }

    private static ProofJob Slice(ProofJob job, int first, int count)
    {
        var plan = Plan(job)!;
        plan["cases"] = new JsonArray([.. plan["cases"]!.AsArray().Skip(first).Take(count).Select(c => c!.DeepClone())]);
        return job with { Files = [.. job.Files.Select(f => f.Path == Input ? f with { Content = plan.ToJsonString(EvidenceJson.Options) } : f)] };
    }

    private static string Named(ProofJob job, OracleReading fired) => fired.Tags.Count > 0 ? $"{job.Name} ({string.Join(", ", fired.Tags.Take(4))})" : job.Name;

    [GeneratedRegex(@"(?:sh|bash): (?:\d+: |line \d+: )?([\w.-]+): (?:command )?not found|spawn(?:Sync)? ([\w.-]+) ENOENT")]
    private static partial Regex NotFound();
}
