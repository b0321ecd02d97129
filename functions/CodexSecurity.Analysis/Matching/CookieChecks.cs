using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Cookies that identify a session, without httpOnly or secure.</summary>
internal static partial class CookieChecks
{
    private static readonly string[] Flags = ["httpOnly", "secure"];

    public static void Run(FileMatches m)
    {
        foreach (var (c, i, path) in m.Calls())
        {
            var x = c.Code[i];
            if (path is "express-session" or "koa-session" or "cookie-session" or "client-sessions") Session(m, c, x, path);
            else if (x.Op == Op.CallMethod && m.Module.Names[x.B] == "cookie" && x.ArgCount is 2 or 3 && m.View.Text(IrView.Argument(c, x, 0)) is { } name && SessionName().IsMatch(name)) Response(m, c, x, name);
        }
    }

    private static void Session(FileMatches m, Callable c, in Instruction x, string path)
    {
        if (x.ArgCount == 0 || m.View.Fields(IrView.Argument(c, x, path == "koa-session" ? x.ArgCount > 1 ? 0 : 1 : 0)) is not { } options) return;
        if (path != "express-session")
        {
            var wrong = Flags.Where(f => options.TryGetValue(f, out var v) && m.View.IsFalse(v)).ToList();
            if (wrong.Count > 0) m.Add("cookies.insecure", c, x, path, $"The session cookie is set without {string.Join(" and ", wrong)}.");
            return;
        }
        // Set later, for the environments that have TLS.
        if (SetLater(m)) return;
        if (!options.TryGetValue("cookie", out var cookie)) { m.Add("cookies.insecure", c, x, path, "The session cookie is sent over plain connections: secure is not set."); return; }
        if (m.View.Fields(cookie) is not { } fields) return;
        var missing = new List<string>();
        if (!fields.TryGetValue("secure", out var secure) || m.View.IsFalse(secure)) missing.Add("secure");
        if (fields.TryGetValue("httpOnly", out var http) && m.View.IsFalse(http)) missing.Add("httpOnly");
        if (missing.Count > 0) m.Add("cookies.insecure", c, x, path, $"The session cookie is set without {string.Join(" and ", missing)}.");
    }

    private static bool SetLater(FileMatches m)
    {
        foreach (var c in m.Module.Callables)
        {
            foreach (ref readonly var x in c.Code.AsSpan())
            {
                if (x.Op == Op.SetProp && m.Module.Names[x.B] == "secure" && !x.Flags.HasFlag(InstructionFlags.Define) && !m.View.IsFalse(new Use(c, x.C))) return true;
            }
        }
        return false;
    }

    private static void Response(FileMatches m, Callable c, in Instruction x, string name)
    {
        if (!ResponseName().IsMatch(m.View.NameOf(new Use(c, x.A)))) return;
        var missing = new List<string> { "httpOnly", "secure" };
        if (x.ArgCount == 3)
        {
            if (m.View.Fields(IrView.Argument(c, x, 2)) is not { } options) return;
            missing.RemoveAll(f => options.TryGetValue(f, out var v) && !m.View.IsFalse(v));
        }
        if (missing.Count > 0) m.Add("cookies.insecure", c, x, "express.Response.cookie", $"The cookie {name} is set without {string.Join(" and ", missing)}.");
    }

    [GeneratedRegex("^(.*[._-])?(sess|session|sid|sessionid|session_id|connect\\.sid|token|jwt|auth|access_?token|refresh_?token|remember_?me|auth_?token)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SessionName();

    [GeneratedRegex("^(res|resp|response|reply)$", RegexOptions.CultureInvariant)]
    private static partial Regex ResponseName();
}
