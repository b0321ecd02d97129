using System.Text.Json;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Runs a known proof on another state of the project: for the gates of a patch and for <c>replay</c>.</summary>
public sealed class ProofReplayer(ProofRunner runner, Judge judge, INonceSource nonces)
{
    private readonly ProofRounds _rounds = new(runner, judge, nonces);

    /// <summary>Runs attack, control and, where asked for, the mutated attacks. Never throws for what the project does.</summary>
    public async Task<ReplayResult> RunAsync(Proof proof, ProjectUnderTest project, bool withVariants, CancellationToken ct)
    {
        var ((attack, _, _), (control, _, _), _) = await _rounds.AttackAndControlAsync(proof, project, ct).ConfigureAwait(false);
        var reading = judge.Read(proof.Oracle, attack);
        var controlReading = judge.Read(proof.Oracle, control);
        var variants = new List<VariantResult>();
        if (withVariants)
        {
            foreach (var job in proof.Variants)
            {
                var runs = await _rounds.OnceAsync([job], project, ct).ConfigureAwait(false);
                variants.Add(new VariantResult(job.Name, judge.Read(proof.Oracle, runs), runs));
            }
        }

        return new ReplayResult(attack, reading, control, controlReading, variants, Observable(_rounds.ComparedOf(proof, control)));
    }

    /// <summary>
    /// What a round showed to its caller, nonces erased: the member "observable" of each run's <c>result.json</c> where there is one,
    /// else exit code and standard output.
    /// </summary>
    public static string Observable(IReadOnlyList<ProofRun> runs) => string.Join('\n', runs.Select(r => Observable(r) + Programs(r)));

    // What was started, seen from outside: the shell that a patch does away with is no part of it.
    private static string Programs(ProofRun run)
    {
        var started = run.Commands.Where(c => c.Succeeded).Select(c => string.Join(' ', c.Arguments.Select((a, i) => i == 0 ? a[(a.LastIndexOf('/') + 1)..] : a)))
            .Where(c => c.Length > 0 && !s_shells.Contains(c.Split(' ')[0])).Select(run.Nonces.Erase).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        return started.Count == 0 ? "" : "\nstarted: " + string.Join("\nstarted: ", started);
    }

    private static readonly string[] s_shells = ["sh", "bash", "dash", "env"];

    private static string Observable(ProofRun run)
    {
        if (run.Output("/out/result.json") is { } text)
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("observable", out var value)) return run.Nonces.Erase(value.GetRawText());
            }
            catch (Exception error) when (HostileJson.IsRefused(error))
            {
                return run.Nonces.Erase(text); // the project wrote over it: compared as it is
            }
        }

        return $"{run.ExitCode} {run.Nonces.Erase(run.Stdout)}";
    }
}

/// <summary>What a replay gave.</summary>
/// <param name="Attack">The attack's runs.</param>
/// <param name="AttackReading">What the oracle saw in them.</param>
/// <param name="Control">The control's runs.</param>
/// <param name="ControlReading">What the oracle saw in them.</param>
/// <param name="Variants">Mutated attacks, where asked for.</param>
/// <param name="ControlObservable">What the control showed, nonces erased.</param>
public sealed record ReplayResult(
    IReadOnlyList<ProofRun> Attack,
    OracleReading AttackReading,
    IReadOnlyList<ProofRun> Control,
    OracleReading ControlReading,
    IReadOnlyList<VariantResult> Variants,
    string ControlObservable)
{
    /// <summary>Whether every run was carried out; otherwise nothing follows from silence.</summary>
    public bool Ran => Attack.Count > 0 && Control.Count > 0 && Attack.Concat(Control).Concat(Variants.SelectMany(v => v.Runs)).All(r => r.Ran);

    /// <summary>Whether any attack fired.</summary>
    public bool Fired => AttackReading.Seen || Variants.Any(v => v.Reading.Seen);
}

/// <summary>What one mutated attack gave.</summary>
public sealed record VariantResult(string Name, OracleReading Reading, IReadOnlyList<ProofRun> Runs);
