using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.Matching;

/// <summary>
/// Secrets in the source text: by the form of known tokens, by the API that takes them, by the name of what holds them. The secret
/// itself appears neither in messages nor in the text of the place.
/// </summary>
internal static class SecretChecks
{
    private const string Rule = "secrets.hard-coded";

    public static void Run(FileMatches m)
    {
        foreach (var c in m.Module.Callables)
        {
            for (var i = 0; i < c.Code.Length; i++)
            {
                ref readonly var x = ref c.Code[i];
                switch (x.Op)
                {
                    case Op.Const when c.Constants[x.A] is { Kind: ConstantKind.String, Value: string text } && SecretText.KnownToken(text) is { } token:
                        m.Add(Rule, c, x.Start, x.End, "", $"{token} stands in the source text.", Confidence.High, text);
                        break;
                    case Op.SetProp: Named(m, c, x, m.Module.Names[x.B], new Use(c, x.C)); break;
                    case Op.StoreCell: Named(m, c, x, m.Module.Cells[x.A].Name, new Use(c, x.B)); break;
                    case Op.Move when x.Dst >= 0 && c.SlotNames[x.Dst] is { } name: Named(m, c, x, name, new Use(c, x.A)); break;
                    case Op.Const when x.Dst >= 0 && c.SlotNames[x.Dst] is { } name && c.Constants[x.A] is { Kind: ConstantKind.String, Value: string value }: Named(m, c, x, name, value); break;
                    default: break;
                }
            }
        }
        foreach (var (c, i, path) in m.Calls()) Taken(m, c, c.Code[i], path);
    }

    private static void Named(FileMatches m, Callable c, in Instruction x, string name, Use value)
    {
        // Only what is written right here: a name for a constant of another place is found there.
        if (m.View.Definition(c, value.Slot) is { } at && c.Code[at] is { Op: Op.Const } k && c.Constants[k.A] is { Kind: ConstantKind.String, Value: string text }) Named(m, c, x, name, text);
    }

    private static void Named(FileMatches m, Callable c, in Instruction x, string name, string text)
    {
        if (SecretText.IsSecretOf(name, text)) m.Add(Rule, c, x.Start, x.End, "", $"{name} is set to a constant in the source text.", Confidence.Medium, text);
    }

    // Where an API takes a secret, any constant is one.
    private static void Taken(FileMatches m, Callable c, in Instruction x, string path)
    {
        var (what, value) = path switch
        {
            "jsonwebtoken.sign" or "jsonwebtoken.verify" or "jwt-simple.encode" or "jwt-simple.decode" => ("The key for tokens", IrView.Argument(c, x, 1)),
            "crypto.createHmac" => ("The key of a signature", IrView.Argument(c, x, 1)),
            "crypto.createCipher" or "crypto.createDecipher" or "crypto.createCipheriv" or "crypto.createDecipheriv" => ("The key of a cipher", IrView.Argument(c, x, 1)),
            "crypto-js.AES.encrypt" or "crypto-js.AES.decrypt" or "CryptoJS.AES.encrypt" or "CryptoJS.AES.decrypt" => ("The key of a cipher", IrView.Argument(c, x, 1)),
            "cookie-parser" => ("The key for cookies", IrView.Argument(c, x, 0)),
            "express-session" or "express-jwt" or "express-jwt.expressjwt" or "client-sessions" => ("The key for sessions", Field(m, IrView.Argument(c, x, 0), "secret")),
            "mysql.createConnection" or "mysql.createPool" or "mysql2.createConnection" or "mysql2.createPool" or "new pg.Client" or "new pg.Pool" or "redis.createClient" or "mssql.connect"
                => ("The password of a database", Field(m, IrView.Argument(c, x, 0), "password")),
            "new sequelize" or "new sequelize.Sequelize" => ("The password of a database", x.ArgCount > 2 ? IrView.Argument(c, x, 2) : default),
            _ => ("", default),
        };
        if (what.Length == 0 || value.In is null) return;
        if (m.View.Origin(value) is { } o && o.In.Code[o.Index] is { Op: Op.CallMethod or Op.Call or Op.New } made && m.View.Called(o.In, made) is "Buffer.from" or "new Buffer" or "Buffer") value = IrView.Argument(o.In, o.In.Code[o.Index], 0);
        if (m.View.Text(value) is { Length: > 0 } text && !SecretText.IsPublicKey(text) && m.View.Origin(value) is { } at)
        {
            ref readonly var k = ref at.In.Code[at.Index];
            m.Add(Rule, at.In, k.Start, k.End, path, $"{what} stands in the source text.", Confidence.High, text);
        }
    }

    private static Use Field(FileMatches m, Use options, string name) => m.View.Fields(options) is { } fields && fields.TryGetValue(name, out var value) ? value : default;
}

/// <summary>What a secret looks like, and what only looks like one.</summary>
internal static partial class SecretText
{
    private const double MinEntropy = 3.0;
    private const int MinPassword = 6, MinKey = 16, MaxSecret = 400;

    /// <summary>What kind of token a text is, by its form; null where it is none.</summary>
    public static string? KnownToken(string text)
    {
        // Nearly every text is none: what only looks like one is asked last.
        return text.Length >= 16 && Form(text) is { } form && !Placeholder().IsMatch(text) ? form : null;
    }

    private static string? Form(string text)
    {
        if (PrivateKey().IsMatch(text)) return "A private key";
        var known = Token().Match(text);
        if (known.Success && Entropy(known.Value) >= MinEntropy)
        {
            return known.Value[..3] switch
            {
                "AKI" or "ASI" => "An access key of AWS",
                "ghp" or "gho" or "ghs" or "ghr" or "ghu" or "git" => "A token of GitHub",
                "xox" => "A token of Slack",
                "sk_" or "rk_" => "A live key of Stripe",
                "SG." => "A key of SendGrid",
                "npm" => "A token of npm",
                "glp" => "A token of GitLab",
                _ => "A token",
            };
        }
        var url = Credentials().Match(text);
        return url.Success && IsPassword(url.Groups["password"].Value) ? "The password in an address" : null;
    }

    /// <summary>A constant that something of this name is set to is a secret.</summary>
    public static bool IsSecretOf(string name, string text)
    {
        if (text.Length is < MinPassword or > MaxSecret) return false;
        var isPassword = PasswordName().IsMatch(name);
        if ((!isPassword && !KeyName().IsMatch(name)) || PublicName().IsMatch(name)) return false;
        if (text.Any(char.IsWhiteSpace) || Placeholder().IsMatch(text)) return false;
        return isPassword ? IsPassword(text) : IsKey(text);
    }

    public static bool IsPublicKey(string text) => text.Contains("BEGIN PUBLIC KEY", StringComparison.Ordinal) || text.Contains("BEGIN CERTIFICATE", StringComparison.Ordinal) || text.Contains("BEGIN RSA PUBLIC", StringComparison.Ordinal);

    // Letters of one case are a word: the label of a field, a key of translations.
    private static bool IsPassword(string text) =>
        text.Length >= MinPassword && !Placeholder().IsMatch(text) && text.Any(char.IsAsciiDigit) && text.Any(char.IsAsciiLetter) && !Syntax().IsMatch(text) && Entropy(text) >= 2.2;

    private static bool IsKey(string text) =>
        text.Length >= MinKey && text.Any(char.IsAsciiDigit) && text.Any(char.IsAsciiLetter) && !Syntax().IsMatch(text) && Opaque().IsMatch(text) && Entropy(text) >= MinEntropy;

    private static double Entropy(string text)
    {
        var sum = 0.0;
        foreach (var group in text.GroupBy(c => c))
        {
            var p = (double)group.Count() / text.Length;
            sum -= p * Math.Log2(p);
        }
        return sum;
    }

    [GeneratedRegex("-----BEGIN (RSA |EC |DSA |OPENSSH |ENCRYPTED )?PRIVATE KEY-----\\s*[A-Za-z0-9+/=\\\\n\\s]{40}", RegexOptions.CultureInvariant)]
    private static partial Regex PrivateKey();

    [GeneratedRegex("\\b(A[KS]IA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{50}|xox[abprs]-[0-9]{8}[A-Za-z0-9-]{10}|[sr]k_live_[A-Za-z0-9]{16}|SG\\.[\\w-]{16,32}\\.[\\w-]{16}|npm_[A-Za-z0-9]{36}|glpat-[\\w-]{20})", RegexOptions.CultureInvariant)]
    private static partial Regex Token();

    [GeneratedRegex("^(mongodb(\\+srv)?|mysql|postgres(ql)?|redis|amqps?|mssql|https?)://[^\\s:/@]+:(?<password>[^\\s:/@]+)@(?!localhost|127\\.)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Credentials();

    [GeneratedRegex("example|sample|changeme|change_me|placeholder|your[-_ ]|^<.*>$|\\$\\{|\\{\\{|xxxx|\\*\\*\\*|dummy|todo|fixme|redacted|insert|replace|^(.)\\1+$|1234567|abcdef|foobar|%s", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Placeholder();

    [GeneratedRegex("(^|[_-]|[a-z])(password|passwd|passphrase|pwd)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PasswordName();

    [GeneratedRegex("(secret|secret_?key|api_?key|access_?key|auth_?token|access_?token|private_?key|client_?secret|encryption_?key|signing_?key|cookie_?secret|jwt_?secret|session_?secret|bearer_?token)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex KeyName();

    [GeneratedRegex("public|publish|site_?key|_?(label|name|field|header|selector|path|url|type|error|message|text|hint|title|regex|pattern)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PublicName();

    // Paths, selectors, addresses, templates, dotted names, constants in capitals.
    [GeneratedRegex("[/\\\\]{2}|^[./#@]|[(){}<>;,\\s]|^([a-z]+\\.)+[a-z]+$|^[A-Z]+(_[A-Z0-9]+)+$|^([A-Z]?[a-z]+)+\\d?$|^\\d+(\\.\\d+)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Syntax();

    [GeneratedRegex("^[A-Za-z0-9+/=_.!@#$%^&*~-]+$", RegexOptions.CultureInvariant)]
    private static partial Regex Opaque();
}
