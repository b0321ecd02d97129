using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Evidence;

namespace CodexSecurity.Pipeline.Validation.Running;

/// <summary>
/// What runs of the same plan on the same state of a project gave, kept for the life of the process, the latest few: findings of one function often ask for
/// the same call, before a patch and after it. Only saves work: what is not here is run. Runs that confirm a finding never come from here.
/// </summary>
/// <param name="isWhole">Whether an outcome was carried out; any other is not kept.</param>
public sealed class SharedRuns<T>(Func<T, bool> isWhole)
{
    private const int Kept = 128;
    private readonly ConcurrentDictionary<string, Lazy<Task<T>>> _outcomes = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>The outcome of a plan, which is written as JSON, on a project: from before, or of a run that is made now.</summary>
    public async Task<T> GetAsync(object plan, ProjectUnderTest project, Func<Task<T>> run, CancellationToken ct)
    {
        string key = KeyOf(plan, project);
        var mine = new Lazy<Task<T>>(run);
        var kept = _outcomes.GetOrAdd(key, mine);
        if (kept == mine)
        {
            _order.Enqueue(key);
            while (_order.Count > Kept && _order.TryDequeue(out var oldest)) _outcomes.TryRemove(oldest, out _);
        }

        try
        {
            var outcome = await kept.Value.WaitAsync(ct).ConfigureAwait(false);
            if (!isWhole(outcome)) Forget();
            return outcome;
        }
        catch when (kept != mine && !ct.IsCancellationRequested)
        {
            return await run().ConfigureAwait(false); // another scan began it, and was cancelled or failed
        }
        catch
        {
            if (kept == mine) Forget();
            throw;
        }

        void Forget() => _outcomes.TryRemove(KeyValuePair.Create(key, kept));
    }

    // A state of a project has one folder for the life of the process.
    private static string KeyOf(object plan, ProjectUnderTest project)
    {
        var dependencies = project.Dependencies is DependencySet.Ready ready ? ready.Tree.HostPath : "";
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(new { Project = project.Tree.HostPath, dependencies, plan }, EvidenceJson.Options)));
    }
}
