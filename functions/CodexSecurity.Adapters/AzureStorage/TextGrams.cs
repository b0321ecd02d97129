using System.Globalization;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>
/// What the service can compare of a text that is searched for: which sequences of three characters a text has, each hashed to one of a few
/// hundred columns that are there or not (a Bloom filter of trigrams with one hash). A row that has all columns of a wanted text may hold it; one that lacks
/// any does not. Table Storage has no search in a text, and a row takes 252 columns.
/// </summary>
internal static class TextGrams
{
    private const int Length = 3, Columns = 200, Enough = 10;

    /// <summary>The columns of a text, each once, in order.</summary>
    public static IEnumerable<string> Of(string text) => Numbers(text).Distinct().Order().Select(Name);

    /// <summary>Some of the columns of a wanted text, spread over it; none for one of fewer than three characters, which any row may hold.</summary>
    /// <param name="text">The text, as texts are stored: in lower case.</param>
    /// <param name="most">How many there is room for, 0 or more.</param>
    public static IReadOnlyList<string> Wanted(string text, int most)
    {
        var all = Numbers(text).Distinct().ToList();
        var count = Math.Min(Math.Min(most, Enough), all.Count);
        return [.. Enumerable.Range(0, count).Select(i => Name(all[count == 1 ? 0 : i * (all.Count - 1) / (count - 1)]))];
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"g{number}");

    private static IEnumerable<int> Numbers(string text)
    {
        for (var i = 0; i + Length <= text.Length; i++)
        {
            // FNV-1a, the same in every process.
            var hash = 2166136261u;
            for (var k = i; k < i + Length; k++) hash = (hash ^ text[k]) * 16777619u;
            yield return (int)((hash ^ (hash >> 16)) % Columns);
        }
    }
}
