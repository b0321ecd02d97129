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

/// <summary>What the attacker's value became in a page.</summary>
public abstract class HttpPageOracle(string name, string seen, string silent) : ResponseOracle(name, seen, silent)
{
    /// <inheritdoc />
    protected override bool Shows(HttpResponse response, string body, Nonces nonces)
    {
        string? type = response.Header("Content-Type");
        bool page = type is null ? !(response.Header("X-Content-Type-Options")?.Contains("nosniff", StringComparison.OrdinalIgnoreCase) ?? false)
            : type.Contains("html", StringComparison.OrdinalIgnoreCase) || type.Contains("svg", StringComparison.OrdinalIgnoreCase);
        return page && Markup.Elements(body).Any(e => Shows(e, "csx" + nonces.Attack));
    }

    /// <summary>Whether an element shows the effect.</summary>
    /// <param name="element">The element.</param>
    /// <param name="mark">The attacker's name.</param>
    protected abstract bool Shows(PageElement element, string mark);
}

/// <summary>"http-markup": an element named by the nonce stands in the page as an element, not as text or inside an attribute.</summary>
public sealed class HttpMarkupOracle() : HttpPageOracle("http-markup", "the attacker's element is part of the page", "the attacker's element is not part of a page")
{
    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) => element.Name.StartsWith(mark, StringComparison.OrdinalIgnoreCase);
}

/// <summary>"http-attribute": an element of the page has an attribute named by the nonce, as a handler of events would be.</summary>
public sealed class HttpAttributeOracle() : HttpPageOracle("http-attribute", "the attacker's attribute is part of an element", "the attacker's attribute is not part of an element")
{
    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) => element.Attributes.Any(a => a.Name.StartsWith(mark, StringComparison.OrdinalIgnoreCase));
}

/// <summary>"http-script": a script of the page calls the function named by the nonce; in a text or a comment of the script it is no call.</summary>
public sealed class HttpScriptOracle() : HttpPageOracle("http-script", "the attacker's call is part of a script", "the attacker's call is not part of a script")
{
    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) => element.Name.Equals("script", StringComparison.OrdinalIgnoreCase) && Calls(element.Text, mark + "()");

    private static bool Calls(string script, string call)
    {
        if (!script.Contains(call, StringComparison.Ordinal)) return false;
        for (int at = 0; at < script.Length; at++)
        {
            char c = script[at];
            if (c is '\'' or '"' or '`')
            {
                for (at++; at < script.Length && script[at] != c && (c == '`' || script[at] is not ('\n' or '\r')); at++) if (script[at] == '\\') at++;
            }
            else if (c == '/' && at + 1 < script.Length && script[at + 1] is '/' or '*')
            {
                int end = script[at + 1] == '/' ? script.IndexOf('\n', at) : script.IndexOf("*/", at + 2, StringComparison.Ordinal);
                if (end < 0) return false;
                at = end;
            }
            else if (c == call[0] && string.CompareOrdinal(script, at, call, 0, call.Length) == 0)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>"http-script-address": a link, form or frame of the page leads to a script that calls the function named by the nonce.</summary>
public sealed class HttpScriptAddressOracle() : HttpPageOracle("http-script-address", "a link of the page leads to the attacker's script", "no link of the page leads to the attacker's script")
{
    private static readonly string[] Followed = ["href", "src", "action", "formaction"];

    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) =>
        element.Attributes.Any(a => Followed.Contains(a.Name, StringComparer.OrdinalIgnoreCase) && a.Value.TrimStart().StartsWith("javascript:" + mark, StringComparison.OrdinalIgnoreCase));
}
