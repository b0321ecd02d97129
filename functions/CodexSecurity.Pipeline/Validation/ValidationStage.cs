using System.Text.Json;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Stores a bundle and says where. Content-addressed.</summary>
public delegate Task<ArtifactRef> StoreBundle(ReadOnlyMemory<byte> content, CancellationToken ct);

/// <summary>What the stage works with.</summary>
/// <param name="Sandbox">Where untrusted code runs.</param>
/// <param name="Nonces">Fresh markers.</param>
/// <param name="Families">In order of preference.</param>
/// <param name="Fallbacks">For what the families saw no effect of, in order.</param>
/// <param name="Judge">Reads the runs.</param>
/// <param name="Store">Keeps bundles.</param>
/// <param name="Redact">Removes secrets from text.</param>
public sealed record ValidationTools(
    ISandbox Sandbox, INonceSource Nonces, IReadOnlyList<IProofFamily> Families, IReadOnlyList<IProofFamily> Fallbacks, Judge Judge, StoreBundle Store, Func<string, string> Redact);

/// <summary>Plans, runs and judges proofs for one candidate until one is confirmed, the family has no more ideas or the budget ends.</summary>
public sealed class ValidationStage(ValidationTools tools)
{
    private const string Bundle = "application/zip";
    private readonly ProofRounds _rounds = new(new ProofRunner(tools.Sandbox), tools.Judge, tools.Nonces);
    private readonly SharedRuns<RoundOutcome> _explored = new(r => r.Runs.All(run => run.Ran)), _grounds = new(r => r.Runs.All(run => run.Ran));

    /// <summary>Validates one candidate. Throws only when cancelled.</summary>
    public async Task<ValidationOutcome> RunAsync(ValidationInput input, CancellationToken ct)
    {
        if (input.Class == AttackClass.None) return Ended(ValidationVerdict.NotAttempted, $"no oracle for {input.Rule.Id} yet", []);
        if (tools.Families.FirstOrDefault(f => f.Handles(input)) is not { } family)
            return Ended(ValidationVerdict.NotAttempted, $"no proof is known for {input.Rule.Id} at this kind of entry point", []);
        var status = await tools.Sandbox.ProbeAsync(ct).ConfigureAwait(false);
        if (!status.Available) return Ended(ValidationVerdict.Inconclusive, "no sandbox: " + status.Reason, []);
        var session = new Session(input, family, []);
        if (await TryAllAsync(session, ct).ConfigureAwait(false) is { } confirmed) return confirmed;
        var ended = (session.Verdict, session.Reason);
        int left = input.Budget.Further;
        foreach (var candidate in input.Candidate.OtherWays)
        {
            if (session.IsLost || !Promises(ended.Verdict, input.Class)) break;
            // The dependencies of one package are set up.
            var way = new ValidationInput(candidate, input.Rule, input.Project, input.Texts, input.Context, input.Budget with { Attempts = left });
            if (left <= 0 || way.Package != input.Package || tools.Families.FirstOrDefault(f => f.Handles(way)) is not { } other) continue;
            int before = session.Summaries.Count;
            session = new Session(way, other, session.Summaries) { Runs = session.Runs };
            if (await TryAllAsync(session, ct).ConfigureAwait(false) is { } proved) return proved;
            left -= session.Summaries.Count - before;
            // What ran to its end says more than what could not be carried out.
            if (ended.Verdict == ValidationVerdict.Inconclusive && session.Verdict == ValidationVerdict.NotReproduced) ended = (session.Verdict, session.Reason);
        }

        // Other ways, which most often fail as the best one did, leave a fallback what it needs.
        foreach (var fallback in tools.Fallbacks.Where(f => (input.Budget.Further > 0 || f.ExploresOnce) && !session.IsLost && f.Handles(input)))
        {
            session = new Session(input with { Budget = input.Budget with { Attempts = ValidationBudget.Default.Further } }, fallback, session.Summaries) { Runs = session.Runs };
            if (await TryAllAsync(session, ct).ConfigureAwait(false) is { } proved) return proved;
        }

        return Ended(ended.Verdict, ended.Reason, session.Summaries, session.Runs);
    }

    // A function that several exported ones lead to may be guarded in one of them and not in the next. An expression that was no slower than others most often stays so, whoever hands it the text: what the package offers is looked at by a fallback, which sees whether the expression was reached.
    private static bool Promises(ValidationVerdict verdict, AttackClass attack) => verdict == ValidationVerdict.Inconclusive || attack != AttackClass.ReDoS;

    private async Task<ValidationOutcome?> TryAllAsync(Session session, CancellationToken ct)
    {
        while (session.Next() is { } attempt)
        {
            if (await TryAsync(session, attempt, ct).ConfigureAwait(false) is { } confirmed) return confirmed;
        }

        return null;
    }

    private async Task<ValidationOutcome?> TryAsync(Session session, ProofAttempt attempt, CancellationToken ct)
    {
        var (input, proof) = (session.Input, attempt.Proof);
        var (first, spent, _) = await (attempt.Exploratory ? _explored.GetAsync(new { proof.Oracle, proof.Attack }, input.Project, () => ExploreAsync(attempt, input.Project, ct), ct)
            : _rounds.AttackAsync(proof, input.Project, ct)).ConfigureAwait(false);
        session.Runs += spent;
        var reading = tools.Judge.Read(proof.Oracle, first);
        if (!reading.Seen || attempt.Exploratory)
        {
            session.Add(new AttemptRecord(attempt, first, reading, false), ProofOutcome.NotSeen, reading.Detail);
            return null;
        }

        // Everything else runs from what the bundle holds, so that its replay is this same thing.
        var stored = JsonSerializer.Deserialize<Proof>(JsonSerializer.SerializeToUtf8Bytes(proof, EvidenceJson.Options), EvidenceJson.Options)!;
        var (repeat, (control, _, _), more) = await _rounds.AttackAndControlAsync(stored, input.Project, ct).ConfigureAwait(false);
        session.Runs += more;
        var judgement = tools.Judge.Decide(proof.Oracle, [first, repeat.Runs], control);
        session.Add(new AttemptRecord(attempt, first, reading, judgement.Outcome != ProofOutcome.Confirmed), judgement.Outcome, judgement.Reason);
        if (judgement.Outcome != ProofOutcome.Confirmed) return null;
        EvidenceRun[] runs = [.. Runs("attack", first, reading), .. Runs("control", control, tools.Judge.Read(proof.Oracle, control)), .. Runs("repeat", repeat.Runs, reading)];
        var bundle = new EvidenceBundle(input.Context, tools.Sandbox.Name, FindingJson(input), proof, runs,
            JsonSerializer.Serialize(new { verdict = ValidationVerdict.Confirmed, proof.Level, judgement.Reason, attempts = session.Summaries }, EvidenceJson.Options), null);
        byte[] zip = EvidenceWriter.Write(bundle, tools.Redact);
        if (EvidenceReader.Read(zip) is EvidenceReading.Refused refused) return Ended(ValidationVerdict.Inconclusive, "the evidence can't be read back: " + refused.Reason, session.Summaries, session.Runs);
        var stored2 = await tools.Store(zip, ct).ConfigureAwait(false);
        var summary = new ValidationSummary(
            ValidationVerdict.Confirmed, proof.Level, $"{proof.Description}: {judgement.Reason}", session.Summaries, EvidenceId(input, proof), stored2 with { MediaType = Bundle });
        return new ValidationOutcome(summary, proof, ProofReplayer.Observable(_rounds.ComparedOf(proof, control)), session.Runs);
    }

    // Where a server does not start, it does not start for other requests either: what was seen of it once stands for them.
    private async Task<RoundOutcome> ExploreAsync(ProofAttempt attempt, ProjectUnderTest project, CancellationToken ct)
    {
        Task<RoundOutcome> AttackAsync() => _rounds.AttackAsync(attempt.Proof, project, ct);
        if (attempt.Ground is not { } ground) return await AttackAsync().ConfigureAwait(false);
        var own = false;
        var first = await _grounds.GetAsync(ground.Key, project, () => { own = true; return AttackAsync(); }, ct).ConfigureAwait(false);
        return own || ground.IsBarren(first.Runs) ? first : await AttackAsync().ConfigureAwait(false);
    }

    private static IEnumerable<EvidenceRun> Runs(string role, IReadOnlyList<ProofRun> runs, OracleReading reading) =>
        runs.Select(r => new EvidenceRun(role, r, reading.Seen, reading.Detail));

    private static string FindingJson(ValidationInput input) => JsonSerializer.Serialize(new { id = input.Context.FindingId, input.Rule, Candidate = input.Candidate with { OtherWays = [] } }, EvidenceJson.Options);

    // Of the plan, not of the runs: two scans of the same state name their evidence alike. What is measured has sizes in its plan that were told from times.
    private string EvidenceId(ValidationInput input, Proof proof) =>
        "cse_" + EvidenceWriter.Hash(input.Context.FindingId + "\n" + input.Context.ProjectDigest + "\n" + JsonSerializer.Serialize(
            tools.Judge.Measures(proof.Oracle) ? proof with { Attack = [], Control = [], Variants = [] } : proof, EvidenceJson.Options))[..24];

    private static ValidationOutcome Ended(ValidationVerdict verdict, string reason, IReadOnlyList<ValidationAttempt> attempts, int runs = 0) =>
        new(new ValidationSummary(verdict, ValidationLevel.Static, reason, attempts, null, null), null, "", runs);

    /// <param name="input">What is validated.</param>
    /// <param name="family">Plans the proofs.</param>
    /// <param name="before">What was tried by other ways.</param>
    private sealed class Session(ValidationInput input, IProofFamily family, IReadOnlyList<ValidationAttempt> before)
    {
        private readonly List<AttemptRecord> _history = [];
        private readonly List<ValidationAttempt> _summaries = [.. before];

        public ValidationInput Input => input;
        public int Runs { get; set; }
        public ValidationVerdict Verdict { get; private set; } = ValidationVerdict.NotReproduced;
        public string Reason { get; private set; } = "";
        public IReadOnlyList<ValidationAttempt> Summaries => [.. _summaries];
        /// <summary>The sandbox did not carry out a run.</summary>
        public bool IsLost => _history.Count > 0 && _history[^1].Runs.Any(r => !r.Ran);

        public ProofAttempt? Next()
        {
            if (_history.Count > 0 && _history[^1].Runs.FirstOrDefault(r => !r.Ran) is { } lost) return Stop(ValidationVerdict.Inconclusive, "the sandbox did not carry out a run: " + lost.Reason);
            if (_history.Count >= input.Budget.Attempts || Runs >= input.Budget.Runs) return Stop(ValidationVerdict.NotReproduced, "the proofs that fit the budget ran and showed nothing");
            return family.Next(input, _history) switch
            {
                FamilyStep.Try next => next.Attempt,
                FamilyStep.GiveUp end => Stop(ValidationVerdict.Inconclusive, end.Reason),
                FamilyStep.Exhausted end => Stop(ValidationVerdict.NotReproduced, end.Reason),
                _ => throw new InvalidOperationException("unknown step"),
            };
        }

        public void Add(AttemptRecord record, ProofOutcome outcome, string detail)
        {
            _history.Add(record);
            string name = record.Attempt.Exploratory && record.Reading.Seen ? "explored" : outcome switch
            {
                ProofOutcome.Confirmed => "confirmed", ProofOutcome.NotRepeated => "not-repeated", ProofOutcome.ControlFired => "control-fired",
                ProofOutcome.NotRun => "not-run", _ => "no-effect",
            };
            _summaries.Add(new ValidationAttempt(record.Attempt.Proof.Strategy, name, detail));
        }

        private ProofAttempt? Stop(ValidationVerdict verdict, string reason)
        {
            (Verdict, Reason) = (verdict, reason);
            return null;
        }
    }
}
