using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Certificates that are not verified, old versions of TLS.</summary>
internal static class TransportChecks
{
    private static readonly string[] OldVersions = ["SSLv2", "SSLv3", "TLSv1", "TLSv1.0", "TLSv1.1"];

    public static void Run(FileMatches m)
    {
        foreach (var c in m.Module.Callables)
        {
            foreach (ref readonly var x in c.Code.AsSpan())
            {
                if (x.Op != Op.SetProp) continue;
                var value = new Use(c, x.C);
                switch (m.Module.Names[x.B])
                {
                    // On a server it says whether clients need a certificate.
                    case "rejectUnauthorized" or "strictSSL" when m.View.IsFalse(value) && !HasSibling(m, c, x.A, "requestCert"):
                        m.Add("tls.verification-disabled", c, x, "", "The certificate of the server is not verified.");
                        break;
                    case "NODE_TLS_REJECT_UNAUTHORIZED" when m.View.ConstantOf(value) is { Value: "0" or 0.0 or false } && m.View.Path(new Use(c, x.A)) == "process.env":
                        m.Add("tls.verification-disabled", c, x, "process.env.NODE_TLS_REJECT_UNAUTHORIZED", "No connection of this process verifies certificates.");
                        break;
                    case "checkServerIdentity" when IsEmptyFunction(m, value):
                        m.Add("tls.verification-disabled", c, x, "", "The name in the certificate is not compared with the host.");
                        break;
                    case "minVersion" or "maxVersion" when m.View.Text(value) is { } version && OldVersions.Contains(version, StringComparer.Ordinal):
                        m.Add("tls.old-protocol", c, x, "", $"{version} is allowed.");
                        break;
                    case "secureProtocol" when m.View.Text(value) is { } method && (method.StartsWith("SSLv2_", StringComparison.Ordinal) || method.StartsWith("SSLv3_", StringComparison.Ordinal) || method.StartsWith("TLSv1_", StringComparison.Ordinal)) && !method.StartsWith("TLSv1_2", StringComparison.Ordinal):
                        m.Add("tls.old-protocol", c, x, "", $"{method} is chosen.");
                        break;
                    default: break;
                }
            }
        }
    }

    private static bool HasSibling(FileMatches m, Callable c, int slot, string name)
    {
        foreach (ref readonly var x in c.Code.AsSpan()) if (x.Op == Op.SetProp && x.A == slot && m.Module.Names[x.B] == name) return true;
        return false;
    }

    private static bool IsEmptyFunction(FileMatches m, Use use)
    {
        if (m.View.Origin(use) is not { } o || o.In.Code[o.Index] is not { Op: Op.Function } made) return false;
        foreach (ref readonly var x in m.Module.Callables[made.A].Code.AsSpan()) if (x.Op is Op.Call or Op.CallMethod or Op.New or Op.Throw or Op.Branch or Op.Binary) return false;
        return true;
    }
}
