using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Routes of one router of which most that change state have a check before them, and some have none.</summary>
internal static partial class SiblingCheck
{
    private const int MinGuarded = 3;
    private const double MinShare = 0.75;
    private static readonly string[] Changing = ["post", "put", "patch", "delete", "del"];

    private sealed record Route(Callable In, int Index, string Path, bool Guarded, bool Public);

    public static void Run(FileMatches m)
    {
        var routers = new Dictionary<string, List<Route>>(StringComparer.Ordinal);
        var covered = new HashSet<string>(StringComparer.Ordinal);
        foreach (var c in m.Module.Callables)
        {
            for (var i = 0; i < c.Code.Length; i++)
            {
                ref readonly var x = ref c.Code[i];
                if (x.Op != Op.CallMethod || x.ArgCount == 0) continue;
                var router = m.View.NameOf(new Use(c, x.A));
                var verb = m.Module.Names[x.B];
                if (verb is "use" or "all")
                {
                    for (var a = 0; a < x.ArgCount; a++) if (IsGuard(m, IrView.Argument(c, x, a))) covered.Add(router);
                }
                if (!Changing.Contains(verb, StringComparer.Ordinal) || x.ArgCount < 2 || !RouterName().IsMatch(router) || m.View.Text(IrView.Argument(c, x, 0)) is not { } path || !path.StartsWith('/')) continue;
                var guarded = Enumerable.Range(1, x.ArgCount - 2).Select(a => IrView.Argument(c, c.Code[i], a)).Any(u => IsGuard(m, u) || IsGuardList(m, u)) || Wrapped(m, c, c.Code[i]);
                if (!routers.TryGetValue(router, out var routes)) routers[router] = routes = [];
                routes.Add(new Route(c, i, path, guarded, PublicPath().IsMatch(path) || LooksAtUser(m, IrView.Argument(c, c.Code[i], x.ArgCount - 1))));
            }
        }
        foreach (var (router, routes) in routers)
        {
            var guarded = routes.Count(r => r.Guarded);
            if (covered.Contains(router) || guarded < MinGuarded || guarded < MinShare * routes.Count(r => !r.Public || r.Guarded)) continue;
            foreach (var r in routes)
            {
                if (r.Guarded || r.Public) continue;
                m.Add("access-control.missing", r.In, r.In.Code[r.Index], "", $"{r.Path} changes state without the check that {guarded} of its siblings have.", Confidence.Medium);
            }
        }
    }

    private static bool IsGuard(FileMatches m, Use use)
    {
        if (GuardName().IsMatch(m.View.NameOf(use))) return true;
        if (m.View.Origin(use) is not { } o) return false;
        ref readonly var x = ref o.In.Code[o.Index];
        return x.Op switch
        {
            Op.CallMethod => GuardName().IsMatch(m.Module.Names[x.B]) || GuardName().IsMatch(m.View.NameOf(new Use(o.In, x.A))),
            Op.Call => GuardName().IsMatch(m.View.NameOf(new Use(o.In, x.A))),
            Op.GetProp => GuardName().IsMatch(m.Module.Names[x.B]) || GuardName().IsMatch(m.View.NameOf(new Use(o.In, x.A))),
            _ => false,
        };
    }

    private static bool IsGuardList(FileMatches m, Use use)
    {
        if (m.View.Origin(use) is not { } o || o.In.Code[o.Index] is not { Op: Op.NewArray } list) return false;
        foreach (var a in o.In.ArgsOf(list)) if (IsGuard(m, new Use(o.In, Callable.SlotOf(a)))) return true;
        return false;
    }

    // requireLogin(handler)
    private static bool Wrapped(FileMatches m, Callable c, in Instruction x) =>
        m.View.Origin(IrView.Argument(c, x, x.ArgCount - 1)) is { } o && o.In.Code[o.Index].Op is Op.Call or Op.CallMethod && IsGuard(m, IrView.Argument(c, x, x.ArgCount - 1));

    private static bool LooksAtUser(FileMatches m, Use handler)
    {
        if (m.View.Origin(handler) is not { } o || o.In.Code[o.Index] is not { Op: Op.Function } made) return false;
        foreach (ref readonly var x in m.Module.Callables[made.A].Code.AsSpan())
        {
            if (x.Op is Op.GetProp or Op.CallMethod && m.Module.Names[x.B] is "user" or "isAuthenticated" or "session" or "userId" or "currentUser" or "authorization") return true;
        }
        return false;
    }

    [GeneratedRegex("^(app|router|api|server|route|routes|.*(Router|Routes))$", RegexOptions.CultureInvariant)]
    private static partial Regex RouterName();

    [GeneratedRegex("auth|login|logged|admin|guard|protect|permission|role|jwt|passport|acl|authorize|policy|(require|ensure|check|verify|is|has)[A-Z_]?\\w*(User|Session|Token|Access|Account|Owner)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex GuardName();

    [GeneratedRegex("log-?in|sign-?in|sign-?up|register|log-?out|sign-?out|forgot|reset|password|webhook|callback|hook|health|auth|token|session|public|contact|subscribe|verify|confirm|activate|oauth|csp|report|search|feedback|invite", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PublicPath();
}
