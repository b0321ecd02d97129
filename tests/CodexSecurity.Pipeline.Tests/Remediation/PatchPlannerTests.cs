using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Tests.Remediation;

/// <summary>What each family of patches writes, and where it writes nothing.</summary>
public class PatchPlannerTests
{
    private static readonly RecentTrees s_trees = new(new ParserPool());

    // "«" and "»" mark the sink.
    private static (PatchPlan Plan, string Patched) Propose(string marked, int cwe, string callable = "", int argument = 0, params (string Key, string Value)[] properties)
    {
        int start = marked.IndexOf('«', StringComparison.Ordinal), end = marked.IndexOf('»', StringComparison.Ordinal) - 1;
        string text = marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal);
        var file = new SourceFile("index.js", text);
        var sink = new CodeLocation("index.js", 1, 1, 1, 1, start, end);
        var candidate = new Candidate("rule", sink, "f", "", callable, argument, "library-input", null, [], [new FlowStep(sink, "")], [], [], Confidence.High, "",
            properties.ToDictionary(p => p.Key, p => p.Value));
        var plan = new PatchPlanner(s_trees).Propose(candidate, new RuleInfo("rule", "", [cwe], Severity.High, "", "", ""), new Dictionary<string, SourceFile> { ["index.js"] = file });
        return (plan, plan.Proposals.Count == 0 ? "" : UnifiedDiff.Apply(text, plan.Proposals[0].Edits));
    }

    [Theory]
    [InlineData("<p>«<%- name %>»</p>", "text", "<p><%= name %></p>")]
    [InlineData("<p>«{{{user.name}}}»</p>", "text", "<p>{{user.name}}</p>")]
    [InlineData("<p>«{{& name}}»</p>", "text", "<p>{{name}}</p>")]
    [InlineData("<p>«{{ name | upper | safe }}»</p>", "text", "<p>{{ name | upper }}</p>")]
    // Where the engine does not encode by itself.
    [InlineData("<p>«{{ name }}»</p>", "text", "<p>{{ name | escape }}</p>")]
    [InlineData("<p>«{{- name -}}»</p>", "text", "<p>{{- name | escape -}}</p>")]
    [InlineData("p«!= name»", "text", "p= name")]
    [InlineData("p a «!{name}» b", "text", "p a #{name} b")]
    [InlineData("a(«href!=url»)", "text", "a(href=url)")]
    [InlineData("<p>«{name|s}»</p>", "text", "<p>{name}</p>")]
    [InlineData("<p>«{name|u|s|js}»</p>", "text", "<p>{name|u|js}</p>")]
    [InlineData("<input value=«<%= name %>» >", "unquoted", "<input value=\"<%= name %>\" >")]
    [InlineData("<script>var a = «<%= name %>»;</script>", "script", "<script>var a = <%- JSON.stringify(name).replace(/</g, '\\\\u003c') %>;</script>")]
    [InlineData("<script>var a = «<%- JSON.stringify(state) -%>»;</script>", "text", "<script>var a = <%- JSON.stringify(state).replace(/</g, '\\\\u003c') %>;</script>")]
    [InlineData("  var a = «#{name}»;", "script", "  var a = !{JSON.stringify(name).replace(/</g, '\\\\u003c')};")]
    public void An_output_of_a_template_is_encoded_where_it_stands(string template, string place, string wanted) =>
        Assert.Equal(wanted, Propose(template, 79, "express.Response.render", -1, (CandidateProperties.TemplatePlace, place)).Patched);

    [Theory]
    [InlineData("<a href=\"«<%= url %>»\">x</a>", "address", "addresses")]
    [InlineData("<script>start(«{{name}}»);</script>", "script", "form")]
    public void An_output_that_no_rule_can_mend_gets_no_patch(string template, string place, string why)
    {
        var (plan, _) = Propose(template, 79, "express.Response.render", -1, (CandidateProperties.TemplatePlace, place));
        Assert.Empty(plan.Proposals);
        Assert.Contains(why, plan.Reason, StringComparison.Ordinal);
    }

    private static (PatchPlan Plan, string Patched) Regex(string marked, string pattern, string flags, int degree) =>
        Propose(marked, 1333, "", 0, (CandidateProperties.RegexPattern, pattern), (CandidateProperties.RegexFlags, flags), (CandidateProperties.RegexDegree, degree.ToString(System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void A_plain_command_gets_an_argument_vector()
    {
        var (plan, patched) = Propose("const cp = require('child_process');\nmodule.exports = (file, cb) => {\n  «cp.exec('ls -l \"' + file + '\"', cb)»;\n};\n", 78, "child_process.exec");
        Assert.Equal("exec-file", plan.Proposals[0].Strategy);
        Assert.Contains("cp.execFile('ls', ['-l', String(file)], cb)", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_needs_a_shell_gets_quoted_values()
    {
        var (plan, patched) = Propose("const cp = require('child_process');\nmodule.exports = (file, cb) => {\n  «cp.exec('cat ' + file + ' | wc -l', cb)»;\n};\n", 78, "child_process.exec");
        Assert.Equal("shell-quote", plan.Proposals[0].Strategy);
        Assert.Contains("'cat ' + shellQuote(file) + ' | wc -l'", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_the_caller_hands_over_whole_gets_no_patch()
    {
        var (plan, _) = Propose("const cp = require('child_process');\nmodule.exports = (command, cb) => «cp.exec(command, cb)»;\n", 78, "child_process.exec");
        Assert.Empty(plan.Proposals);
        Assert.Contains("whole command", plan.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_skips_keys_that_lead_to_a_prototype()
    {
        var (_, patched) = Propose("function merge(a, b) {\n  for (var k in b) {\n    if (typeof b[k] === 'object') merge(a[k], b[k]);\n    else «a[k] = b[k]»;\n  }\n}\n", 1321);
        Assert.Contains("    if (k === '__proto__' || k === 'constructor' || k === 'prototype') continue;\n    if (typeof", patched, StringComparison.Ordinal);
    }

    // Between the pieces and the write there is no statement: the parameter is checked as a whole.
    [Theory]
    [InlineData("object", "return object;")]
    [InlineData("object.size", "throw new Error('Unsafe path: ' + path);")]
    public void A_path_that_is_taken_to_pieces_in_one_expression_is_checked_before(string result, string exit)
    {
        var (_, patched) = Propose(
            $"export function set(object, path, value, at) {{\n  return («(path = path.split ? path.split('.') : path.slice(0)).slice(0, -1).reduce(function (o, p) {{\n    return o[p] = o[p] || {{}};\n  }}, at = object)[path.pop()] = value»), {result};\n}}\n", 1321);
        Assert.Contains("value, at) {\n  if (/(?:^|\\W)(?:__proto__|constructor|prototype)(?:\\W|$)/.test(String(path))) " + exit + "\n  return", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_loop_over_a_name_that_is_declared_before_skips_keys_too()
    {
        var (plan, patched) = Propose(
            "function nest(input) {\n  var out = {}, tmp, i, k, key, list;\n  for (k in input) {\n    tmp = out;\n    list = k.split('.');\n    for (i = 0; i < list.length;) {\n      key = list[i++];\n      if (i < list.length) tmp = tmp[key] = tmp[key] || {};\n      else «tmp[key] = input[k]»;\n    }\n  }\n  return out;\n}\n", 1321);
        Assert.NotEmpty(plan.Proposals);
        Assert.Contains("key = list[i++];\n      if (isUnsafeKey(key)) return out;", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_a_loop_without_braces_is_looked_at_in_the_loop()
    {
        var (_, patched) = Propose(
            "function set(obj, path, value) {\n  for (var i = 0; i < path.length; i++)\n    if (i === path.length - 1) «obj[path[i]] = value»;\n    else if (null == obj[path[i]]) obj = (obj[path[i]] = {});\n    else obj = obj[path[i]];\n  return value;\n}\n", 1321);
        var check = patched.IndexOf("if (isUnsafeKey(path[i])) return value;", StringComparison.Ordinal);
        Assert.InRange(check, patched.IndexOf("i++", StringComparison.Ordinal), patched.IndexOf("if (i ===", StringComparison.Ordinal));
    }

    [Fact]
    public void Text_that_enters_a_pattern_is_escaped()
    {
        var (_, patched) = Propose("module.exports = (text, word) => text.search(«new RegExp('(' + word + ')+$', 'i')»);\n", 1333);
        Assert.Contains("new RegExp('(' + escapeRegExp(word) + ')+$', 'i')", patched, StringComparison.Ordinal);
        Assert.Contains("  return String(text).replace(/[.*+?^${}()|[\\]\\\\]/g, '\\\\$&');\n", patched, StringComparison.Ordinal);
    }

    // A branch would stay as it is while the patch says that each value is escaped.
    [Fact]
    public void A_pattern_of_which_one_branch_holds_a_value_gets_no_patch() =>
        Assert.Empty(Propose("module.exports = (text, word) => text.search(«new RegExp('(' + word + ')+' + (word ? '(' + text + ')' : '$'))»);\n", 1333).Plan.Proposals);

    [Theory]
    [InlineData("«new RegExp(word, 'i')»", "whole pattern")]
    [InlineData("«new RegExp('^' + text.pattern + '$')»", "called a pattern")]
    [InlineData("«new RegExp('^' + word.replace(/\\*/g, '.*') + '$')»", "own language")]
    public void Text_that_is_meant_as_a_pattern_gets_no_patch(string call, string why)
    {
        var (plan, _) = Propose($"module.exports = (text, word) => text.search({call});\n", 1333);
        Assert.Empty(plan.Proposals);
        Assert.Contains(why, plan.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("if (key === '__proto__') return o;", "if (key === '__proto__' || key === 'constructor' || key === 'prototype') return o;")]
    [InlineData("if (n > 3 || key == '__proto__') return o;", "if (n > 3 || key == '__proto__' || key == 'constructor' || key == 'prototype') return o;")]
    [InlineData("const next = key != \"__proto__\" ? o[key] : o;", "const next = (key != \"__proto__\" && key != \"constructor\" && key != \"prototype\") ? o[key] : o;")]
    [InlineData("if (key === 'constructor' || key === '__proto__') return o;", "if (key === 'constructor' || key === '__proto__' || key === 'prototype') return o;")]
    public void A_guard_that_looks_for_one_way_to_a_prototype_looks_for_the_other(string guard, string wanted)
    {
        var patched = By("wider-prototype-guard", $"exports.set = function set(o, key, n, v) {{\n  {guard}\n  «o[key][n] = v»;\n  return o;\n}};\n", 1321);
        Assert.Contains(wanted, patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_that_a_call_gives_is_checked_where_it_is_used()
    {
        var patched = By("refuse-prototype-keys", "exports.set = function set(o, keys, v) {\n  const name = keys.shift();\n  if (!o[name]) o[name] = {};\n  «o[name][keys.join('.')] = v»;\n};\n", 1321);
        Assert.Contains("o[name][checkedKey(keys.join('.'))] = v;", patched, StringComparison.Ordinal);
        Assert.Contains("if (isUnsafeKey(key)) throw new Error('Unsafe key: ' + key);", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_of_the_caller_that_hands_over_an_element_are_checked_too()
    {
        const string Program = "function inner(base, more) {\n  for (var key in more) {\n    «base[key] = more[key]»;\n  }\n  return base;\n}\nexports.merge = function (result, item) {\n  for (var name in item) {\n    result[name] = inner(result[name], item[name]);\n  }\n  return result;\n};\n";
        var (plan, _) = Propose(Program, 1321);
        Assert.Contains(plan.Proposals, p => p.Strategy == "skip-prototype-keys" && UnifiedDiff.Apply(Program.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal), p.Edits) is var text
            && text.Contains("if (name === '__proto__'", StringComparison.Ordinal) && text.Contains("if (key === '__proto__'", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluated_text_may_be_held_to_arithmetic()
    {
        var patched = By("arithmetic-only", "module.exports = text => {\n  let result;\n  try {\n    result = «eval(text)»;\n  } catch (e) { return text; }\n  return result;\n};\n", 94, "eval");
        Assert.Contains("  try {\n    if (!/^[\\d\\s.,+*\\/%()-]*$/.test(text)) throw new SyntaxError('Not an arithmetic expression: ' + text);\n    result = eval(text);", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_that_may_be_absent_stays_absent_when_it_is_quoted() => Assert.Contains(
        "return String(value) && \"'\" + String(value).replace(", By("shell-quote-present", "const cp = require('child_process');\nmodule.exports = (path, cb) => {\n  «cp.exec('df ' + path, cb)»;\n};\n", 78, "child_process.exec"), StringComparison.Ordinal);

    [Fact]
    public void A_parameter_that_becomes_a_piece_of_command_is_looked_at_before()
    {
        var patched = By("reject-shell-characters-first", "const cp = require('child_process');\nmodule.exports = (device, cb) => {\n  device = '\"' + device + '\"';\n  if (process.platform === 'linux') device += '?* || true';\n  «cp.exec('umount ' + device, cb)»;\n};\n", 78, "child_process.exec");
        Assert.Contains("=> {\n  if (typeof device === 'string') device = shellWords(device);\n  device = '\"'", patched, StringComparison.Ordinal);
    }

    private static string By(string strategy, string marked, int cwe, string callable = "")
    {
        var plan = Propose(marked, cwe, callable).Plan;
        return UnifiedDiff.Apply(marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal), Assert.Single(plan.Proposals, p => p.Strategy == strategy).Edits);
    }

    [Fact]
    public void A_command_that_grows_in_a_template_and_is_reworked_is_quoted_where_values_come_in()
    {
        var patched = By("shell-quote", "const { exec } = require('child_process'), { MARK } = require('./marks');\nmodule.exports = (limit, cb) => {\n  let cmd = 'git log --format=\"%H\"';\n  if (limit) {\n    cmd = `${cmd} -${limit}`;\n  }\n  cmd = cmd.replace(/\"/g, MARK);\n  «exec(cmd, cb)»;\n};\n", 78, "child_process.exec");
        Assert.Contains("cmd = `${cmd} -${shellQuote(limit)}`;", patched, StringComparison.Ordinal);
        Assert.Contains("exec(cmd, cb)", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void Items_that_come_in_quotes_are_taken_out_of_them_before_they_are_quoted()
    {
        var patched = By("shell-quote-again", "const { exec } = require('child_process');\nmodule.exports = (args, cb) => «exec('kill ' + args.map(JSON.stringify).join(' '), cb)»;\n", 78, "child_process.exec");
        Assert.Contains("exec('kill ' + args.map(JSON.stringify).map(shellQuote).join(' '), cb)", patched, StringComparison.Ordinal);
        Assert.Contains("""if (/^"(?:[^"\\]|\\.)*"$/.test(value)) value = value.slice(1, -1).replace(/\\(["\\$`])/g, "$1");""", patched, StringComparison.Ordinal);
        Assert.Contains("""return "'" + String(value).replace(/'/g, "'\\''") + "'";""", patched, StringComparison.Ordinal);
    }

    [Fact]
    public void A_joined_path_is_checked_to_lie_in_its_folder()
    {
        var (plan, patched) = Propose("const fs = require('fs'), path = require('path');\nmodule.exports = (name, cb) => {\n  const file = path.join(__dirname, name);\n  «fs.readFile(file, cb)»;\n};\n", 22, "fs.readFile");
        Assert.Equal("contain-path", plan.Proposals[0].Strategy);
        Assert.Contains("if (!isInside(__dirname, file)) return cb(new Error('Path is outside of the root folder'));", patched, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text.replace(/\\s+$/, '')", "\\s+$", "", "text.trimEnd()")]
    [InlineData("text.replace(/^\\s+|\\s+$/g, '')", "^\\s+|\\s+$", "g", "text.trim()")]
    [InlineData("/^(\\w+\\s?)*$/.test(text)", "^(\\w+\\s?)*$", "", "/^(?:\\w+(?:\\s\\w+)*\\s?)?$/.test(text)")]
    [InlineData("/^(?:a*|b)*$/.exec(text)", "^(?:a*|b)*$", "", "/^(?:a|b)*$/.exec(text)")]
    [InlineData("/^(.+)@(.+)\\.(.+)$/.test(text)", "^(.+)@(.+)\\.(.+)$", "", "/^(.[^@\\n\\r\\u2028\\u2029]*)@(.[^.\\n\\r\\u2028\\u2029]*)\\.(.+)$/.test(text)")]
    [InlineData("text.match(/\\[([^[\\]]*|\\[[^[\\]]*\\])*\\]|([A-Za-z])\\2+/g)", "\\[([^[\\]]*|\\[[^[\\]]*\\])*\\]|([A-Za-z])\\2+", "g", "text.match(/\\[([^[\\]]|\\[[^[\\]]*\\])*\\]|([A-Za-z])\\2+/g)")]
    [InlineData("/^(,[0-9]*\\.?[0-9]+)*$/.exec(text)", "^(,[0-9]*\\.?[0-9]+)*$", "", "/^(,(?:[0-9]+(?:\\.[0-9]+)?|\\.[0-9]+))*$/.exec(text)")]
    [InlineData("/^(\\d+,?\\d*x)*$/.exec(text)", "^(\\d+,?\\d*x)*$", "", "/^(\\d+(?:,\\d*)?x)*$/.exec(text)")]
    [InlineData("/(.*?)rgb\\(/.exec(text)", "(.*?)rgb\\(", "", "/(?<!.)(.*?)rgb\\(/.exec(text)")]
    public void A_slow_pattern_becomes_one_that_matches_the_same_texts(string call, string pattern, string flags, string wanted)
    {
        var (_, patched) = Regex($"module.exports = text => «{call}»;\n", pattern, flags, pattern.Contains(")*$", StringComparison.Ordinal) ? 0 : 2);
        Assert.Equal($"module.exports = text => {wanted};\n", patched);
    }

    [Theory]
    [InlineData("\\[([^[\\]]*|\\[[^[\\]]*\\])*\\]|([A-Za-z])\\2+", "[]aab")]
    [InlineData("(,[0-9]*\\.*[0-9]+)*;", ",.1;")]
    [InlineData("(?:x\\d*\\.?\\d+)*;", "x1.;")]
    [InlineData("(?:x\\d+\\.?\\d*)*;", "x1.;")]
    [InlineData("(?:x\\d*,?\\d*)*;", "x1,;")]
    [InlineData("(.*?)rgb\\(", "rgb(\n")]
    [InlineData("(a+)b", "ab\n")]
    [InlineData("(?:\\s*\\d+)+;", " 1;")]
    [InlineData("(?:\\w+\\s*)*;", "a ;")]
    [InlineData("(?:a+b*c*)+;", "abc;")]
    [InlineData("(?:ab|a|b)+$", "abc")]
    [InlineData("(?:\\r\\n|\\n|\\r)+;", "\r\n;")]
    public void A_rewritten_pattern_finds_the_same_in_every_short_text(string pattern, string alphabet)
    {
        var (plan, _) = Regex($"module.exports = text => «/{pattern}/.exec(text)»;\n", pattern, "", 2);
        var (old, now) = (new System.Text.RegularExpressions.Regex(pattern), new System.Text.RegularExpressions.Regex(plan.Proposals.First(p => p.Strategy == "linear-pattern").Edits[0].Replacement));
        IEnumerable<string> texts = [""];
        for (var length = 0; length < 7; length++, texts = [.. texts.SelectMany(t => alphabet.Select(c => t + c))])
            Assert.All(texts, t => Assert.Equal((old.Match(t).Index, old.Match(t).Value), (now.Match(t).Index, now.Match(t).Value)));
    }

    [Fact]
    public void A_limit_that_leaves_short_texts_slow_is_followed_by_a_smaller_one() =>
        Assert.Equal([".{0,1000}-.{0,1000};", ".{0,256}-.{0,256};"], Regex("module.exports = text => «/.*-.*;/.exec(text)»;\n", ".*-.*;", "", 2).Plan.Proposals.Where(p => p.Strategy == "bounded-repetition").Select(p => p.Edits[0].Replacement));

    [Fact]
    public void Rounds_of_a_lazy_group_are_not_made_shorter()
    {
        Assert.Contains(Regex("module.exports = text => «/(?:a+b*)+;/.exec(text)»;\n", "(?:a+b*)+;", "", 0).Plan.Proposals, p => p.Strategy == "linear-pattern");
        Assert.DoesNotContain(Regex("module.exports = text => «/(?:a+b*)+?;/.exec(text)»;\n", "(?:a+b*)+?;", "", 0).Plan.Proposals, p => p.Strategy == "linear-pattern");
    }

    [Fact]
    public void A_slow_pattern_whose_matches_are_used_is_limited_instead()
    {
        var (plan, patched) = Regex("module.exports = text => «text.replace(/<br(.*?)\\/?>/gi, '<$1>')»;\n", "<br(.*?)\\/?>", "gi", 2);
        Assert.Equal("bounded-repetition", plan.Proposals[0].Strategy);
        Assert.Contains("/<br(.{0,1000}?)\\/?>/gi", patched, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("const parts = ['a\\\\d*', '(\\\\d*;)?'].join('|');\nmodule.exports = text => «text.replace(new RegExp(parts, 'g'), '')»;\n", "a\\d*|(\\d*;)?", "['a\\\\d{0,1000}', '(\\\\d{0,1000};)?'].join('|')")]
    [InlineData("const digits = /\\d*/;\nmodule.exports = text => «text.replace(new RegExp('a' + digits.source + '[;]?' + digits.source, 'g'), '')»;\n", "a\\d*[;]?\\d*", "/\\d{0,1000}/")]
    public void A_pattern_that_is_put_together_is_changed_where_its_parts_are_written(string marked, string pattern, string wanted)
    {
        var (plan, _) = Regex(marked, pattern, "g", 2);
        var bounded = plan.Proposals.First(p => p.Strategy == "bounded-repetition");
        Assert.Contains(wanted, UnifiedDiff.Apply(marked.Replace("«", "", StringComparison.Ordinal).Replace("»", "", StringComparison.Ordinal), bounded.Edits), StringComparison.Ordinal);
    }

    [Fact]
    public void An_exponential_pattern_without_a_known_form_gets_no_limit()
    {
        var (plan, _) = Regex("module.exports = text => «/^((ab|a|b)+x?)+$/.exec(text)»;\n", "^((ab|a|b)+x?)+$", "", 0);
        Assert.DoesNotContain(plan.Proposals, p => p.Strategy.StartsWith("bounded", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("«eval('(' + text + ')')»", "JSON.parse(text)")]
    [InlineData("«new Function('return ' + text)»()", "JSON.parse(text)")]
    [InlineData("«eval(`colors.${text}()`)»", "colors[text]()")]
    public void Evaluated_data_is_parsed_and_a_name_is_read(string call, string wanted)
    {
        var (_, patched) = Propose($"module.exports = text => {call};\n", 94);
        Assert.Equal($"module.exports = text => {wanted};\n", patched);
    }

    [Theory]
    [InlineData("«eval('[' + text + ']')»", "JSON.parse('[' + text + ']')")]
    [InlineData("«new Function('o', 'return \"' + text + '\" + o')»", "new Function('o', 'return \"' + JSON.stringify(String(text)).slice(1, -1) + '\" + o')")]
    [InlineData("«eval('f(\\'' + text + '\\', 1)')»", "eval('f(\\'' + JSON.stringify(String(text)).slice(1, -1).replace(/'/g, \"\\\\'\") + '\\', 1)')")]
    [InlineData("«eval('f(/[\"]/g, 1 / 2, \"' + text + '\")')»", "eval('f(/[\"]/g, 1 / 2, \"' + JSON.stringify(String(text)).slice(1, -1) + '\")')")]
    [InlineData("«eval('f(`' + text + '`)')»", "eval('f(`' + String(text).replace(/[`$\\\\]/g, '\\\\$&') + '`)')")]
    [InlineData("«eval('f(\"' + text.replace(/\"/g, '\\\\\"') + '\", 1)')»", "eval('f(\"' + text.replace(/[\"\\\\]/g, '\\\\$&') + '\", 1)')")]
    [InlineData("«eval('f(\"' + text.replace(/:(\\w+)/g, (_, n) => '\" + o[' + JSON.stringify(n) + '] + \"') + '\")')»", "eval('f(\"' + JSON.stringify(String(text)).slice(1, -1).replace(/:(\\w+)/g, (_, n) => '\" + o[' + JSON.stringify(n) + '] + \"') + '\")')")]
    [InlineData("«eval('({' + Object.keys(text).map(k => '\"' + k + '\": 1').join() + '})')»", "eval('({' + Object.keys(text).map(k => '\"' + JSON.stringify(String(k)).slice(1, -1) + '\": 1').join() + '})')")]
    public void A_value_between_quotes_of_generated_code_is_escaped_for_them(string call, string wanted)
    {
        var (_, patched) = Propose($"module.exports = text => {call};\n", 94);
        Assert.Equal($"module.exports = text => {wanted};\n", patched);
    }

    [Theory]
    [InlineData("«eval('(function ' + text + '() { return 1 })')»", "eval('(function ' + nameInCode(text) + '() { return 1 })')")]
    [InlineData("«eval('(function(' + text + ') { return 1 })')»", "eval('(function(' + nameInCode(text) + ') { return 1 })')")]
    [InlineData("«new Function('o', 'return o.' + text + '.x + 1')»", "new Function('o', 'return o.' + nameInCode(text) + '.x + 1')")]
    [InlineData("«eval('set({a: 1, ' + text + ': 2})')»", "eval('set({a: 1, ' + nameInCode(text) + ': 2})')")]
    [InlineData("«new Function(text ? 'a' + text : 'o', 'return 1')»", "new Function(nameInCode(text ? 'a' + text : 'o'), 'return 1')")]
    [InlineData("«new Function(text || 'o', 'return 1')»", "new Function(nameInCode(text || 'o'), 'return 1')")]
    public void What_stands_for_a_name_in_generated_code_has_to_be_one(string call, string wanted)
    {
        var (_, patched) = Propose($"module.exports = text => {call};\n", 94);
        Assert.Equal($"function nameInCode(name) {{\n  if (!/^[\\w$\\s,]*$/.test(name)) throw new TypeError('Not a name: ' + name);\n  return name;\n}}\n\nmodule.exports = text => {wanted};\n", patched);
    }

    [Theory]
    [InlineData("«eval(text + '; run(' + more + ')')»")]
    [InlineData("«eval('run(' + text + ', \"quoted\", ' + more + ')')»")]
    // Quotes in expressions and comments open nothing, those of one branch alone leave the place unknown.
    [InlineData("«eval('f(/[\"]/, /* \" */' + text + '/ 2 / 3)')»")]
    [InlineData("«eval('// it\\'s\\nf(' + text + ')')»")]
    [InlineData("«eval('f(' + (more ? '\"' : '') + text + (more ? '\"' : '') + ')')»")]
    [InlineData("«eval('f(`${' + text + '}`)')»")]
    [InlineData("«new Function('a', text)»")]
    public void Code_that_has_to_stay_code_gets_no_patch(string call)
    {
        Assert.Empty(Propose($"module.exports = (text, more) => {call};\n", 94).Plan.Proposals);
    }

    [Theory]
    [InlineData("«res.cookie('id', id)»", 614, "res.cookie('id', id, { httpOnly: true, secure: true, sameSite: 'lax' })")]
    [InlineData("«res.cookie('id', id, { httpOnly: false })»", 1004, "res.cookie('id', id, { httpOnly: true, secure: true, sameSite: 'lax' })")]
    [InlineData("«https.get({ host, rejectUnauthorized: false })»", 295, "https.get({ host, rejectUnauthorized: true })")]
    [InlineData("«crypto.createHash('md5')»", 328, "crypto.createHash('sha256')")]
    [InlineData("«xml.parseXml(text, { noent: true })»", 611, "xml.parseXml(text, { noent: false })")]
    public void An_unsafe_setting_gets_its_safe_value(string call, int cwe, string wanted)
    {
        var (plan, patched) = Propose($"{call};\n", cwe);
        Assert.True(plan.Mechanical);
        Assert.Equal($"{wanted};\n", patched);
    }

    [Fact]
    public void A_forged_request_gets_no_patch_because_the_hosts_are_policy()
    {
        Assert.Contains("decision of the project", Propose("«http.get(url)»;\n", 918).Plan.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("«db.query('select * from t where a = ' + id, cb)»", "db.query('select * from t where a = ?', [id], cb)")]
    [InlineData("«db.query(\"select * from t where a = '\" + id + \"' and b like '%\" + name + \"%'\")»", "db.query(\"select * from t where a = ? and b like ?\", [id, \"%\" + name + \"%\"])")]
    [InlineData("«db.query(`select * from t where a in (${id}, ${name})`)»", "db.query('select * from t where a in (?, ?)', [id, name])")]
    public void A_statement_gets_bound_parameters(string call, string wanted)
    {
        Assert.Equal($"module.exports = (db, id, name, cb) => {wanted};\n", Propose($"module.exports = (db, id, name, cb) => {call};\n", 89).Patched);
    }

    [Theory]
    [InlineData("«db.query('select * from t order by ' + id)»", 89)]
    [InlineData("«db.query('select * from ' + id, cb)»", 89)]
    [InlineData("«db.query('select ? from t where b = ' + id, [name])»", 89)]
    [InlineData("«res.send('<script>var x = \"' + id + '\"</script>')»", 79)]
    [InlineData("«res.send('<a href=\"' + id + '\">')»", 79)]
    [InlineData("«res.send('<p class=' + id + '>')»", 79)]
    public void A_value_in_a_place_with_other_rules_gets_no_patch(string call, int cwe)
    {
        Assert.Empty(Propose($"module.exports = (db, res, id, name, cb) => {call};\n", cwe).Plan.Proposals);
    }

    [Theory]
    [InlineData("«res.send('<p>' + req.query.a + '</p>')»", 79, "res.send('<p>' + escapeHtml(req.query.a) + '</p>')")]
    [InlineData("«res.redirect(req.query.to)»", 601, "res.redirect(isLocalPath(req.query.to) ? req.query.to : '/')")]
    [InlineData("«users.find({ name: req.body.name, active: true })»", 943, "users.find({ name: String(req.body.name), active: true })")]
    public void A_request_value_is_escaped_checked_or_cast(string call, int cwe, string wanted)
    {
        Assert.EndsWith($"module.exports = (req, res, users) => {wanted};\n", Propose($"module.exports = (req, res, users) => {call};\n", cwe).Patched, StringComparison.Ordinal);
    }
}
