using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CsCheck;

namespace CodexSecurity.Analysis.Tests.Syntax;

public sealed class ParserTests : IClassFixture<ParserPool>
{
    private readonly ParserPool _pool;

    public ParserTests(ParserPool pool) => _pool = pool;

    [Theory]
    [InlineData(Grammar.JavaScript, "const a = { b: [1, `x${y}`] }; class C extends D { #p = 1; get q() { return this.#p } }", "program")]
    [InlineData(Grammar.TypeScript, "interface A { b: string } export function f(x: A): number { return x.b!.length as number }", "program")]
    [InlineData(Grammar.Tsx, "const v = <div a={1}>{x as string}</div>;", "program")]
    [InlineData(Grammar.Python, "def f(x):\n    return f'{x}'\n", "module")]
    [InlineData(Grammar.Java, "class A { int f(int x) { return x; } }", "program")]
    [InlineData(Grammar.Go, "package main\nfunc main() { println(1) }\n", "source_file")]
    [InlineData(Grammar.Php, "<?php function f($x) { return $x; }", "program")]
    [InlineData(Grammar.Ruby, "def f(x)\n  \"#{x}\"\nend\n", "program")]
    [InlineData(Grammar.C, "int main(void) { return 0; }", "translation_unit")]
    [InlineData(Grammar.Cpp, "template<class T> T f(T x) { return x; }", "translation_unit")]
    [InlineData(Grammar.CSharp, "class A { int F(int x) => x; }", "compilation_unit")]
    public void Every_grammar_parses_its_sample_without_an_error(Grammar grammar, string text, string root)
    {
        var result = _pool.Parse(new SourceFile("sample", text), grammar);
        Assert.Equal(ParseFailure.None, result.Failure);
        Assert.Equal(root, result.Tree!.Root.Kind);
        Assert.False(result.Tree.HasErrors);
    }

    [Fact]
    public void Fields_kinds_and_spans_are_read_as_the_grammar_names_them()
    {
        var tree = _pool.Parse(new SourceFile("a.js", "é(function f(a, b) { return a + b }, 1)"), Grammar.JavaScript).Tree!;
        var call = tree.Root.NamedChild(0).NamedChild(0);
        Assert.Equal("call_expression", call.Kind);
        Assert.Equal("é", call.Field("function").Text);
        var function = call.Field("arguments").NamedChild(0);
        Assert.Equal("function_expression", function.Kind);
        Assert.Equal("f", function.Field("name").Text);
        Assert.Equal(2, function.Field("parameters").NamedChildCount);
        var sum = function.Field("body").NamedChild(0).NamedChild(0);
        Assert.Equal(("binary_expression", "a", "+", "b"), (sum.Kind, sum.Field("left").Text, sum.Field("operator").Text, sum.Field("right").Text));
        Assert.Equal(call, function.Parent.Parent);
    }

    [Fact]
    public void Broken_text_gives_a_tree_with_error_nodes_around_it()
    {
        var tree = _pool.Parse(new SourceFile("a.js", "function f( { ;\nvar ok = 1;"), Grammar.JavaScript).Tree!;
        Assert.True(tree.HasErrors);
        Assert.Contains(Enumerable.Range(0, tree.Count), i => tree[i].IsError || tree[i].IsMissing);
    }

    [Fact]
    public void The_fast_reader_and_the_core_s_own_cursor_see_the_same_tree()
    {
        foreach (var grammar in Enum.GetValues<Grammar>())
        {
            using var modules = new WasmModules();
            using var store = new ParserStore(modules);
            var text = "class A { b(c, d) { return c ? [1, d.e(f => g + `h${i}`)] : { j: /k/g, ...l } } } // m\n(( function";
            List<CursorWalk.Seen>? expected = null;
            var result = store.Parse(new SourceFile("x", text), grammar, ParseLimits.Default, tree => expected = CursorWalk.Read(store, tree));
            var actual = Enumerable.Range(0, result.Tree!.Count).Select(i => result.Tree[i])
                .Select(n => new CursorWalk.Seen(n.KindId, n.FieldId, n.IsNamed, n.Start, n.End)).ToList();
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Any_bytes_return_a_tree_in_order_or_a_failure()
    {
        Gen.Byte.Array[0, 400].Sample(bytes => Check(SourceFile.FromBytes("x.js", bytes)), iter: 300, threads: 1);
        Gen.String[Gen.Char["(){}[]<>`'\"/\\*=;,.:?!&|+-abc \n#@$"], 0, 300].Sample(text => Check(new SourceFile("x.js", text)), iter: 500, threads: 1);
    }

    [Fact]
    public void Comment_openers_and_deep_nesting_are_bounded()
    {
        var comments = _pool.Parse(new SourceFile("a.js", string.Concat(Enumerable.Repeat("/* ", 70_000))), Grammar.JavaScript);
        Assert.Equal(ParseFailure.StepLimit, comments.Failure);
        Check(new SourceFile("b.js", new string('[', 100_000)));
        Check(new SourceFile("c.js", "x" + string.Concat(Enumerable.Repeat("(a", 50_000))));
        var deep = _pool.Parse(new SourceFile("d.cc", string.Concat(Enumerable.Repeat("a<", 50_000))), Grammar.Cpp);
        Assert.True(deep.Tree is not null || deep.Failure != ParseFailure.None);
        Assert.Equal(ParseFailure.None, _pool.Parse(new SourceFile("e.js", "f()"), Grammar.JavaScript).Failure);
    }

    [Fact]
    public void A_text_over_the_limit_is_refused()
    {
        Assert.Equal(ParseFailure.TooLarge, _pool.Parse(new SourceFile("a.js", new string(' ', 3_000_000)), Grammar.JavaScript).Failure);
    }

    [Fact]
    public void Many_threads_get_the_same_tree()
    {
        var file = new SourceFile("a.js", string.Concat(Enumerable.Repeat("function f(a) { return a.b(c => c + 1) }\n", 500)));
        var counts = new int[16];
        Parallel.For(0, counts.Length, i => counts[i] = _pool.Parse(file, Grammar.JavaScript).Tree!.Count);
        Assert.Single(counts.Distinct());
    }

    private void Check(SourceFile file)
    {
        var result = _pool.Parse(file, Grammar.JavaScript);
        if (result.Tree is not { } tree)
        {
            Assert.NotEqual(ParseFailure.None, result.Failure);
            return;
        }
        for (var i = 0; i < tree.Count; i++)
        {
            var node = tree[i];
            Assert.InRange(node.Start, 0, file.Text.Length);
            Assert.InRange(node.End, node.Start, file.Text.Length);
            if (i > 0) Assert.InRange(node.Parent.Index, 0, i - 1);
            Assert.InRange(node.SubtreeSize, 1, tree.Count - i);
        }
    }
}
