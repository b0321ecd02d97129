using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>The requests of one attack class.</summary>
public interface IHttpKit
{
    /// <summary>Name of the class in the family's name.</summary>
    string Name { get; }

    /// <summary>Whether the kit fits the candidate.</summary>
    bool Handles(ValidationInput input);

    /// <summary>How the effect shows; its readings carry the tags of the requests.</summary>
    OracleSpec Oracle { get; }

    /// <summary>How realistic a success is.</summary>
    ValidationLevel Level => ValidationLevel.Reproduced;

    /// <summary>Requests to try. <paramref name="wide"/>: the rarer ones too.</summary>
    IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide);

    /// <summary>What the runs need besides the requests: observers, secret files, listeners, outputs.</summary>
    ProofJob Equip(ProofJob job, IReadOnlyList<string> tags);

    /// <summary>Settings of the client.</summary>
    HttpInput Tune(HttpInput input);
}

/// <summary>A request to try and its harmless counterparts.</summary>
/// <param name="Tag">Letters and digits, unique in its batch.</param>
/// <param name="Strategy">Name of the payload strategy.</param>
/// <param name="Attack">The request.</param>
/// <param name="Control">Requests of the same form that must not show the effect.</param>
public sealed record HttpCase(string Tag, string Strategy, string Attack, IReadOnlyList<string> Control);
