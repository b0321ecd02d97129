using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>An oracle that looks at each answer for itself. Its tags are those of the requests.</summary>
public abstract class ResponseOracle(string name, string seen, string silent) : IOracle
{
    /// <inheritdoc />
    public string Name => name;

    /// <inheritdoc />
    public OracleReading Read(IReadOnlyList<ProofRun> runs, OracleSpec spec)
    {
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            if (HttpReport.Of(run) is not { } report) continue;
            foreach (var response in report.Responses) if (Shows(response, report.Body(response), run.Nonces)) tags.Add(response.Tag);
        }

        return tags.Count > 0 ? OracleReading.Effect(seen, [.. tags]) : OracleReading.Nothing(silent);
    }

    /// <summary>Whether the answer shows the effect.</summary>
    protected abstract bool Shows(HttpResponse response, string body, Nonces nonces);
}

/// <summary>"http-secret": the content of a file outside the root came back in an answer.</summary>
public sealed class HttpSecretOracle() : ResponseOracle("http-secret", "the server sent the content of a file outside its root", "no answer held the content of a file outside the root")
{
    /// <inheritdoc />
    protected override bool Shows(HttpResponse response, string body, Nonces nonces) => body.Contains(nonces.Secret, StringComparison.Ordinal);
}

/// <summary>"http-redirect": the answer sends the browser to a host that only the attack names.</summary>
public sealed class HttpRedirectOracle() : ResponseOracle("http-redirect", "the server redirects to the attacker's host", "no answer redirects to the attacker's host")
{
    /// <inheritdoc />
    protected override bool Shows(HttpResponse response, string body, Nonces nonces)
    {
        string? target = response.Status is >= 300 and < 400 ? response.Header("Location") : response.Header("Refresh") is { } refresh && refresh.IndexOf("url=", StringComparison.OrdinalIgnoreCase) is >= 0 and var at ? refresh[(at + 4)..] : null;
        if (target is null) return false;
        // As browsers read it: a backslash is a slash.
        return Uri.TryCreate(new Uri("http://own.invalid/"), target.Replace('\\', '/'), out var uri) && uri.Host.StartsWith("csx" + nonces.Attack, StringComparison.OrdinalIgnoreCase);
    }
}

/// <summary>"http-markup": an element named by the nonce stands in the page as an element, not as text or inside an attribute.</summary>
public sealed class HttpMarkupOracle() : ResponseOracle("http-markup", "the attacker's element is part of the page", "the attacker's element is not part of a page")
{
    /// <inheritdoc />
    protected override bool Shows(HttpResponse response, string body, Nonces nonces)
    {
        string? type = response.Header("Content-Type");
        bool page = type is null ? !(response.Header("X-Content-Type-Options")?.Contains("nosniff", StringComparison.OrdinalIgnoreCase) ?? false)
            : type.Contains("html", StringComparison.OrdinalIgnoreCase) || type.Contains("svg", StringComparison.OrdinalIgnoreCase);
        return page && Markup.Elements(body).Any(e => e.StartsWith("csx" + nonces.Attack, StringComparison.OrdinalIgnoreCase));
    }
}
