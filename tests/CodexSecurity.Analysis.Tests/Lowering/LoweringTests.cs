using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Lowering;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Lowering;

public sealed class LoweringTests
{
    private const string Sample = """
        import fs, { join as j } from 'fs';
        export class A extends B { #x = 1; static s = 2; constructor(a) { super(a); } get y() { return this.#x; } async *g() { yield* f(); } }
        export default function f({ a = 1, ...rest } = {}, ...more) {
          let n = 0; const inc = () => n++;
          out: for (const [k, v] of Object.entries(rest)) { for (const q in v) { if (q === k) continue out; else break out; } }
          try { switch (a) { case 1: return `x${a}`; default: a?.b.c?.(...more); } } catch { throw 1; } finally { inc(); }
          a ??= more[0]; return 'rm ' + a + n;
        }
        export { j as k }; export * from './z';
        """;

    private static IrModule Lower(string text, Grammar grammar = Grammar.JavaScript)
    {
        using var pool = new ParserPool();
        return JavaScriptLowerer.Lower(pool.Parse(new SourceFile("a.js", text), grammar).Tree!);
    }

    [Fact]
    public void Ordinary_code_lowers_without_unsupported_constructs_and_verifies()
    {
        var module = Lower(Sample);
        Assert.Empty(IrVerifier.Check(module));
        Assert.Empty(module.Unsupported);
        Assert.NotEmpty(IrPrinter.Print(module));
    }

    [Fact]
    public void Every_truncation_of_the_sample_verifies()
    {
        using var pool = new ParserPool();
        for (var i = 0; i < Sample.Length; i += 3)
        {
            var tree = pool.Parse(new SourceFile("a.js", Sample[..i]), Grammar.JavaScript).Tree!;
            Assert.Empty(IrVerifier.Check(JavaScriptLowerer.Lower(tree)));
        }
    }

    [Fact]
    public void A_long_chain_of_plus_is_lowered_and_deep_nesting_is_cut()
    {
        var chain = Lower("x = a" + string.Concat(Enumerable.Repeat("+a", 5000)));
        Assert.Empty(chain.Unsupported);
        var deep = Lower(new string('(', 5000) + "a" + new string(')', 5000));
        Assert.Empty(IrVerifier.Check(deep));
    }
}
