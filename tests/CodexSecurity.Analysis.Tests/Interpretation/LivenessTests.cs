using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Lowering;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>What is carried into a block is what may still be read there.</summary>
public sealed class LivenessTests
{
    [Fact]
    public void What_is_written_before_it_is_read_again_is_not_carried()
    {
        var (code, info) = Of("function f(a) { var kept = a.x; var lost = a.y; if (a.z) { lost = 1; } else { lost = 2; } return kept + lost; }");
        var branch = Enumerable.Range(0, code.Blocks.Length).Single(b => Last(code, b).Op == Op.Branch);
        foreach (var target in (int[])[Last(code, branch).B, Last(code, branch).C]) Assert.Equal(["kept"], Names(code, info.Live[target]));
        var end = Enumerable.Range(0, code.Blocks.Length).First(b => Last(code, b).Op == Op.Return && info.Live[b].Length > 0);
        Assert.Equal(["kept", "lost"], Names(code, info.Live[end]));
        Assert.Empty(info.Live[0]);
    }

    [Fact]
    public void What_a_handler_reads_is_carried_through_the_blocks_that_it_guards()
    {
        var (code, info) = Of("function f(a) { var kept = a.x; try { kept = g(a); } catch (e) { return kept; } return 1; }");
        foreach (var b in Enumerable.Range(0, code.Blocks.Length).Where(b => code.Blocks[b].Handler >= 0)) Assert.Contains("kept", Names(code, info.Live[b]));
    }

    [Fact]
    public void A_loop_carries_what_its_next_turn_reads()
    {
        var (code, info) = Of("function f(a) { var sum = 0; while (a.next()) { sum = sum + a.value; } return sum; }");
        foreach (var b in Enumerable.Range(1, code.Blocks.Length - 1).Where(b => info.Order[b] != int.MaxValue && code.Blocks[b].Count > 1)) Assert.Contains("sum", Names(code, info.Live[b]));
    }

    private static (Callable Code, CallableInfo Info) Of(string text)
    {
        var ir = JavaScriptLowerer.Lower(ParserPool.Shared.Parse(new SourceFile("a.js", text), Grammar.JavaScript).Tree!);
        var code = ir.Callables.Single(c => c.Name == "f");
        return (code, new CallableInfo(code, ir, new ModuleFacts(ir)));
    }

    private static Instruction Last(Callable c, int block) => c.Code[c.Blocks[block].First + c.Blocks[block].Count - 1];

    private static IEnumerable<string> Names(Callable c, int[] slots) => slots.Select(s => c.SlotNames[s]).OfType<string>().Where(n => n is "kept" or "lost" or "sum").Order(StringComparer.Ordinal);
}
