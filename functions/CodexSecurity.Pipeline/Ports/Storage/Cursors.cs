using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>Opaque cursors: the sort key of the last item handed out, so that a list goes on at the right place whatever was added since.</summary>
public static class Cursors
{
    /// <summary>Most items of a page.</summary>
    public const int MostItems = 500;

    /// <summary>Packs the parts of a key.</summary>
    public static string Write(params string[] key) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(FlowJson.Write(key)));

    /// <summary>Unpacks a key of so many parts; null for no cursor.</summary>
    /// <exception cref="ArgumentException">The text is no cursor of this list.</exception>
    public static string[]? Read(string? cursor, int parts)
    {
        if (cursor is null) return null;
        try
        {
            if (JsonSerializer.Deserialize<string?[]>(Base64Url.DecodeFromChars(cursor), FlowJson.Options) is { } key && key.Length == parts && !key.Contains(null)) return key!;
        }
        catch (Exception e) when (e is FormatException or JsonException) { throw new ArgumentException("this is no cursor of this list", nameof(cursor), e); }
        throw new ArgumentException("this is no cursor of this list", nameof(cursor));
    }

    /// <summary>A page of the rows read, of which there is one more than asked for where the list goes on.</summary>
    public static Page<T> Page<T>(IReadOnlyList<T> rows, int limit, Func<T, string> cursor) =>
        rows.Count > limit ? new([.. rows.Take(limit)], cursor(rows[limit - 1])) : new(rows, null);

    /// <summary>The limit, checked.</summary>
    public static int Limit(int limit) => limit is >= 1 and <= MostItems ? limit : throw new ArgumentOutOfRangeException(nameof(limit), limit, "a page has 1 to 500 items");

    /// <summary>Time as sortable text of fixed width.</summary>
    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
