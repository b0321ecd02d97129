using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Judging;

/// <summary>
/// "command": a program whose file name begins with <see cref="Prefix"/> and the attack nonce was started (or attempted), as seen from
/// outside. What follows the nonce in the name tells which of several payloads it was.
/// </summary>
public sealed class CommandOracle : IOracle
{
    /// <summary>First characters of the canary program's name.</summary>
    public const string Prefix = "csx";

    /// <summary>The canary program as a plan names it; a payload's tag (letters, digits) may follow.</summary>
    public const string Program = Prefix + Nonces.AttackMark;

    /// <inheritdoc />
    public string Name => "command";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            string wanted = Prefix + run.Nonces.Attack;
            foreach (var command in run.Commands)
            {
                string file = command.Program[(command.Program.LastIndexOf('/') + 1)..];
                if (file.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)) tags.Add(file[wanted.Length..]);
            }
        }

        return tags.Count > 0 ? OracleReading.Effect("the attacker's program was started", [.. tags]) : OracleReading.Nothing("no program of the attacker was started");
    }
}

/// <summary>"secret": the content of a file outside the project came back in a result, a response or on standard output.</summary>
public sealed class SecretOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "secret";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec) =>
        runs.Any(r => r.Outputs.Any(o => Holds(o.Text, r)) || Holds(r.Stdout, r) || Holds(r.Stderr, r))
            ? OracleReading.Effect("the content of a file outside the root came back")
            : OracleReading.Nothing("no content of a file outside the root came back");

    private static bool Holds(string text, ProofRun run) => text.Contains(run.Nonces.Secret, StringComparison.Ordinal);
}

/// <summary>"written": a file named by the attack nonce appeared in <c>/work/escape</c>, which lies outside every root.</summary>
public sealed class WrittenOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "written";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        string[] tags = [.. runs.SelectMany(r => Escape.Tags(r)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return tags.Length > 0 ? OracleReading.Effect("a file was made outside the root", tags) : OracleReading.Nothing("no file was made outside the root");
    }
}

/// <summary>"removed": a file named by the attack nonce, placed in <c>/work/escape</c> before the run, is gone after it.</summary>
public sealed class RemovedOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "removed";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        // A run that ended by a limit gives no files back: then nothing can be said.
        var gone = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var run in runs.Where(r => r.Output("/work/escape/keep") is not null))
        {
            var left = Escape.Tags(run).ToHashSet(StringComparer.Ordinal);
            gone.UnionWith((Library.HarnessReport.Of(run)?.Cases.Select(c => c.Tag) ?? []).Where(t => !left.Contains(t)));
        }

        return gone.Count > 0 ? OracleReading.Effect("a file outside the root was removed", [.. gone]) : OracleReading.Nothing("no file outside the root was removed");
    }
}

internal static class Escape
{
    public static IEnumerable<string> Tags(ProofRun run)
    {
        string wanted = "/work/escape/csx" + run.Nonces.Attack;
        return run.Outputs.Where(o => o.Path.StartsWith(wanted, StringComparison.OrdinalIgnoreCase)).Select(o => o.Path[wanted.Length..]);
    }
}

/// <summary>"request": a request that carries the attack nonce reached a listener which only the attack input names.</summary>
public sealed class RequestOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "request";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        bool seen = false;
        foreach (var run in runs)
        {
            foreach (var request in run.Requests)
            {
                int at = request.Text.IndexOf(run.Nonces.Attack, StringComparison.OrdinalIgnoreCase);
                if (at < 0) continue;
                seen = true;
                tags.Add(new string([.. request.Text[(at + run.Nonces.Attack.Length)..].TakeWhile(char.IsAsciiLetterOrDigit)]));
            }
        }

        return seen ? OracleReading.Effect("the attacker's address was requested", [.. tags.Where(t => t.Length > 0)]) : OracleReading.Nothing("the attacker's address was not requested");
    }
}

/// <summary>
/// "pollution": the harness found the nonce on a fresh object after the call. The report comes from inside the sandbox; only a key that
/// carries the nonce of the round counts.
/// </summary>
public sealed class PollutionOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "pollution";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        bool seen = false;
        foreach (var run in runs)
        {
            string wanted = "csx" + run.Nonces.Attack;
            foreach (var found in Library.HarnessReport.Of(run)?.Cases.SelectMany(c => c.Polluted) ?? [])
            {
                int at = found.Key.IndexOf(wanted, StringComparison.OrdinalIgnoreCase);
                if (at < 0) continue;
                seen = true;
                string tag = new([.. found.Key[(at + wanted.Length)..].TakeWhile(char.IsAsciiLetterOrDigit)]);
                if (tag.Length > 0) tags.Add(tag.ToLowerInvariant());
            }
        }

        return seen ? OracleReading.Effect("a fresh object carries the attacker's property", [.. tags]) : OracleReading.Nothing("fresh objects stayed clean");
    }
}
