using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>Of several ways in, the one that a user of the package surely has.</summary>
public sealed class EntryPointChoiceTests
{
    [Fact]
    public void What_a_module_exports_in_any_case_is_preferred()
    {
        var file = new SourceFile("index.js", """
            const cp = require('child_process');
            function inner(words) { cp.exec('ps ' + words.join(' ')); }
            function list(query) { inner(query.words); }
            if (process.env.NODE_ENV === 'test') module.exports = { inner: inner, list: list };
            else module.exports = { list: list };
            """);
        var candidate = Assert.Single(AnalysisEngine.Analyze(new ProjectInput([file], [], []), AnalysisOptions.Default).Candidates);
        Assert.Equal("list", candidate.EntryPoint!.FunctionName);
    }
}
