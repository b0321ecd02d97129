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

/// <summary>"output": the file named by the parameter "path" exists after the run and its text holds the attack nonce.</summary>
public sealed class OutputOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "output";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        string path = spec.Parameters["path"];
        return runs.Any(r => r.Output(r.Nonces.Fill(path)) is { } text && text.Contains(r.Nonces.Attack, StringComparison.Ordinal))
            ? OracleReading.Effect("a file was written outside the root")
            : OracleReading.Nothing("no file was written outside the root");
    }
}

/// <summary>"request": a request that carries the attack nonce reached a listener which only the attack input names.</summary>
public sealed class RequestOracle : IOracle
{
    /// <inheritdoc />
    public string Name => "request";

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec) =>
        runs.Any(r => r.Requests.Any(q => q.Text.Contains(r.Nonces.Attack, StringComparison.OrdinalIgnoreCase)))
            ? OracleReading.Effect("the attacker's address was requested")
            : OracleReading.Nothing("the attacker's address was not requested");
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
