using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Growth;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What a function is called with before anything is known of it, and what a slow text looks like that survives its way.</summary>
public sealed class StartingPlansTests
{
    private static readonly CodeLocation s_place = new("index.js", 1, 1, 1, 2, 0, 1);

    private static ValueShape Shape(string name, string type, params ValueShape[] properties) => new(name, [type], properties, null, -1, [], false);

    private static ValidationInput Input(TaintedInput source, params ValueShape[] parameters)
    {
        var entry = new EntryPoint(EntryPointKind.LibraryExport, s_place, "f", "index.js", [], parameters, [], null, null, "", false, []);
        var candidate = new Candidate("r", s_place, "f", "set(x)", "set", 0, "library-input", entry, [source], [], [], [], Confidence.High, "", new Dictionary<string, string>());
        return new ValidationInput(candidate, new RuleInfo("r", "", [94], Severity.High, "", "", ""), ProjectUnderTest.At("/nowhere", new DependencySet.NotNeeded()),
            [new SourceFile("package.json", """{"name":"tool"}""")], new EvidenceContext("", "", "", "", "", ""), ValidationBudget.BestWay);
    }

    // f(rules, record, name): what is attacked is record[name].
    [Fact]
    public void An_element_of_unknown_name_may_be_the_one_that_another_argument_names()
    {
        var plans = StartingPlans.Of(Input(new TaintedInput("arg1", ["[*]"], []), Shape("rules", "string"), Shape("record", "array"), Shape("name", "string")));
        Assert.Equal(["benign", null, "benign"], plans[0].Args.Select(a => a.Text));
        Assert.Equal(["0", null, "0"], plans[1].Args.Select(a => a.Text));
    }

    // f(branch, type): the path goes on where the type is another than the one that the code names.
    [Theory]
    [InlineData("===", false, "benign")]
    [InlineData("!==", true, "benign")]
    [InlineData("===", true, "local")]
    public void The_value_with_which_the_code_turns_off_is_not_given(string how, bool holds, string wanted)
    {
        var input = Input(new TaintedInput("arg0", [], []), Shape("branch", "string"), Shape("type", "string") with { Literals = ["local"] });
        input = input with { Candidate = input.Candidate with { Conditions = [new PathCondition("arg1", [], how, "local", holds)] } };
        Assert.Equal(wanted, StartingPlans.Of(input)[0].Args[1].Text);
    }

    [Fact]
    public void Names_stay_where_the_attacked_value_is_no_element() =>
        Assert.DoesNotContain(StartingPlans.Of(Input(new TaintedInput("arg0", [], []), Shape("text", "string"), Shape("name", "string"))), p => p.Args.Any(a => a.Text == "0"));

    [Fact]
    public void Methods_of_objects_in_lists_and_objects_may_give_something_back()
    {
        var method = new ValueShape("toObject", ["function"], [], null, 0, [], false);
        var list = new ValueShape("list", ["array"], [], Shape("element", "object", method), -1, [], false);
        var plan = StartingPlans.Of(Input(new TaintedInput("arg1", [], []), list, Shape("text", "string"), new ValueShape("done", ["function"], [], null, 0, [], false)))[0];
        var answering = StartingPlans.WithAnswers(plan);
        Assert.NotNull(answering);
        Assert.Equal("any", answering.Args[0].Items![0].Properties![0].Value.Items![0].Kind);
        // A callback of the call is no method.
        Assert.Null(answering.Args[2].Items);
        Assert.Null(StartingPlans.WithAnswers(plan with { Args = [JsValue.String("a"), JsValue.Function] }));
    }

    // Before "^data:" no letter may stand, and behind the line's end one has to, or the end is trimmed away.
    [Fact]
    public void A_text_that_is_trimmed_gets_a_letter_only_where_something_would_be_cut_off()
    {
        var input = Input(new TaintedInput("arg0", [], ["trim"]), Shape("text", "string"));
        var candidate = input.Candidate with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "^data:(.*?),(.*?)(?:#(.*))?$" } };
        var first = RegexSubjects.Of(candidate, null, false)[0];
        Assert.StartsWith("data:", first.Prefix, StringComparison.Ordinal);
        Assert.EndsWith("x", first.Suffix, StringComparison.Ordinal);
        var spaces = RegexSubjects.Of(candidate with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "\\s+$" } }, null, false)[0];
        Assert.StartsWith("x", spaces.Prefix, StringComparison.Ordinal);
    }

    /// <summary>What is trimmed before it is matched from its start takes no letter in front: the text begins with what the expression has besides blanks.</summary>
    [Fact]
    public void A_trimmed_text_begins_with_something_else_than_a_blank_where_the_expression_has_it()
    {
        var candidate = Input(new TaintedInput("arg0", [], ["trim"]), Shape("text", "string")).Candidate with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "^(\\d+n)?\\s*(?:[+-]?\\s*\\d+)?$" } };
        Assert.Contains(RegexSubjects.Of(candidate, null, false), s => s.Prefix.StartsWith("0n", StringComparison.Ordinal) && s.Pump == " " && !char.IsWhiteSpace(s.Suffix[^1]));
    }
}
