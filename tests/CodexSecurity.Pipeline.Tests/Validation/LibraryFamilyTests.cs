using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Http;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Library.Payloads;
using CodexSecurity.Pipeline.Validation.Planning;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Tests.Validation;

/// <summary>What is called next, by what became of the calls before: which calls are tried together, which are repaired, which are tried by themselves.</summary>
public sealed class LibraryFamilyTests
{
    private const string Usual = "usual payloads, arguments from ", All = "all payloads, arguments from ";
    private static readonly JsonSerializerOptions s_web = new(JsonSerializerDefaults.Web);
    private readonly List<AttemptRecord> _history = [];
    private readonly ValidationInput _input = Input([], "object");
    private readonly LibraryFamily _commands = new(new CommandPayloads(AttackClass.Command)), _pollution = new(new PollutionPayloads());

    // f(target, options) with an option: attacked by its first argument.
    private static ValidationInput Input(IReadOnlyList<AccessSegment> access, string type)
    {
        var place = new CodeLocation("lib/index.js", 1, 1, 1, 2, 0, 1);
        var options = new ValueShape("options", ["object"], [new ValueShape("deep", ["boolean"], [], null, -1, [], true)], null, -1, [], true);
        var entry = new EntryPoint(EntryPointKind.LibraryExport, place, "f", "lib/index.js", access, [new ValueShape("target", [type], [], null, -1, [], false), options], [], null, null, "", false, []);
        var candidate = new Candidate("r", place, "f", "set(x)", "set", 0, "library-input", entry, [new TaintedInput("arg0", [], [])], [], [], [], Confidence.High, "", new Dictionary<string, string>());
        return new ValidationInput(candidate, new RuleInfo("r", "", [1321], Severity.High, "", "", ""), ProjectUnderTest.At("/nowhere", new DependencySet.NotNeeded()),
            [new SourceFile("package.json", """{"name":"tool","main":"main.js"}""")], new EvidenceContext("", "", "", "", "", ""), ValidationBudget.BestWay);
    }

    private ProofAttempt Next(LibraryFamily family, ValidationInput? input = null) => Assert.IsType<FamilyStep.Try>(family.Next(input ?? _input, _history)).Attempt;

    private static HarnessInput Sent(ProofAttempt attempt) => JsonSerializer.Deserialize<HarnessInput>(Assert.Single(attempt.Proof.Attack).Files.First(f => f.Path == "poc/input.json").Content, s_web)!;

    // What a run of the attempt gave: each case the stage and the error that are told of its tag; nothing where it was ended by a limit.
    private void Ran(ProofAttempt attempt, Func<string, (string Stage, string? Message)>? of, string[]? fired = null, SeenCommand[]? commands = null)
    {
        var report = of is null ? null : JsonSerializer.Serialize(new
        {
            loaded = true,
            cases = Sent(attempt).Cases.Select(c => of(c.Tag)).Zip(Sent(attempt).Cases, (o, c) => new { tag = c.Tag, stage = o.Stage, error = o.Message is null ? null : new { name = "TypeError", message = o.Message, stack = "", code = "" } }),
        });
        var run = new ProofRun("explore", new Nonces("nonce", "secret"), report is null ? SandboxOutcome.Killed : SandboxOutcome.Exited, report is null ? SandboxKill.Wall : SandboxKill.None, "", 0, 0, "", "", false, 1, 1, 1,
            report is null ? [] : [new ProofOutput("/out/result.json", report)], commands ?? [], []);
        _history.Add(new AttemptRecord(attempt, [run], fired is null ? OracleReading.Nothing() : OracleReading.Effect("seen", fired), false));
    }

    private static (string, string?) Done(string tag) => ("done", null);

    [Fact]
    public void All_starting_arguments_are_tried_at_once_where_a_case_costs_little_and_no_call_twice()
    {
        var first = Next(_pollution);
        Assert.Equal($"{Usual}shape; {Usual}shape with options; {Usual}shape and a callback", first.Proof.Strategy);
        var cases = Sent(first).Cases;
        Assert.Equal("tuv", string.Concat(cases.Select(c => c.Tag[0]).Distinct()));
        Assert.Distinct(cases.Select(c => c.Tag));
        Assert.Distinct(cases.Select(c => JsonSerializer.Serialize(c.Args).Replace(c.Tag, "", StringComparison.Ordinal)));
        Ran(first, Done);
        Assert.Equal(All + "shape", Next(_pollution).Proof.Strategy);
    }

    [Fact]
    public void A_call_that_starts_programs_is_tried_by_the_likeliest_arguments_first()
    {
        var first = Next(_commands);
        Assert.Equal(Usual + "shape", first.Proof.Strategy);
        Ran(first, Done);
        var second = Next(_commands);
        Assert.Equal($"{Usual}shape with options; {Usual}shape and a callback; {All}shape", second.Proof.Strategy);
        Ran(second, Done);
        Assert.IsType<FamilyStep.Exhausted>(_commands.Next(_input, _history));
    }

    [Fact]
    public void Without_a_call_that_did_its_work_the_others_come_before_the_rarer_payloads()
    {
        Ran(Next(_commands), _ => ("call", "no"));
        var others = Next(_commands);
        Assert.Equal($"{Usual}shape with options; {Usual}shape and a callback", others.Proof.Strategy);
        Ran(others, tag => tag[0] == 'u' ? Done(tag) : ("call", "no"));
        Assert.Equal(All + "shape and a callback", Next(_commands).Proof.Strategy);
    }

    [Fact]
    public void Only_the_call_that_was_turned_down_is_repaired()
    {
        Ran(Next(_pollution), tag => tag[0] == 'v' ? ("call", "options must be a string") : Done(tag));
        var repaired = Next(_pollution);
        Assert.Equal(Usual + "shape and a callback, string for argument 2", repaired.Proof.Strategy);
        Assert.All(Sent(repaired).Cases, c => Assert.Equal('t', c.Tag[0]));
    }

    [Fact]
    public void What_is_missing_around_the_calls_is_missing_for_all_of_them()
    {
        Ran(Next(_pollution), Done, commands: [new SeenCommand("/usr/bin/convert", ["convert"], false)]);
        var again = Next(_pollution);
        Assert.Equal(3, again.Proof.Strategy.Split(';').Length);
        Assert.Contains("convert", again.Proof.Attack[0].StandIns);
    }

    [Fact]
    public void Calls_that_do_not_end_together_are_tried_by_themselves()
    {
        Ran(Next(_pollution), null);
        List<string> alone = [];
        for (var n = 0; n < 3; n++)
        {
            var next = Next(_pollution);
            alone.Add(next.Proof.Strategy);
            Ran(next, Done);
        }
        Assert.Equal([Usual + "shape", Usual + "shape with options", Usual + "shape and a callback"], alone);
        Assert.Equal(All + "shape", Next(_pollution).Proof.Strategy);
    }

    [Fact]
    public void What_fired_is_confirmed_by_the_call_that_it_belongs_to()
    {
        var first = Next(_pollution);
        Assert.Equal(1, Sent(first).Enough);
        var fired = Sent(first).Cases.First(c => c.Tag[0] == 'v');
        Ran(first, Done, [fired.Tag]);
        var single = Next(_pollution);
        Assert.False(single.Exploratory);
        Assert.Equal(Args(fired), Args(Assert.Single(Sent(single).Cases)));
    }

    [Fact]
    public void Behind_what_fired_first_and_is_not_confirmed_the_run_goes_on()
    {
        var first = Next(_pollution);
        var (one, other) = (Sent(first).Cases[0], Sent(first).Cases[5]);
        Ran(first, Done, [one.Tag]);
        Ran(Next(_pollution), Done);
        var whole = Next(_pollution);
        Assert.True(whole.Exploratory);
        Assert.Equal((0, Sent(first).Cases.Count), (Sent(whole).Enough, Sent(whole).Cases.Count));
        // Tags come back from the sandbox: some may be none of ours.
        Ran(whole, Done, [other.Tag, one.Tag, "none of ours"]);
        Assert.Equal(Args(other), Args(Assert.Single(Sent(Next(_pollution)).Cases)));
    }

    [Fact]
    public void A_report_that_the_project_wrote_of_strings_that_are_no_text_is_none()
    {
        var run = new ProofRun("explore", new Nonces("nonce", "secret"), SandboxOutcome.Exited, SandboxKill.None, "", 0, 0, "", "", false, 1, 1, 1,
            [new ProofOutput("/out/result.json", """{"loaded":true,"\ud800":1,"cases":[{"tag":"\ud800","stage":"done"}],"observable":1}""")], [], []);
        Assert.Null(HarnessReport.Of(run));
        Assert.False(new PollutionOracle().Read([run], OracleSpec.Of("pollution")).Seen);
        Assert.NotEmpty(ProofReplayer.Observable([run]));
    }

    // Whoever writes the program that is scanned can write the report: what has no sense is none, and ends nothing.
    [Theory]
    [InlineData("""{"loaded":true,"cases":null}""")]
    [InlineData("""{"loaded":true,"cases":[null]}""")]
    [InlineData("""{"loaded":true,"cases":[{"tag":null}]}""")]
    [InlineData("""{"loaded":true,"cases":[{"tag":"t1","error":{}}]}""")]
    [InlineData("""{"loaded":true,"cases":[{"tag":"t1","polluted":[null]}]}""")]
    [InlineData("""{"loaded":true,"stray":[{"name":"a"}]}""")]
    [InlineData("""{"loaded":true,"loadError":{"message":null}}""")]
    [InlineData("""{"loaded":true,"ways":[null]}""")]
    [InlineData("""{"loaded":true,"stacks":{"t1":null}}""")]
    public void A_report_that_the_project_wrote_of_nothing_is_none(string text)
    {
        Assert.Null(HarnessReport.Of(Wrote(text)));
        Assert.False(new PollutionOracle().Read([Wrote(text)], OracleSpec.Of("pollution")).Seen);
        Assert.NotNull(HarnessReport.Of(Wrote("""{"loaded":true,"cases":[{"tag":"t1","stage":"done","error":{"name":"E","message":"m","stack":"","code":""}}]}""")));
    }

    [Theory]
    [InlineData("""{"starts":null}""")]
    [InlineData("""{"starts":[null]}""")]
    [InlineData("""{"starts":[{"errors":[null]}]}""")]
    [InlineData("""{"responses":[null]}""")]
    [InlineData("""{"bodies":[null]}""")]
    [InlineData("""{"queries":[null]}""")]
    [InlineData("""{"growth":[null]}""")]
    [InlineData("""{"growth":[{"start":0,"size":1}]}""")]
    public void What_a_server_wrote_for_the_client_of_nothing_is_none(string text)
    {
        Assert.Null(HttpReport.Of(Wrote(text)));
        Assert.NotNull(HttpReport.Of(Wrote("""{"starts":[{"index":0,"exit":null,"errors":["e"]}],"growth":[{"start":0,"tag":"s0x0","size":1,"cpu":10,"cut":false}]}""")));
    }

    // The same of what a package offers: a stack for a function that it never offered, digits that are none of ours.
    [Theory]
    [InlineData("""{"loaded":true,"ways":[],"stacks":{"eaa1":"at set (/work/app/lib/index.js:1:1)"}}""")]
    [InlineData("""{"loaded":true,"ways":["set"],"stacks":{"zzz1":"at set (/work/app/lib/index.js:1:1)"}}""")]
    [InlineData("""{"loaded":true,"ways":["set"],"stacks":{"eaa1":"at set (/work/app/lib/index.js:\u0661:\u0661)"}}""")]
    public void A_stack_that_the_project_wrote_leads_to_no_proof(string text)
    {
        var family = new ExportsFamily(new PollutionPayloads());
        var list = Assert.IsType<FamilyStep.Try>(family.Next(_input, [])).Attempt;
        var seen = new AttemptRecord(list, [Wrote(text)], OracleReading.Effect("seen", ["eaa1", "zzz1"]), false);
        Assert.False(family.Next(_input, [seen]) is FamilyStep.Try { Attempt.Exploratory: false });
        var offered = new AttemptRecord(list, [Wrote("""{"loaded":true,"ways":["set"],"stacks":{"eaa1":"at set (/work/app/lib/index.js:1:1)"}}""")], seen.Reading, false);
        Assert.False(Assert.IsType<FamilyStep.Try>(family.Next(_input, [offered])).Attempt.Exploratory);
    }

    private static ProofRun Wrote(string text) => new("explore", new Nonces("nonce", "secret"), SandboxOutcome.Exited, SandboxKill.None, "", 0, 0, "", "", false, 1, 1, 1, [new ProofOutput("/out/result.json", text)], [], []);

    private static string Args(HarnessCase one) => JsonSerializer.Serialize(one.Args);

    [Theory]
    // What it lacks may be what it is.
    [InlineData("no export: files (of an object with: copy, move)", "without the step files")]
    // Another module may have it.
    [InlineData("no export: files (of an object with: other)", "through the package's main module")]
    [InlineData("no export: files", "through the package's main module")]
    public void A_missing_export_is_looked_for_where_it_may_be(string message, string repair)
    {
        var input = Input([new(AccessKind.Property, "files", []), new(AccessKind.Property, "copy", [])], "string");
        Ran(Next(_commands, input), _ => ("access", message));
        Assert.Equal($"{Usual}shape, {repair}", Next(_commands, input).Proof.Strategy);
    }

    [Fact]
    public void A_step_is_not_left_out_where_the_next_is_not_there_either()
    {
        var input = Input([new(AccessKind.Property, "files", []), new(AccessKind.Property, "copy", [])], "string");
        Ran(Next(_commands, input), _ => ("access", "no export: files (of an object with: other)"));
        Ran(Next(_commands, input), _ => ("access", "no export: files (of a function with: another)"));
        Assert.IsType<FamilyStep.GiveUp>(_commands.Next(input, _history));
    }
}
