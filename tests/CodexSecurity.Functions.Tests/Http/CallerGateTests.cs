using CodexSecurity.Functions.Hosting;
using CodexSecurity.Functions.Http;
using Microsoft.AspNetCore.Http;

namespace CodexSecurity.Functions.Tests.Http;

public class CallerGateTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    private static CallerGate Gate(params (string Name, string Value)[] settings) => new(new HostSettings(name => settings.FirstOrDefault(s => s.Name == name).Value));

    private static HttpRequest Request(string method, string path, params (string Name, string Value)[] headers)
    {
        var request = new DefaultHttpContext().Request;
        (request.Method, request.Path, request.Host) = (method, path, new HostString("scans.example"));
        foreach (var (name, value) in headers) request.Headers[name] = value;
        return request;
    }

    [Theory]
    [InlineData("Bearer " + Token, true)]
    [InlineData("bearer " + Token, true)]
    [InlineData("Bearer " + Token + "0", false)]
    [InlineData("Bearer 0123456789abcdef0123456789abcdeF", false)]
    [InlineData("Bearer ", false)]
    [InlineData(Token, false)]
    [InlineData("Basic " + Token, false)]
    [InlineData("", false)]
    public void Only_the_token_lets_in(string authorization, bool expected)
    {
        var (caller, refusal) = Gate(("CODEX_SECURITY_TOKEN", Token)).Check(Request("GET", "/api/scans", ("Authorization", authorization)));
        Assert.Equal((expected, expected ? "token" : ""), (refusal is null, caller));
        if (!expected) Assert.Equal(401, refusal!.Status);
    }

    [Theory]
    [InlineData(null, "Bearer ")]
    [InlineData("", "Bearer ")]
    [InlineData("short", "Bearer short")]
    [InlineData("@Microsoft.KeyVault(SecretUri=https://v.example/secrets/t)", "Bearer @Microsoft.KeyVault(SecretUri=https://v.example/secrets/t)")]
    public void Without_a_token_that_counts_nobody_gets_in(string? token, string authorization)
    {
        var gate = new CallerGate(new HostSettings(name => name == "CODEX_SECURITY_TOKEN" ? token : null));
        Assert.Equal(401, gate.Check(Request("GET", "/api/scans", ("Authorization", authorization), ("X-MS-CLIENT-PRINCIPAL-NAME", "me"))).Refusal!.Status);
    }

    [Theory]
    [InlineData("true", "True", true)]
    [InlineData("true", "", false)]
    [InlineData("", "True", false)]
    public void The_sign_in_counts_where_asked_for_and_where_the_platform_runs_it(string asked, string platform, bool expected)
    {
        var gate = Gate(("CODEX_SECURITY_EASY_AUTH", asked), ("WEBSITE_AUTH_ENABLED", platform));
        var (caller, refusal) = gate.Check(Request("GET", "/api/scans", ("X-MS-CLIENT-PRINCIPAL-NAME", "ada@example.org")));
        Assert.Equal((expected, expected ? "ada@example.org" : ""), (refusal is null, caller));
        Assert.NotNull(gate.Check(Request("GET", "/api/scans")).Refusal);
    }

    [Theory]
    [InlineData("Origin", "https://scans.example", true)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Origin", "https://evil.example", false)]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Accept", "*/*", false)]
    public void A_change_by_sign_in_comes_from_our_own_page(string header, string value, bool expected)
    {
        var gate = Gate(("CODEX_SECURITY_EASY_AUTH", "true"), ("WEBSITE_AUTH_ENABLED", "true"));
        var refusal = gate.Check(Request("POST", "/api/repositories", ("X-MS-CLIENT-PRINCIPAL-ID", "1"), (header, value))).Refusal;
        Assert.Equal(expected ? null : 403, refusal?.Status);
    }

    [Theory]
    [InlineData("POST", "/api/github/webhook", true)]
    [InlineData("GET", "/api/github/webhook", false)]
    [InlineData("POST", "/api/github/webhook/", false)]
    [InlineData("POST", "/API/github/webhook", false)]
    public void Only_the_signed_webhook_passes_without_a_caller(string method, string path, bool expected)
    {
        var (caller, refusal) = Gate(("CODEX_SECURITY_TOKEN", Token)).Check(Request(method, path));
        Assert.Equal((expected, ""), (refusal is null, caller));
    }
}
