using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>The payloads of one attack class for function calls.</summary>
public interface IPayloadKit
{
    /// <summary>The class.</summary>
    AttackClass Class { get; }

    /// <summary>Whether the kit fits the candidate.</summary>
    bool Handles(ValidationInput input);

    /// <summary>Whether a case costs next to nothing, since nothing outside the process comes of it: then all starting arguments are tried in the first run.</summary>
    bool IsCheap => false;

    /// <summary>Parts of the names of functions that most often do what is attacked, the likeliest first.</summary>
    IReadOnlyList<string> Verbs => PackageWays.Readers;

    /// <summary>How the effect shows.</summary>
    OracleSpec Oracle { get; }

    /// <summary>Calls to try. <paramref name="wide"/>: the rarer ones too, which cost more. <paramref name="series"/>: what their tags begin with, letters.</summary>
    IReadOnlyList<PayloadCase> Cases(ValidationInput input, CallPlan plan, bool wide, string series);

    /// <summary>What the runs need besides the call: observers, secret files, listeners, outputs.</summary>
    ProofJob Equip(ProofJob job, IReadOnlyList<string> tags);

    /// <summary>Settings of the harness.</summary>
    HarnessInput Tune(HarnessInput input);

    /// <summary>Which cases fired in a run where the oracle saw the effect.</summary>
    IReadOnlyList<string> Fired(ProofRun run, OracleReading reading);
}

/// <summary>One call to try and its harmless counterpart.</summary>
/// <param name="Tag">The letters of its series and a number, unique in its batch.</param>
/// <param name="Strategy">Name of the payload strategy.</param>
/// <param name="Attack">The call.</param>
/// <param name="Benign">The same with a harmless value.</param>
public sealed record PayloadCase(string Tag, string Strategy, PlacedCall Attack, PlacedCall Benign);
