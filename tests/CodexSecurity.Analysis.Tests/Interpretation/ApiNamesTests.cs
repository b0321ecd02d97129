using CodexSecurity.Analysis.Interpretation;

namespace CodexSecurity.Analysis.Tests.Interpretation;

public sealed class ApiNamesTests
{
    [Theory]
    [InlineData("pg.Client.query()", "pg.Client.query()")]
    [InlineData("nconf.get().[*].[*]", "nconf.get().[*]")]
    [InlineData("q.where().where()", "q.where()")]
    [InlineData("q.rows.map().[*].map().[*]", "q.rows.map().[*]")]
    [InlineData("a.mapX.map", "a.mapX.map")]
    [InlineData("a.b(x.y.z.y.z).c", "a.b(x.y.z.y.z).c")]
    [InlineData("a.b.c.d.e.f.g.h.i.j.k.then", "a.b.c.d.e.f.g.h.i.then")]
    public void A_path_ends_with_no_repetition_and_stays_short(string path, string expected) => Assert.Equal(expected, ApiNames.Bounded(path));

    [Fact]
    public void Whatever_code_does_with_an_api_value_there_are_few_paths()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var path = "thing";
        for (var i = 0; i < 1000; i++) seen.Add(path = ApiNames.Bounded(path + (i % 2 == 0 ? ".map()" : ".[*]")));
        Assert.InRange(seen.Count, 2, 6);
    }
}
