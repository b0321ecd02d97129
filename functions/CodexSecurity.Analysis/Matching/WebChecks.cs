using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Settings of web applications: tokens without signatures, foreign origins, debugging aids, templates that do not escape.</summary>
internal static class WebChecks
{
    public static void Run(FileMatches m)
    {
        var verifies = m.Calls().Any(k => k.Path is "jsonwebtoken.verify" or "express-jwt" or "express-jwt.expressjwt");
        foreach (var (c, i, path) in m.Calls())
        {
            var x = c.Code[i];
            switch (path)
            {
                case "jsonwebtoken.verify" or "jsonwebtoken.sign": Token(m, c, x, path); break;
                case "jsonwebtoken.decode" when !verifies && IsHandler(c):
                    m.Add("jwt.unverified", c, x, path, "A token is read without checking its signature.", Confidence.Medium);
                    break;
                case "jwt-simple.decode" when m.View.IsTrue(IrView.Argument(c, x, 2)):
                    m.Add("jwt.unverified", c, x, path, "A token is read without checking its signature.");
                    break;
                case "cors" when m.View.Fields(IrView.Argument(c, x, 0)) is { } cors:
                    if (cors.TryGetValue("credentials", out var credentials) && m.View.IsTrue(credentials) && cors.TryGetValue("origin", out var origin) && (m.View.IsTrue(origin) || AllowsAll(m, origin)))
                        m.Add("cors.any-origin-with-credentials", c, x, path, "Every site may call this one with the visitor's cookies and read the answer.");
                    break;
                case "errorhandler" or "express.errorHandler" when !ReadsEnvironment(m):
                    m.Add("debug.enabled", c, x, path, "An error handler for development shows stack traces in every environment.");
                    break;
                case "inspector.open" when m.View.Text(IrView.Argument(c, x, 1)) is "0.0.0.0" or "::":
                    m.Add("debug.enabled", c, x, path, "The debugger listens on all interfaces.");
                    break;
                case "swig.setDefaults" or "new swig.Swig" or "nunjucks.configure" or "new nunjucks.Environment" or "handlebars.compile" or "twig.extend": Escaping(m, c, x, path); break;
                default: break;
            }
            if (x.Op == Op.CallMethod) Reflection(m, c, x);
        }
    }

    private static bool IsHandler(Callable c) => c.Parameters.Count >= 2 && c.Parameters[0].Name is "req" or "request" && c.Parameters[1].Name is "res" or "response";

    private static void Token(FileMatches m, Callable c, in Instruction x, string path)
    {
        if (m.View.Fields(IrView.Argument(c, x, 2)) is { } options)
        {
            if (options.TryGetValue("algorithm", out var one) && IsNone(m, one)) { m.Add("jwt.unverified", c, x, path, "The token is signed with the algorithm none: anyone can write one."); return; }
            if (options.TryGetValue("algorithms", out var list) && m.View.Origin(list) is { } o && o.In.Code[o.Index] is { Op: Op.NewArray } array)
            {
                foreach (var a in o.In.ArgsOf(array)) if (IsNone(m, new Use(o.In, Callable.SlotOf(a)))) { m.Add("jwt.unverified", c, x, path, "Tokens with the algorithm none are accepted: anyone can write one."); return; }
            }
        }
        if (path.EndsWith("verify", StringComparison.Ordinal) && x.ArgCount > 1 && m.View.ConstantOf(IrView.Argument(c, x, 1)) is { Kind: ConstantKind.Null or ConstantKind.Undefined } or { Value: "" })
            m.Add("jwt.unverified", c, x, path, "A token is verified without a key.");
    }

    private static bool IsNone(FileMatches m, Use use) => string.Equals(m.View.Text(use), "none", StringComparison.OrdinalIgnoreCase);

    // origin: (origin, callback) => callback(null, true)
    private static bool AllowsAll(FileMatches m, Use origin)
    {
        if (m.View.Origin(origin) is not { } o || o.In.Code[o.Index] is not { Op: Op.Function } made) return false;
        var f = m.Module.Callables[made.A];
        if (f.Code.Any(x => x.Op == Op.Branch)) return false;
        foreach (ref readonly var x in f.Code.AsSpan()) if (x.Op == Op.Call && x.ArgCount == 2 && m.View.IsTrue(IrView.Argument(f, x, 1))) return true;
        return false;
    }

    // The request's own origin is sent back, with credentials, in the same function.
    private static void Reflection(FileMatches m, Callable c, in Instruction x)
    {
        if (m.Module.Names[x.B] is not ("setHeader" or "header" or "set") || !Names(m, c, x, "access-control-allow-origin") || !IsOwnOrigin(m, IrView.Argument(c, x, 1))) return;
        // A comparison before says that origins are chosen.
        foreach (ref readonly var y in c.Code.AsSpan())
        {
            if (y.Op == Op.CallMethod && m.Module.Names[y.B] is "includes" or "indexOf" or "test" or "has" or "some") return;
            if (y.Op == Op.Binary && (BinaryOp)y.C is BinaryOp.StrictEqual or BinaryOp.Equal or BinaryOp.StrictNotEqual or BinaryOp.NotEqual && (m.View.NameOf(new Use(c, y.A)) == "origin" || m.View.NameOf(new Use(c, y.B)) == "origin")) return;
        }
        foreach (ref readonly var y in c.Code.AsSpan())
        {
            if (y.Op == Op.CallMethod && Names(m, c, y, "access-control-allow-credentials") && (m.View.Text(IrView.Argument(c, y, 1)) == "true" || m.View.IsTrue(IrView.Argument(c, y, 1))))
            {
                m.Add("cors.any-origin-with-credentials", c, x, "http.ServerResponse.setHeader", "The request's own origin is allowed, with credentials: every site may read the answer.");
                return;
            }
        }
    }

    // req.headers.origin, req.get('origin').
    private static bool IsOwnOrigin(FileMatches m, Use value)
    {
        if (m.View.Origin(value) is not { } o) return false;
        ref readonly var made = ref o.In.Code[o.Index];
        return made.Op switch
        {
            Op.GetProp => m.Module.Names[made.B] == "origin" && m.View.NameOf(new Use(o.In, made.A)) is "headers" or "header",
            Op.CallMethod => m.Module.Names[made.B] is "get" or "header" && made.ArgCount == 1 && string.Equals(m.View.Text(IrView.Argument(o.In, made, 0)), "origin", StringComparison.OrdinalIgnoreCase),
            _ => false,
        };
    }

    private static bool Names(FileMatches m, Callable c, in Instruction x, string header) => x.ArgCount >= 2 && string.Equals(m.View.Text(IrView.Argument(c, x, 0)), header, StringComparison.OrdinalIgnoreCase);

    private static bool ReadsEnvironment(FileMatches m) =>
        m.Module.Names.Contains("NODE_ENV", StringComparer.Ordinal) || m.Module.Callables.Any(c => c.Constants.Any(k => k.Value is "env" or "development"));

    private static void Escaping(FileMatches m, Callable c, in Instruction x, string path)
    {
        for (var a = 0; a < x.ArgCount; a++)
        {
            if (m.View.Fields(IrView.Argument(c, x, a)) is not { } options) continue;
            if (options.TryGetValue("autoescape", out var escape) && m.View.IsFalse(escape)) m.Add("xss.autoescape-disabled", c, x, path, "Templates put values into pages without encoding them.");
            if (options.TryGetValue("noEscape", out var raw) && m.View.IsTrue(raw)) m.Add("xss.autoescape-disabled", c, x, path, "The template puts values into the page without encoding them.");
        }
    }
}
