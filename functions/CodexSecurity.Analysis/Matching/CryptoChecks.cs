using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Hashes where they guard something, ciphers and modes, constant initialisation vectors, short keys.</summary>
internal static partial class CryptoChecks
{
    private const int MinRsaBits = 2048;

    public static void Run(FileMatches m)
    {
        foreach (var (c, i, path) in m.Calls())
        {
            var x = c.Code[i];
            switch (path)
            {
                case "crypto.createHash": Hash(m, c, i); break;
                case "md5" or "sha1" or "blueimp-md5" or "js-md5" or "crypto-js.MD5" or "crypto-js.SHA1" or "CryptoJS.MD5" or "CryptoJS.SHA1" or "crypto-js/md5" or "crypto-js/sha1" or "md5-hex" or "js-sha1":
                    if (x.ArgCount > 0 && Guards(m, c, i, IrView.Argument(c, x, 0))) m.Add("crypto.weak-hash", c, x, path, $"{Short(path)} protects what must not be guessed or forged.");
                    break;
                case "crypto.createSign" or "crypto.createVerify":
                    if (m.View.Text(IrView.Argument(c, x, 0)) is { } signature && WeakSignature().IsMatch(signature)) m.Add("crypto.weak-hash", c, x, path, $"A signature is made with {signature}.");
                    break;
                case "crypto.createCipher" or "crypto.createDecipher":
                    m.Add("crypto.weak-cipher", c, x, path, "The key is derived from the password without a salt, and there is no initialisation vector.");
                    break;
                case "crypto.createCipheriv": Cipher(m, c, x, path); break;
                case "crypto.createDecipheriv":
                    if (m.View.Text(IrView.Argument(c, x, 0)) is { } back && WeakCipher().IsMatch(back)) m.Add("crypto.weak-cipher", c, x, path, $"The cipher {back} is weak.");
                    break;
                case "crypto-js.DES.encrypt" or "crypto-js.TripleDES.encrypt" or "crypto-js.RC4.encrypt" or "CryptoJS.DES.encrypt" or "CryptoJS.RC4.encrypt" or "CryptoJS.TripleDES.encrypt":
                    m.Add("crypto.weak-cipher", c, x, path, $"{path.Split('.')[1]} is a weak cipher.");
                    break;
                case "crypto.generateKeyPair" or "crypto.generateKeyPairSync":
                    if (m.View.Text(IrView.Argument(c, x, 0)) is "rsa" or "dsa" or "rsa-pss" && m.View.Fields(IrView.Argument(c, x, 1)) is { } key && key.TryGetValue("modulusLength", out var bits)
                        && m.View.ConstantOf(bits) is { Value: double n } && n < MinRsaBits) m.Add("crypto.weak-key", c, x, path, $"A key of {n} bits is too short.");
                    break;
                case "crypto.createDiffieHellman":
                    if (m.View.ConstantOf(IrView.Argument(c, x, 0)) is { Value: double prime } && prime < MinRsaBits) m.Add("crypto.weak-key", c, x, path, $"A prime of {prime} bits is too short.");
                    break;
                default: break;
            }
        }
    }

    private static void Cipher(FileMatches m, Callable c, in Instruction x, string path)
    {
        var name = m.View.Text(IrView.Argument(c, x, 0));
        if (name is not null && WeakCipher().IsMatch(name)) m.Add("crypto.weak-cipher", c, x, path, $"The cipher {name} is weak.");
        var iv = IrView.Argument(c, x, 2);
        if (m.View.Origin(iv) is { } o && o.In.Code[o.Index] is { Op: Op.CallMethod or Op.Call or Op.New } made && m.View.Called(o.In, made) is "Buffer.from" or "new Buffer" or "Buffer.alloc" or "Buffer") iv = IrView.Argument(o.In, o.In.Code[o.Index], 0);
        // With ECB there is none, and "" or null say so.
        if (m.View.ConstantOf(iv) is { Kind: ConstantKind.String or ConstantKind.Number, Value: not "" }) m.Add("crypto.static-iv", c, x, path, "The initialisation vector is the same for every message.");
    }

    private static void Hash(FileMatches m, Callable c, int index)
    {
        ref readonly var x = ref c.Code[index];
        if (m.View.Text(IrView.Argument(c, x, 0))?.ToLowerInvariant() is not ("md5" or "sha1" or "sha-1" or "md4" or "ripemd160") || x.Dst < 0) return;
        var algorithm = m.View.Text(IrView.Argument(c, x, 0))!;
        for (var i = index + 1; i < c.Code.Length; i++)
        {
            ref readonly var y = ref c.Code[i];
            if (y.Op != Op.CallMethod || m.Module.Names[y.B] != "update" || y.ArgCount == 0) continue;
            if (!ComesFrom(m, new Use(c, y.A), c, index)) continue;
            if (Guards(m, c, i, IrView.Argument(c, y, 0))) { m.Add("crypto.weak-hash", c, x, "crypto.createHash", $"{algorithm} protects what must not be guessed or forged."); return; }
        }
    }

    private static bool ComesFrom(FileMatches m, Use use, Callable c, int index)
    {
        for (var step = 0; step < 12; step++)
        {
            if (m.View.Origin(use) is not { } o || o.In != c) return false;
            if (o.Index == index) return true;
            ref readonly var x = ref c.Code[o.Index];
            if (x.Op != Op.CallMethod) return false;
            use = new Use(c, x.A);
        }
        return false;
    }

    // What is hashed, or what the code around is called, says what the hash is for.
    private static bool Guards(FileMatches m, Callable c, int index, Use hashed)
    {
        var name = m.View.NameOf(hashed);
        if (Checksum().IsMatch(c.Name)) return false;
        if (Secret().IsMatch(name)) return true;
        if (m.View.Origin(hashed) is { } o && o.In.Code[o.Index] is { Op: Op.Concat or Op.Binary } joined)
        {
            foreach (var a in o.In.ArgsOf(joined)) if (Secret().IsMatch(m.View.NameOf(new Use(o.In, Callable.SlotOf(a))))) return true;
            if (joined.Op == Op.Binary && (Secret().IsMatch(m.View.NameOf(new Use(o.In, joined.A))) || Secret().IsMatch(m.View.NameOf(new Use(o.In, joined.B))))) return true;
        }
        return c.Name.Length > 0 && SecretFunction().IsMatch(c.Name) && index >= 0;
    }

    private static string Short(string path) => path.Split('.', '/')[^1].ToUpperInvariant();

    [GeneratedRegex("^(des|des-ede|des3|des-ede3|rc2|rc4|bf|blowfish|idea|seed|cast)(-|$|40)|-ecb$|^(aes-?\\d+)-?ecb", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WeakCipher();

    [GeneratedRegex("(md5|sha-?1)($|with)|^(md5|sha1)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex WeakSignature();

    [GeneratedRegex("pass(word|wd|phrase)|^pass$|^pwd$|secret|credential|private_?key|session_?id", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Secret();

    [GeneratedRegex("password|passwd|credential|signature|^sign([A-Z]|$)|(make|generate|create)(Auth|Access|Session|Reset)?Token", RegexOptions.CultureInvariant)]
    private static partial Regex SecretFunction();

    [GeneratedRegex("etag|checksum|cache|fingerprint|integrity|gravatar|digestAuth|finger", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Checksum();
}
