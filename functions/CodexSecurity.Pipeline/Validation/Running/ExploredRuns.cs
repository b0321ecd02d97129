using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>What the runs of a round gave, and how many there were.</summary>
public sealed record RoundOutcome(IReadOnlyList<ProofRun> Runs, int Spent);

/// <summary>
/// Exploring rounds, kept for the life of the process, the latest few: findings that an outsider reaches by one call ask for the same one. Exploring confirms
/// nothing; what it shows is run again for each finding. Only saves work: a round that is not here is run.
/// </summary>
public sealed class ExploredRuns
{
    private const int Kept = 128;
    private readonly ConcurrentDictionary<string, Lazy<Task<RoundOutcome>>> _rounds = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>The outcome of a proof's attack on a project, from before or made now. One that was not carried out is not kept.</summary>
    public async Task<RoundOutcome> GetAsync(Proof proof, ProjectUnderTest project, Func<Task<RoundOutcome>> run, CancellationToken ct)
    {
        string key = KeyOf(proof, project);
        var mine = new Lazy<Task<RoundOutcome>>(run);
        var kept = _rounds.GetOrAdd(key, mine);
        if (kept == mine)
        {
            _order.Enqueue(key);
            while (_order.Count > Kept && _order.TryDequeue(out var oldest)) _rounds.TryRemove(oldest, out _);
        }

        try
        {
            var outcome = await kept.Value.WaitAsync(ct).ConfigureAwait(false);
            if (!outcome.Runs.All(r => r.Ran)) Forget();
            return outcome;
        }
        catch when (kept != mine && !ct.IsCancellationRequested)
        {
            return await run().ConfigureAwait(false); // another scan began it, and was cancelled
        }
        catch
        {
            if (kept == mine) Forget();
            throw;
        }

        void Forget() => _rounds.TryRemove(KeyValuePair.Create(key, kept));
    }

    // Names of jobs tell nothing; the folder of a project follows from the digest of its state.
    private static string KeyOf(Proof proof, ProjectUnderTest project)
    {
        var dependencies = project.Dependencies is DependencySet.Ready ready ? ready.Tree.HostPath : "";
        byte[] plan = JsonSerializer.SerializeToUtf8Bytes(new { Project = project.Tree.HostPath, dependencies, proof.Oracle, proof.Attack }, EvidenceJson.Options);
        return Convert.ToHexStringLower(SHA256.HashData(plan));
    }
}
