using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>What a finding is known by does not change with what stands beside it.</summary>
public sealed class SinkIdentityTests
{
    private static (string Function, string Sink) Of(string text)
    {
        var candidate = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([new SourceFile("index.js", text)], [], []), AnalysisOptions.Default).Candidates, c => c.RuleId == "injection.command");
        return (candidate.FunctionName, candidate.SinkExpression);
    }

    [Fact]
    public void A_listener_is_known_by_what_it_listens_to_and_a_sink_without_what_is_done_afterwards()
    {
        const string head = "const cp = require('child_process'); const app = require('express')();\n";
        const string other = "app.get('/other', (req, res) => { res.send('other'); });\n";
        const string route = "app.get('/run', (req, res) => { cp.exec('ls ' + req.query.a, (e, out) => { res.json(out); }); });\n";
        var before = Of(head + other + route);
        Assert.Equal(("<app.get \"/run\">", "cp.exec('ls ' + req.query.a, function)"), before);
        Assert.Equal(before, Of(head + route));
        Assert.Equal(before, Of(head + other + other.Replace("other", "third", StringComparison.Ordinal) + route.Replace("(e, out) => { res.json(out); }", "function (err, text) { /* more */ res.json({ text }); }", StringComparison.Ordinal)));
        Assert.NotEqual(before, Of(head + route.Replace("ls ", "ls -l ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("require('jsonwebtoken').sign({}, 'tr0ub4dor&3 // of the  server');\n", "tr0ub4dor")]
    [InlineData("const password = 'tr0ub4d\\x6fr&3';\n", "tr0ub4d")]
    public void A_secret_is_not_shown_where_its_text_is_written_otherwise(string text, string part)
    {
        var candidate = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([new SourceFile("index.js", text)], [], []), AnalysisOptions.Default).Candidates);
        Assert.Equal("secrets.hard-coded", candidate.RuleId);
        Assert.DoesNotContain(part, candidate.SinkExpression, StringComparison.Ordinal);
    }

    // A password may be handed first as well: only names of events, routes and services become part of a name.
    [Fact]
    public void Texts_that_are_handed_to_other_functions_are_in_no_name()
    {
        const string text = "const cp = require('child_process'); const jwt = require('jsonwebtoken');\nmodule.exports = (a) => jwt.sign('s3cret', () => cp.exec('ls ' + a));\n";
        Assert.DoesNotContain("s3cret", Of(text).Function, StringComparison.Ordinal);
    }
}
