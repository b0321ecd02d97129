using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>Parts of keys. What is forbidden in a key is escaped so that the order stays the ordinal one.</summary>
internal static class Keys
{
    /// <summary>Between the parts of a key: below every character of a part.</summary>
    public const string Separator = "!";

    private const int Longest = 150;

    /// <summary>Joins parts that are escaped already.</summary>
    public static string Join(params string[] parts) => string.Join(Separator, parts);

    /// <summary>A part: letters, digits, "_" and ":" as they are, others as "!" and one or more characters. A long text ends in its digest.</summary>
    public static string Part(string text)
    {
        var key = new StringBuilder();
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or ':' or '=') key.Append(c);
            else if (c is '-' or '.' or '/') key.Append('!').Append(c switch { '-' => '1', '.' => '2', _ => '3' });
            else if (c < '-') key.Append("!0").Append(((int)c).ToString("X2", CultureInfo.InvariantCulture));
            else key.Append('~').Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
        }
        return key.Length <= Longest ? key.ToString() : string.Concat(key.ToString().AsSpan(0, Longest - 33), "~", Digest(text));
    }

    /// <summary>A time, earlier ones first.</summary>
    public static string Time(DateTimeOffset at) => at.UtcTicks.ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>A time, later ones first.</summary>
    public static string Latest(DateTimeOffset at) => (DateTimeOffset.MaxValue.UtcTicks - at.UtcTicks).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>A number from 0 to 999,999, higher ones first.</summary>
    public static string Highest(int number) => (999_999 - Math.Clamp(number, 0, 999_999)).ToString("D6", CultureInfo.InvariantCulture);

    /// <summary>32 hex digits of a text's digest.</summary>
    public static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
