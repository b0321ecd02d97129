using CodexSecurity.Pipeline.Ports;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation.Growth;
using CodexSecurity.Pipeline.Validation.Http;
using CodexSecurity.Pipeline.Validation.Http.Payloads;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Library.Payloads;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Puts families and oracles together. A new family or oracle is added here.</summary>
public static class ValidationSetup
{
    /// <summary>All families, the most realistic first.</summary>
    public static IReadOnlyList<IProofFamily> Families { get; } =
    [
        .. new IHttpKit[] { new HttpPathKit(), new HttpTextKit(new CommandPayloads(AttackClass.Command)), new HttpTextKit(new CommandPayloads(AttackClass.Argument)), new HttpTextKit(new CodePayloads(AttackClass.Code)),
            new HttpTextKit(new CodePayloads(AttackClass.Template)), new HttpTextKit(new CodePayloads(AttackClass.Deserialization)), new HttpTextKit(new PathWritePayloads(false)), new HttpTextKit(new PathWritePayloads(true)),
            new HttpTextKit(new XmlPayloads()), new HttpTextKit(new RequestPayloads()), new HttpBrowserKit(AttackClass.Html), new HttpBrowserKit(AttackClass.Html, "script"), new HttpBrowserKit(AttackClass.Html, "unquoted"), new HttpBrowserKit(AttackClass.Html, "address"), new HttpBrowserKit(AttackClass.Redirect), new HttpPollutionKit(), new HttpQueryKit(AttackClass.Sql),
            new HttpQueryKit(AttackClass.NoSql), }.Select(kit => new HttpFamily(kit)),
        .. new IPayloadKit[] { new CommandPayloads(AttackClass.Command), new CommandPayloads(AttackClass.Argument), new PollutionPayloads(), new CodePayloads(AttackClass.Code),
            new CodePayloads(AttackClass.Template), new CodePayloads(AttackClass.Deserialization), new PathReadPayloads(), new PathWritePayloads(false),
            new PathWritePayloads(true), new ArchivePayloads(), new XmlPayloads(), new RequestPayloads(), }.Select(kit => new LibraryFamily(kit)),
        new HttpGrowthFamily(), new GrowthFamily(),
    ];

    /// <summary>Tried where the families saw no effect.</summary>
    public static IReadOnlyList<IProofFamily> Fallbacks { get; } =
        [.. new[] { AttackClass.Code, AttackClass.Template, AttackClass.Deserialization }.Select(c => new ExportsFamily(new CodePayloads(c))), new ExportsFamily(new PollutionPayloads()), new ExportsFamily(new PollutionPayloads(), direct: true), new ExportsGrowthFamily()];

    /// <summary>A judge that knows every oracle.</summary>
    public static Judge Judge() => new([new CommandOracle(), new SecretOracle(), new WrittenOracle(), new RemovedOracle(), new RequestOracle(), new PollutionOracle(), new CpuOracle(),
        new HttpSecretOracle(), new HttpRedirectOracle(), new HttpMarkupOracle(), new HttpAttributeOracle(), new HttpScriptOracle(), new HttpScriptAddressOracle(), new QueryOracle()]);

    /// <summary>The stage.</summary>
    public static ValidationStage Stage(ISandbox sandbox, INonceSource nonces, StoreBundle store, Func<string, string> redact) =>
        new(new ValidationTools(sandbox, nonces, Families, Fallbacks, Judge(), store, redact));

    /// <summary>The replayer for the gates of a patch.</summary>
    public static ProofReplayer Replayer(ISandbox sandbox, INonceSource nonces) => new(new ProofRunner(sandbox), Judge(), nonces);

    /// <summary>The proofs as the gates of a patch run them.</summary>
    public static PatchedProofs Patched(ISandbox sandbox, INonceSource nonces) => new(new ProofRunner(sandbox), Judge(), nonces);

    /// <summary>The stage behind <c>codex-security replay</c>.</summary>
    public static ReplayStage Replay(ISandbox sandbox, INonceSource nonces) => new(new ProofRunner(sandbox), Judge(), nonces);
}
