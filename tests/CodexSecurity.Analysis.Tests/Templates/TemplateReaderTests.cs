using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Templates;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Tests.Templates;

/// <summary>Templates are hostile texts: whatever they hold, they are read. What is read of them: the fixtures of xss.html.</summary>
public sealed class TemplateReaderTests
{
    private static readonly string[] Kinds = [".ejs", ".hbs", ".pug", ".njk", ".liquid", ".dust"];

    private static readonly string[] Pieces =
    [
        "<%", "<%-", "<%=", "<%#", "-%>", "%>", "%%>", "{{", "{{{", "{{&", "{{#each ", "{{/each}}", "{{!--", "--}}", "}}", "}}}", "{%", "{%- for x in y ", "%}", "{#", "#}", "!=", "= ", "!{", "#{", "}", "{",
        "each a in b\n", "script.\n", "include ../x\n", "p(a=b c!=d)", "|safe", "|s}", "a", ".b", "[0]", "['c']", "(", ")", "[", "]", "'", "\"", "`", "${", "?", ":", "=>", "forEach(", "map(x => x", "var a = b;",
        "\n", "\r\n", "\t", " ", "<script>", "</script>", "<a href=", "<", ">", "/", "\\", "\uD800", "\u2028", "é", "0", "1e", "../", "@root.", "this", ",",
    ];

    [Fact]
    public void Any_text_is_read_and_outputs_lie_in_it()
    {
        var random = new Random(20);
        var outputs = 0;
        for (var round = 0; round < 4000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(40)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            foreach (var kind in Kinds)
            {
                foreach (var output in TemplateReader.Read(new SourceFile("views/a" + kind, text))!.Outputs)
                {
                    outputs++;
                    Assert.InRange(output.Start, 0, output.End - 1);
                    Assert.InRange(output.End, 1, text.Length);
                    Assert.NotEmpty(output.Values);
                    Assert.All(output.Values, v => Assert.NotEmpty(v));
                }
            }
        }
        Assert.True(outputs > 1000);
    }

    [Theory]
    [InlineData("<%- ", "a(")]
    [InlineData("<%- ", "a[b['c'].d")]
    [InlineData("<% ", "x.forEach(function(y){")]
    [InlineData("<%- ", "`${")]
    [InlineData("<%- f({", "a: b, ")]
    [InlineData("{{#each a}}", "{{#b}}{{{c}}}")]
    [InlineData("{{ ", "a|safe|")]
    [InlineData("<script>", "<script><%= a %>")]
    [InlineData("", "<script></script><%= a %>")]
    [InlineData("<p a=", "<%= a %> '")]
    public void A_long_text_that_repeats_itself_is_read(string start, string piece)
    {
        var text = start + string.Concat(Enumerable.Repeat(piece, 20_000));
        foreach (var kind in Kinds) Assert.NotNull(TemplateReader.Read(new SourceFile("views/a" + kind, text)));
    }

    [Fact]
    public void What_a_template_shows_is_counted_where_it_is_not_looked_at()
    {
        const string Server = "const app = require('express')(); app.get('/', (req, res) => res.render('many', { a: req.query.a })); app.listen(1);";
        SourceFile[] files = [new("server.js", Server), new("views/many.ejs", string.Concat(Enumerable.Repeat("<%- a %>\n", 1001))), new("views/other.ejs", "<%- a %>")];
        var result = AnalysisEngine.Analyze(new ProjectInput(files, [], []), AnalysisOptions.Default);
        Assert.Equal(1000, result.Candidates.Count(c => c.RuleId == "xss.html"));
        var reasons = result.Coverage.Where(c => c.Status == CoverageStatus.Partial).ToDictionary(c => c.Path, c => c.Reason);
        Assert.Contains("more than 1000 outputs", reasons["views/many.ejs"], StringComparison.Ordinal);
        Assert.Contains("no code was seen that fills it in", reasons["views/other.ejs"], StringComparison.Ordinal);
        Assert.Equal(2, reasons.Count);
    }

    [Theory]
    [InlineData("index", "views/index.ejs")]
    [InlineData("admin/index", "views/admin/index.ejs")]
    [InlineData("./admin/users.hbs", "views/admin/users.hbs")]
    [InlineData("users.hbs", "views/admin/users.hbs")]
    [InlineData("page.user", "views/page.user.ejs")]
    [InlineData("/mail/welcome.pug", "mail/welcome.pug")]
    [InlineData("missing", "")]
    [InlineData("", "")]
    public void A_template_is_found_by_what_code_calls_it(string name, string path)
    {
        string[] all = ["views/index.ejs", "views/admin/index.ejs", "views/admin/users.hbs", "views/page.user.ejs", "views/page.ejs", "mail/welcome.pug", "other/deep/index.ejs"];
        var index = new TemplateIndex(all.Select(p => new TemplateFile(new SourceFile(p, ""), [], [])));
        Assert.Equal(path.Length == 0 ? [] : [path], index.Find(name).Select(t => t.File.Path));
    }
}
