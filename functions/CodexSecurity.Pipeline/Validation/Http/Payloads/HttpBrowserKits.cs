using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>What an attacker's link does in a visitor's browser: markup in the page, or a way to another host.</summary>
/// <param name="attack">Markup or redirects.</param>
/// <param name="place">Of markup that a template writes, the place in the page that needs an attack of its own ("script", "unquoted", "address"); null for all others.</param>
public sealed class HttpBrowserKit(AttackClass attack, string? place = null) : IHttpKit
{
    private const string Mark = "csx" + Nonces.AttackMark;

    private static readonly TextPayload[] s_markup =
    [
        new("element", $"<{Mark}>"), new("element after an attribute", $"\"'><{Mark}>"), new("element after raw text", $"--></script></style></textarea></title><{Mark}>"),
    ];

    // Where a template puts the value decides what it can become: encoding for HTML takes these as they are.
    private static readonly Dictionary<string, (string Oracle, TextPayload[] Payloads)> s_places = new(StringComparer.Ordinal)
    {
        ["script"] = ("http-script", [new("call", $"{Mark}()"), new("call after a value", $"0;{Mark}()"), new("call in a list", $"0,{Mark}()")]),
        ["unquoted"] = ("http-attribute", [new("attribute", $"x {Mark}=1")]),
        ["address"] = ("http-script-address", [new("address of a script", $"javascript:{Mark}()")]),
    };

    private static readonly TextPayload[] s_addresses =
    [
        new("address", $"http://{Mark}.invalid/"), new("address without scheme", $"//{Mark}.invalid/"), new("backslash", $"/\\{Mark}.invalid/"), new("end of the host", $"{Mark}.invalid/"),
        new("user part", $"@{Mark}.invalid/"), new("three slashes", $"http:///{Mark}.invalid/"),
    ];

    /// <inheritdoc />
    public string Name => attack + (place is null ? "" : "-" + place);

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of(place is not null ? s_places[place].Oracle : attack == AttackClass.Html ? "http-markup" : "http-redirect");

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == attack && (input.Candidate.Properties.GetValueOrDefault(CandidateProperties.TemplatePlace) is { } at && s_places.ContainsKey(at) ? at : null) == place;

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        // The harmless counterpart holds the same mark as plain text or as a path of the own host.
        string benign = attack == AttackClass.Html ? Mark : "/" + Mark;
        foreach (var source in input.Candidate.Inputs.Take(3))
        {
            foreach (var put in RawRequests.Places(input, source).Take(wide ? 16 : 8))
            {
                foreach (var payload in place is not null ? s_places[place].Payloads : attack == AttackClass.Html ? s_markup : s_addresses)
                    cases.Add(new HttpCase($"t{cases.Count + 1}", $"{payload.Strategy} in {HttpPathKit.Where(source)}", put(payload.Template), [put(benign)]));
            }

            // An address that is sent as it is: servers see it before any decoding.
            if (place is not null || source.AccessPath is not ([] or ["url" or "path" or "originalUrl" or "pathname", ..])) continue;
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
