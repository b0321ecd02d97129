using CodexSecurity.Analysis.Lowering;
using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>A mistake of the interpreter costs the function it happens in: the rest is found, and the gap is said.</summary>
public sealed class BrokenFunctionTests
{
    [Fact]
    public void What_fails_in_one_function_leaves_the_others_and_is_said()
    {
        var file = new SourceFile("index.js", "exports.bad = function (a) { return eval(a); };\nexports.good = function (b) { bad2(b); return eval(b); };\nfunction bad2(c) { return c; }\n");
        var ir = JavaScriptLowerer.Lower(ParserPool.Shared.Parse(file, Grammar.JavaScript).Tree!);
        foreach (var callable in ir.Callables.Where(c => c.Name is "bad" or "bad2")) callable.Code[0] = callable.Code[0] with { Dst = 100_000 };
        var run = new ProgramRun(
            new ProjectInput([file], [], []), AnalysisOptions.Default, [new LoweredFile(file, ir, CoverageStatus.Analyzed, "")], new HashSet<string> { file.Path }, ModelCatalog.Default, RuleCatalog.Default);
        run.Run();
        Assert.Equal(2, Assert.Single(run.Result!.Candidates).Sink.StartLine);
        Assert.Equal(["bad", "bad2"], run.Result.Diagnostics.Where(d => d.Code == "failure").Select(d => d.Message.Split(' ')[0]));
    }
}
