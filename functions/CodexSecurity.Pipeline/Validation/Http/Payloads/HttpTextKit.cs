using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>The texts that attack an argument, sent as a part of a request.</summary>
public sealed class HttpTextKit(TextKit inner, int drain = 150) : IHttpKit
{
    private const int MaxCases = 160;

    /// <inheritdoc />
    public string Name => inner.Class.ToString();

    /// <inheritdoc />
    public OracleSpec Oracle => inner.Oracle.Name == "secret" ? OracleSpec.Of("http-secret") : inner.Oracle;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => inner.Handles(input);

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        foreach (var source in input.Candidate.Inputs.Take(wide ? 3 : 2))
        {
            foreach (var place in RawRequests.Places(input, source).Take(wide ? 6 : 8))
            {
                foreach (var payload in inner.Payloads(wide))
                {
                    if (cases.Count >= MaxCases) return cases;
                    string tag = $"t{cases.Count + 1}";
                    cases.Add(new HttpCase(tag, $"{payload.Strategy} in {HttpPathKit.Where(source)}", place(payload.Build(inner.Benign, tag)), [place(inner.Benign)]));
                }
            }
        }

        return cases;
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => inner.Equip(job, tags);

    /// <inheritdoc />
    public HttpInput Tune(HttpInput input) => input with
    {
        Drain = input.Requests.Count > 1 ? drain : drain * 3,
        Secrets = inner.Oracle.Name == "secret" ? ["/secret/flag.txt"] : [],
        Beacon = inner.Tune(new HarnessInput { Module = "", Nonce = "" }).Beacon,
    };
}
