using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>
/// Texts that leave their place in a statement, or objects with operators where a text is expected. There is no database in the sandbox: a
/// stand-in of the driver records what it is asked, so the level is that of a harness.
/// </summary>
public sealed class HttpQueryKit(AttackClass attack) : IHttpKit
{
    private const string Mark = "csx" + Nonces.AttackMark;

    private static readonly TextPayload[] s_statements =
    [
        new("quote breakout", "1' OR " + Mark + "{T}='1"), new("number breakout", "1 OR " + Mark + "{T}=1"), new("double-quote breakout", "1\" OR " + Mark + "{T}=\"1"),
        new("quote and bracket breakout", "1') OR (" + Mark + "{T}='1"), new("union", "1' UNION SELECT " + Mark + "{T} -- "), new("bracket breakout", "1) OR (" + Mark + "{T}=1"),
        new("backslash and breakout", "1\\' OR " + Mark + "{T}=1 -- "),
    ];

    /// <inheritdoc />
    public string Name => attack.ToString();

    /// <inheritdoc />
    public OracleSpec Oracle => new("http-query", new SortedDictionary<string, string>(StringComparer.Ordinal) { ["form"] = attack == AttackClass.Sql ? "sql" : "operators" });

    /// <inheritdoc />
    public ValidationLevel Level => ValidationLevel.Harness;

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == attack;

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        foreach (var source in input.Candidate.Inputs.Take(3))
        {
            var places = attack == AttackClass.Sql ? RawRequests.Places(input, source) : [];
            foreach (var place in places.Take(wide ? 16 : 8))
                foreach (var payload in s_statements) Add(cases, payload.Strategy, tag => place(payload.Build("", tag)), place("1"));
            if (attack == AttackClass.Sql) continue;
            foreach (string op in new[] { "$ne", "$gt", "$regex", "$where" })
                foreach (var place in RawRequests.ObjectPlaces(input, source).Take(wide ? 16 : 8)) Add(cases, "operator " + op, tag => place(op, Mark + tag), place("ordinary", Mark));
            foreach (var place in RawRequests.Places(input, source).Take(8)) Add(cases, "text in an expression", tag => place("1';" + Mark + tag + ";'"), place("1"));
        }

        return cases;
    }

    private static void Add(List<HttpCase> cases, string strategy, Func<string, string> make, string control)
    {
        string tag = $"t{cases.Count + 1}";
        cases.Add(new HttpCase(tag, strategy, make(tag), [control]));
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job;

    /// <inheritdoc />
    public HttpInput Tune(HttpInput input) => input with { Queries = true, Drain = 80, Lanes = 2 };
}
