using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>How an effect is recognised: the name of a registered oracle and its parameters.</summary>
public sealed record OracleSpec(string Name, IReadOnlyDictionary<string, string> Parameters)
{
    /// <summary>An oracle without parameters.</summary>
    public static OracleSpec Of(string name) => new(name, new SortedDictionary<string, string>(StringComparer.Ordinal));
}

/// <summary>
/// A complete proof of concept that can be run again on any state of the project. Attack and control differ in the input only.
/// </summary>
/// <param name="Family">Family that planned it.</param>
/// <param name="Strategy">Payload strategy.</param>
/// <param name="Description">One sentence for a person: what is called with what.</param>
/// <param name="Level">How realistic it is, where it succeeds.</param>
/// <param name="Oracle">How the effect is recognised, in attack and control alike.</param>
/// <param name="Attack">One or more jobs (sizes of a growing input).</param>
/// <param name="Control">The same with a benign input.</param>
/// <param name="Variants">Mutated attacks of the same class, for the gates of a patch; may be empty.</param>
public sealed record Proof(
    string Family,
    string Strategy,
    string Description,
    ValidationLevel Level,
    OracleSpec Oracle,
    IReadOnlyList<ProofJob> Attack,
    IReadOnlyList<ProofJob> Control,
    IReadOnlyList<ProofJob> Variants);

/// <summary>Something to try.</summary>
/// <param name="Proof">What to run.</param>
/// <param name="Exploratory">True where several payloads run in one process: it can show which one fires, but it confirms nothing.</param>
/// <param name="State">The family's own notes, handed back in the history.</param>
/// <param name="Ground">Of an exploring attempt, what has to be there before its payloads count; null where that can't be told apart.</param>
public sealed record ProofAttempt(Proof Proof, bool Exploratory, string State = "", ProofGround? Ground = null);

/// <summary>What several attempts with other payloads have in common: servers to be started, for instance.</summary>
/// <param name="Key">Names it within a project: attempts of one key differ in their payloads only.</param>
/// <param name="IsBarren">Whether runs show that no payload could have any effect: then they stand for every attempt of the key.</param>
public sealed record ProofGround(string Key, Func<IReadOnlyList<ProofRun>, bool> IsBarren);
