using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Templates;
using CodexSecurity.Analysis.Text;
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

/// <summary>"http-script": a script of the page that browsers run calls the function named by the nonce; in a text or a comment of the script it is no call.</summary>
public sealed class HttpScriptOracle() : HttpPageOracle("http-script", "the attacker's call is part of a script", "the attacker's call is not part of a script")
{
    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) =>
        element.Name.Equals("script", StringComparison.OrdinalIgnoreCase) && PageAddresses.IsRun(Type(element)) && element.Text.Contains(mark + "()", StringComparison.Ordinal) && Calls(element.Text, mark);

    private static string Type(PageElement script) => script.Attributes.FirstOrDefault(a => a.Name.Equals("type", StringComparison.OrdinalIgnoreCase)).Value ?? "";

    private static bool Calls(string script, string name)
    {
        if (ParserPool.Shared.Parse(new SourceFile("page.js", script), Grammar.JavaScript).Tree is not { } tree) return false;
        for (int i = 0; i < tree.Count; i++) if (tree[i].Kind == "call_expression" && tree[i].Field("function").TextSpan.SequenceEqual(name)) return true;
        return false;
    }
}

/// <summary>"http-script-address": a link, form or frame of the page leads to a script that calls the function named by the nonce.</summary>
public sealed class HttpScriptAddressOracle() : HttpPageOracle("http-script-address", "a link of the page leads to the attacker's script", "no link of the page leads to the attacker's script")
{
    /// <inheritdoc />
    protected override bool Shows(PageElement element, string mark) =>
        element.Attributes.Any(a => PageAddresses.RunsScripts(element.Name, a.Name) && a.Value.TrimStart().StartsWith("javascript:" + mark, StringComparison.OrdinalIgnoreCase));
}
