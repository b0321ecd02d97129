using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Math.random where its result becomes something that must not be guessed.</summary>
internal static partial class RandomnessCheck
{
    public static void Run(FileMatches m)
    {
        foreach (var (c, i, path) in m.Calls())
        {
            if (path == "Math.random" && BecomesSecret(m, c, i) is { } what) m.Add("crypto.weak-random", c, c.Code[i], path, $"Math.random makes {what}, which must not be guessed.");
        }
    }

    private static string? BecomesSecret(FileMatches m, Callable c, int start)
    {
        var tainted = new bool[c.SlotCount];
        if (c.Code[start].Dst < 0) return null;
        tainted[c.Code[start].Dst] = true;
        var operands = new List<int>();
        // Twice, since a loop joins what it made before.
        for (var round = 0; round < 2; round++)
        {
            for (var i = round == 0 ? start + 1 : 0; i < c.Code.Length; i++)
            {
                ref readonly var x = ref c.Code[i];
                operands.Clear();
                Operands(c, x, operands);
                if (!operands.Any(o => tainted[o])) continue;
                switch (x.Op)
                {
                    case Op.SetProp when x.C >= 0 && tainted[x.C] && Secret().IsMatch(m.Module.Names[x.B]): return m.Module.Names[x.B];
                    case Op.StoreCell when Secret().IsMatch(m.Module.Cells[x.A].Name): return m.Module.Cells[x.A].Name;
                    case Op.Return when c.Name.Length > 0 && Secret().IsMatch(c.Name): return $"the result of {c.Name}";
                    default: break;
                }
                if (x.Dst < 0 || x.Op is Op.Function or Op.NewObject) continue;
                tainted[x.Dst] = true;
                if (c.SlotNames[x.Dst] is { } name && Secret().IsMatch(name)) return name;
            }
        }
        return null;
    }

    private static void Operands(Callable c, in Instruction x, List<int> into)
    {
        switch (x.Op)
        {
            case Op.Move or Op.Unary or Op.GetProp or Op.CallMethod or Op.Return or Op.Await: Add(x.A, into); break;
            case Op.Binary or Op.GetIndex: Add(x.A, into); Add(x.B, into); break;
            case Op.SetProp: Add(x.C, into); break;
            case Op.StoreCell: Add(x.B, into); break;
            case Op.Concat or Op.Call or Op.New or Op.NewArray: break;
            default: return;
        }
        // A comparison says nothing of the number; a lookup by it does.
        if (x.Op == Op.Binary && (BinaryOp)x.C >= BinaryOp.Equal) { into.Clear(); return; }
        foreach (var a in c.ArgsOf(x)) Add(Callable.SlotOf(a), into);
    }

    private static void Add(int slot, List<int> into)
    {
        if (slot >= 0) into.Add(slot);
    }

    [GeneratedRegex("(^|_|[a-z])(token|password|passwd|passcode|secret|otp|csrf|xsrf|salt|apikey|api_key|sessionid|session_id|sid|authcode|resetcode|verificationcode|activationcode|pincode)s?$|^(sid|otp|salt|nonce)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();
}
