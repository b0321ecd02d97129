using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Validation.Http;
using Xunit;

namespace CodexSecurity.Pipeline.Tests.Validation;

public sealed class MountsTests
{
    private static IReadOnlyList<string> Before(string module, string route, params (string Path, string Text)[] files) => Mounts.Before(Texts(files), Entry(module, route));

    private static IReadOnlyList<SourceFile> Texts((string Path, string Text)[] files) => [.. files.Select(f => new SourceFile(f.Path, f.Text))];

    private static EntryPoint Entry(string module, string route) =>
        new(EntryPointKind.HttpRoute, new CodeLocation(module, 1, 1, 1, 1, 0, 0), "", module, [], [], [], "GET", route, "express", false, []);

    [Theory]
    [InlineData("app.use('/users', require('./routes/users'));", "/users")]
    [InlineData("const users = require('./routes/users');\napp.use('/users', auth(), users);", "/users")]
    [InlineData("import users from './routes/users.js';\napp.use(`/users/`, users);", "/users")]
    [InlineData("const api = express.Router();\napi.use('/users', require('./routes/users'));\napp.use('/api', api);", "/api/users")]
    [InlineData("app.use(require('./routes/users'));", "")]
    [InlineData("app.use('/users', require('./routes/others'));", "")]
    public void Routes_stand_below_what_their_file_is_mounted_at(string app, string address) =>
        Assert.Equal(address, string.Join(' ', Before("server/routes/users.js", "/list", ("server/app.js", app), ("server/routes/users.js", "router.get('/list', list);"), ("server/routes/others.js", ""))));

    [Fact]
    public void Each_router_of_a_file_has_its_own_address()
    {
        const string App = "const a = Router(), b = Router();\na.get('/x', f);\nb.get('/y', g);\napp.get('/z', h);\napp.use('/a', a);\napp.use('/b', b);\n";
        Assert.Equal(["/a"], Before("app.js", "/x", ("app.js", App)));
        Assert.Equal(["/b"], Before("app.js", "/y", ("app.js", App)));
        Assert.Empty(Before("app.js", "/z", ("app.js", App)));
    }

    [Fact]
    public void Prefixes_of_routers_and_of_plugins_count()
    {
        Assert.Equal(["/api/v1"], Before("users.js", "/x", ("app.js", "app.use('/api', require('./users').routes());"), ("users.js", "const router = new Router({ prefix: '/v1' });\nrouter.get('/x', f);")));
        Assert.Equal(["/v2"], Before("users.js", "/x", ("app.js", "fastify.register(require('./users'), { prefix: '/v2' });"), ("users.js", "fastify.get('/x', f);")));
    }

    [Fact]
    public void The_file_at_the_top_makes_the_server()
    {
        (string, string)[] files = [("app.js", "app.use('/api', require('./routes'));"), ("routes/index.js", "router.use('/users', require('./users'));"), ("routes/users.js", "router.get('/x', f);")];
        Assert.Equal(["app.js"], Mounts.Servers(Texts(files), Entry("routes/users.js", "/x")));
        Assert.Empty(Mounts.Servers(Texts(files), Entry("app.js", "/x")));
    }

    [Fact]
    public void Handlers_stand_below_the_file_that_registers_them()
    {
        (string, string)[] files =
        [
            ("server.js", "app.use('/app', require('./routes/app')());"), ("routes/app.js", "const handlers = require('../core/handlers');\nmodule.exports = function () {\n  router.post('/ping', isAuthenticated, handlers.ping);\n  return router;\n};"),
            ("core/handlers.js", "exports.ping = (req, res) => {};"),
        ];
        Assert.Equal(["/app"], Before("core/handlers.js", "/ping", files));
        Assert.Equal(["server.js"], Mounts.Servers(Texts(files), Entry("core/handlers.js", "/ping")));
        // What the server itself registers needs no other file.
        (string, string)[] flat = [("app.js", "const h = require('./h');\napp.get('/ping', h.ping);"), ("h.js", "exports.ping = f;")];
        Assert.Empty(Before("h.js", "/ping", flat));
        Assert.Equal(["app.js"], Mounts.Servers(Texts(flat), Entry("h.js", "/ping")));
    }

    [Theory]
    [InlineData("const notes = require('./notes');\nmodule.exports = (router) => {\n  notes(router);\n  return router;\n};")]
    [InlineData("module.exports = function (app) {\n  require('./notes')(app);\n};")]
    public void A_module_that_is_called_with_a_router_registers_there(string index)
    {
        (string, string)[] files = [("app.js", "const routes = require('./routes/index.js');\napp.use('/api', routes(router));"), ("routes/index.js", index), ("routes/notes.js", "module.exports = (router) => {\n  router.route('/v2/info')\n    .get(f);\n};")];
        Assert.Equal(["/api"], Before("routes/notes.js", "/v2/info", files));
        Assert.Equal(["app.js"], Mounts.Servers(Texts(files), Entry("routes/notes.js", "/v2/info")));
    }

    [Fact]
    public void Files_that_mount_each_other_end()
    {
        var files = Enumerable.Range(0, 30).Select(i => ($"{i}.js", string.Concat(Enumerable.Range(0, 30).Select(k => $"r.use('/{k}', require('./{k}'));\n")))).ToArray();
        Assert.InRange(Before("0.js", "/x", files).Count, 1, 4);
    }
}
