using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>What an attacker's link does in a visitor's browser: markup in the page, or a way to another host.</summary>
public sealed class HttpBrowserKit(AttackClass attack) : IHttpKit
{
    private const string Mark = "csx" + Nonces.AttackMark;

    private static readonly TextPayload[] s_markup =
    [
        new("element", $"<{Mark}>"), new("element after an attribute", $"\"'><{Mark}>"), new("element after raw text", $"--></script></style></textarea></title><{Mark}>"),
    ];

    private static readonly TextPayload[] s_addresses =
    [
        new("address", $"http://{Mark}.invalid/"), new("address without scheme", $"//{Mark}.invalid/"), new("backslash", $"/\\{Mark}.invalid/"), new("end of the host", $"{Mark}.invalid/"),
        new("user part", $"@{Mark}.invalid/"), new("three slashes", $"http:///{Mark}.invalid/"),
    ];

    /// <inheritdoc />
    public string Name => attack.ToString();

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of(attack == AttackClass.Html ? "http-markup" : "http-redirect");

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == attack;

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        // The harmless counterpart holds the same mark as plain text or as a path of the own host.
        string benign = attack == AttackClass.Html ? Mark : "/" + Mark;
        foreach (var source in input.Candidate.Inputs.Take(3))
        {
            foreach (var place in RawRequests.Places(input, source).Take(wide ? 16 : 8))
            {
                foreach (var payload in attack == AttackClass.Html ? s_markup : s_addresses)
                    cases.Add(new HttpCase($"t{cases.Count + 1}", $"{payload.Strategy} in {HttpPathKit.Where(source)}", place(payload.Template), [place(benign)]));
            }

            // An address that is sent as it is: servers see it before any decoding.
            if (source.AccessPath is not ([] or ["url" or "path" or "originalUrl" or "pathname", ..])) continue;
            string text = attack == AttackClass.Html ? $"<{Mark}>" : $"/{Mark}.invalid/";
            foreach (string prefix in (string[])["", .. RawRequests.Prefixes(input).Take(2)])
                cases.Add(new HttpCase($"t{cases.Count + 1}", "raw address", RawRequests.Get(prefix + "/" + text), [RawRequests.Get(prefix + "/" + Mark)]));
        }

        return cases;
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job;

    /// <inheritdoc />
    public HttpInput Tune(HttpInput input) => input;
}
