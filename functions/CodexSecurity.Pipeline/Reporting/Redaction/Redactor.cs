using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Reporting.Redaction;

/// <summary>Removes secrets from text before it leaves the scan: reports, evidence, logs. Every pattern runs in linear time.</summary>
public static class Redactor
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mark = "[redacted]";

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    private static readonly Regex Known = new(
        @"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----([^-]|-[^-])*(-----END [A-Z ]*PRIVATE KEY( BLOCK)?-----)?"
        + @"|\b(AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{16}\b"
        + @"|\bgh[pousr]_[A-Za-z0-9]{20,255}|\bgithub_pat_[A-Za-z0-9_]{22,255}|\bglpat-[A-Za-z0-9_-]{20,}"
        + @"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[A-Za-z0-9_-]{50,}"
        + @"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bsk-[A-Za-z0-9_-]{20,}|\b[sr]k_(live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{20,}"
        + @"|\bAIza[0-9A-Za-z_-]{35}|\bya29\.[0-9A-Za-z_-]{20,}|\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}"
        + @"|\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(\.[A-Za-z0-9_-]*)?"
        + @"|AccountKey=[A-Za-z0-9+/=]{20,}|SharedAccessSignature=[^\s'"";]+|\bsig=[A-Za-z0-9%+/=]{20,}", Linear);

    private static readonly Regex UrlCredentials = new(@"\b(?<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)(?<secret>[^\s/@'""`<>]+)@", Linear);

    private const string SecretName = @"(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|client[_-]?secret|credential|credentials|auth[_-]?key|session[_-]?key|encryption[_-]?key)";

    private static readonly Regex Assigned = new(
        @"(?<head>\b[A-Za-z0-9_.-]*" + SecretName + @"[A-Za-z0-9_]*['""]?\s*[:=]>?\s*)(?<quote>['""`])(?<secret>[^'""`\s]{6,})", Linear | RegexOptions.IgnoreCase);

    private static readonly Regex Environment = new(
        @"(?<head>\b[A-Z][A-Z0-9_]*(PASSWORD|PASSWD|PWD|SECRET|TOKEN|API_?KEY|ACCESS_?KEY|PRIVATE_?KEY|CREDENTIALS?)[A-Z0-9_]*=)(?<secret>[^\s'""`;&|]{4,})", Linear);

    private static readonly Regex Bearer = new(@"(?<head>\b(Bearer|Basic)\s+)(?<secret>[A-Za-z0-9._~+/=-]{16,})", Linear | RegexOptions.IgnoreCase);

    private static readonly Regex Word = new(@"[A-Za-z0-9+_-]{32,}", Linear);

    /// <summary>The text without its secrets. Applying it twice changes nothing more.</summary>
    public static string Redact(string text)
    {
        if (text.Length < 6) return text;
        text = Known.Replace(text, Mark);
        text = UrlCredentials.Replace(text, m => m.Groups["scheme"].Value + Mark + "@");
        text = Assigned.Replace(text, m => IsPlaceholder(m.Groups["secret"].Value) ? m.Value : m.Groups["head"].Value + m.Groups["quote"].Value + Mark);
        text = Environment.Replace(text, m => m.Groups["secret"].Value.StartsWith('$') ? m.Value : m.Groups["head"].Value + Mark);
        text = Bearer.Replace(text, m => m.Groups["head"].Value + Mark);
        return Word.Replace(text, m => LooksRandom(m.Value) ? Mark : m.Value);
    }

    /// <summary>True where nothing secret is seen in the text.</summary>
    public static bool IsClean(string text) => Redact(text) == text;

    /// <summary>Letters of both cases and digits, with at least 4.3 bits a character: no hex digest and no identifier reaches that.</summary>
    public static bool LooksRandom(string text) =>
        text.Length >= 32 && text.Count(char.IsAsciiDigit) >= 3 && text.Any(char.IsAsciiLetterUpper) && text.Any(char.IsAsciiLetterLower) && Entropy(text) >= 4.3;

    /// <summary>Shannon entropy in bits a character.</summary>
    public static double Entropy(string text)
    {
        var result = 0.0;
        foreach (var group in text.GroupBy(c => c).OrderBy(g => g.Key))
        {
            var p = (double)group.Count() / text.Length;
            result -= p * Math.Log2(p);
        }
        return result;
    }

    private static bool IsPlaceholder(string value) =>
        value == Mark || value.StartsWith("${", StringComparison.Ordinal) || value.StartsWith('<') || value.Trim('*', 'x', 'X', '.', '-').Length == 0;
}
