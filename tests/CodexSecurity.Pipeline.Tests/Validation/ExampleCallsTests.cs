using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Library.Examples;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>Calls that README, examples and tests show are learned from.</summary>
public sealed class ExampleCallsTests
{
    private const string Manifest = """{"name":"tool"}""";

    private static ExampleCalls Find(IReadOnlyList<AccessSegment> access, params (string Path, string Text)[] texts)
    {
        var place = new CodeLocation("index.js", 1, 1, 1, 2, 0, 1);
        var entry = new EntryPoint(EntryPointKind.LibraryExport, place, "f", "index.js", access, [], [], null, null, "", false, []);
        var candidate = new Candidate("r", place, "f", "eval(x)", "eval", 0, "library-input", entry, [new TaintedInput("arg0", [], [])], [], [], [], Confidence.High, "", new Dictionary<string, string>());
        return ExampleCalls.Find(new ValidationInput(candidate, new RuleInfo("r", "", [94], Severity.High, "", "", ""), ProjectUnderTest.At("/nowhere", new DependencySet.NotNeeded()),
            [new SourceFile("package.json", Manifest), .. texts.Select(t => new SourceFile(t.Path, t.Text))], new EvidenceContext("", "", "", "", "", ""), ValidationBudget.Default));
    }

    private static string Shown(ExampleCall call) => JsonSerializer.Serialize(call.Args.Select(a => a?.Text ?? a?.Kind));

    private static AccessSegment Property(string name) => new(AccessKind.Property, name, []);

    [Fact]
    public void The_package_that_is_called_itself_is_known_by_its_name()
    {
        var found = Find([], ("README.md", "Use it:\n\n```js\nconst reduce = require('tool');\nreduce('calc(1 + 1)', 2, done => 0);\nother('x');\n```\n"));
        Assert.Equal("""["calc(1 \u002B 1)","2","function"]""", Shown(Assert.Single(found.Calls)));
    }

    [Fact]
    public void A_member_is_known_by_its_name_and_a_variable_by_its_value()
    {
        var found = Find([Property("run")], ("test/run.js", "import { run as go } from '../index.js';\nconst text = 'a' + 'b';\ngo(text, { deep: { list: [1, x] }, later() {} });"));
        var call = Assert.Single(found.Calls);
        Assert.Equal("ab", call.Args[0]!.Text);
        Assert.Equal("""{"t":"object","p":[["deep",{"t":"object","p":[["list",{"t":"array","i":[{"t":"number","s":"1"},{"t":"any"}]}]]}],["later",{"t":"function"}]]}""", JsonSerializer.Serialize(call.Args[1]));
    }

    [Fact]
    public void What_constructs_the_object_is_an_example_of_its_own()
    {
        var found = Find([new(AccessKind.New, "", []), Property("send")], ("README.md", "    const Tool = require('tool');\n    const tool = new Tool({ user: 'me' });\n    tool.send('hello');\n"));
        Assert.Equal("hello", Assert.Single(found.Calls).Args[0]!.Text);
        Assert.Equal("user", found.Construction!.Args[0]!.Properties![0].Key);
    }

    [Fact]
    public void An_example_that_writes_the_attacked_argument_out_comes_first()
    {
        var found = Find([Property("run")], ("examples/a.js", "require('..').run(name, 1); require('..').run('written');"));
        Assert.Equal(["""["written"]""", """[null,"1"]"""], found.Calls.Select(Shown));
    }

    [Fact]
    public void Code_of_others_and_of_the_product_is_no_example()
    {
        Assert.Empty(Find([], ("README.md", "```sh\ntool('x')\n```\n```js\nconst a = require('another');\na('x');\n```\n"), ("lib/own.js", "const t = require('tool'); t('x')")).Calls);
    }
}
