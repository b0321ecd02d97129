using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Judging;

/// <summary>The only place where a proof becomes a confirmation.</summary>
public sealed class Judge
{
    private readonly Dictionary<string, IOracle> _oracles;

    /// <summary>A judge with these oracles; names are unique.</summary>
    public Judge(IEnumerable<IOracle> oracles) => _oracles = oracles.ToDictionary(o => o.Name, StringComparer.Ordinal);

    /// <summary>What the oracle of a proof sees in the runs of one round.</summary>
    public OracleReading Read(OracleSpec spec, IReadOnlyList<ProofRun> runs) =>
        runs.Any(r => !r.Ran) ? OracleReading.Nothing("a run was not carried out") : Oracle(spec).Read(runs, spec);

    /// <summary>Whether the runs of a proof are measured, so that nothing of the same proof may run beside them.</summary>
    public bool Measures(OracleSpec spec) => Oracle(spec).Measures;

    /// <summary>Whether a reading leaves the effect open: see <see cref="IOracle.IsOpen"/>.</summary>
    public bool IsOpen(OracleSpec spec, OracleReading reading) => Oracle(spec).IsOpen(reading);

    /// <summary>The jobs that may rule the effect out early: see <see cref="IOracle.First"/>.</summary>
    public IReadOnlyList<int> First(OracleSpec spec, int jobs) => Oracle(spec).First(jobs);

    /// <summary>Whether these jobs were all carried out, ended by themselves and rule the effect out: see <see cref="IOracle.RulesOut"/>.</summary>
    public bool RulesOut(OracleSpec spec, IReadOnlyList<ProofRun> first) =>
        first.All(r => r.Ran && r.Kill == Ports.Sandbox.SandboxKill.None) && Oracle(spec).RulesOut(first);

    /// <summary>
    /// Weighs a whole proof: every attack round must show the effect, the control must be silent and have run, and each round has nonces of its own.
    /// </summary>
    public ProofJudgement Decide(OracleSpec spec, IReadOnlyList<IReadOnlyList<ProofRun>> attackRounds, IReadOnlyList<ProofRun> control)
    {
        var everything = attackRounds.SelectMany(r => r).Concat(control).ToList();
        if (everything.FirstOrDefault(r => !r.Ran) is { } lost) return new(ProofOutcome.NotRun, $"the sandbox did not carry out a run: {lost.Reason}");
        if (attackRounds.Count < 2 || attackRounds.Any(r => r.Count == 0) || control.Count == 0) return new(ProofOutcome.NotRun, "a round is missing");
        if (attackRounds.Append(control).Select(r => r[0].Nonces.Attack).Distinct(StringComparer.Ordinal).Count() != attackRounds.Count + 1)
            return new(ProofOutcome.NotRun, "two rounds share a nonce");
        var readings = attackRounds.Select(r => Read(spec, r)).ToList();
        if (readings.All(r => !r.Seen)) return new(ProofOutcome.NotSeen, readings[0].Detail);
        if (!readings.All(r => r.Seen)) return new(ProofOutcome.NotRepeated, "the effect did not repeat");
        // A reference that ended by a limit says nothing about silence.
        if (control.Any(r => r.Kill != Ports.Sandbox.SandboxKill.None)) return new(ProofOutcome.ControlFired, "the control run did not end by itself");
        var reading = Read(spec, control);
        return Oracle(spec).IsSilent(reading, readings[0])
            ? new(ProofOutcome.Confirmed, readings[0].Detail)
            : new(ProofOutcome.ControlFired, "the control run showed the same effect");
    }

    private IOracle Oracle(OracleSpec spec) =>
        _oracles.TryGetValue(spec.Name, out var oracle) ? oracle : throw new ArgumentException($"There is no oracle {spec.Name}.", nameof(spec));
}

/// <summary>Outcome of a proof.</summary>
public enum ProofOutcome { Confirmed, NotSeen, NotRepeated, ControlFired, NotRun }

/// <summary>A judgement and its reason.</summary>
public sealed record ProofJudgement(ProofOutcome Outcome, string Reason);
