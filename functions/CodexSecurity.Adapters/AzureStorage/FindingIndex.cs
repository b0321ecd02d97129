using Azure.Data.Tables;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.AzureStorage;

/// <summary>The index rows of a finding in one list: one for each order. They hold what filters look at, where the record is, and a copy of it where it is small.</summary>
internal static class FindingIndex
{
    // The service takes 15 comparisons in a filter ("Querying tables and entities" of its documentation); the partition and the two ends of the range are three of them.
    private const int MostComparisons = 15 - 3;
    private const int LongestSearch = 16_000, CweColumns = 3, LargestCopy = 16_000;

    /// <summary>What the keys of an order start with.</summary>
    public static string Prefix(FindingSort sort) => sort switch { FindingSort.Severity => "s!", FindingSort.LastSeen => "l!", FindingSort.FirstSeen => "n!", _ => "k!" };

    /// <summary>Row key of a finding's record in the partition of its id: its repository and branch.</summary>
    public static string Place(string repositoryId, string branch) => AzureStorage.Keys.Join(AzureStorage.Keys.Part(repositoryId), AzureStorage.Keys.Part(branch));

    /// <summary>Keys of a finding's rows.</summary>
    public static IEnumerable<string> Keys(FindingRecord r) => Enum.GetValues<FindingSort>().Select(s => Key(r, s));

    /// <summary>Key in one order: highest or latest first, ties by finding, repository and branch.</summary>
    public static string Key(FindingRecord r, FindingSort sort) => Prefix(sort) + AzureStorage.Keys.Join(
        sort switch
        {
            FindingSort.Severity => AzureStorage.Keys.Highest((int)r.Finding.Severity.Level),
            FindingSort.LastSeen => AzureStorage.Keys.Latest(r.LastSeenAt),
            FindingSort.FirstSeen => AzureStorage.Keys.Latest(r.FirstSeenAt),
            _ => AzureStorage.Keys.Highest(r.Finding.Rank),
        },
        AzureStorage.Keys.Part(r.Finding.Id), Place(r.RepositoryId, r.Branch));

    /// <summary>The rows of a finding in a list.</summary>
    public static IEnumerable<TableEntity> Rows(string list, FindingRecord r)
    {
        var f = r.Finding;
        var whole = FindingMerge.SearchText(f);
        var search = whole.Length <= LongestSearch ? whole : whole[..LongestSearch];
        var grams = TextGrams.Of(search).ToList();
        var copy = TableRows.Small(r, LargestCopy);
        return Keys(r).Select(key => Marked(f.Rule.Cwe, grams, copy, new TableEntity(list, key)
        {
            ["id"] = f.Id, ["place"] = Place(r.RepositoryId, r.Branch), ["branch"] = r.Branch, ["severity"] = (int)f.Severity.Level, ["state"] = f.State.ToString(), ["triage"] = r.Triage.ToString(),
            ["verdict"] = f.Validation.Verdict.ToString(), ["rule"] = f.Rule.Id, ["path"] = f.Candidate.Sink.Path, ["cwe"] = Cwe(f.Rule.Cwe), ["search"] = search,
        }));
    }

    // The first numbers in columns of their own, as the service compares whole values; a finding with more of them is looked at here.
    private static TableEntity Marked(IReadOnlyList<int> cwe, List<string> grams, byte[]? copy, TableEntity row)
    {
        foreach (var gram in grams) row[gram] = true;
        if (copy is not null) row[TableRows.Content] = copy;
        for (var i = 0; i < Math.Min(cwe.Count, CweColumns); i++) row[$"cwe{i}"] = cwe[i];
        if (cwe.Count > CweColumns) row["cwes"] = true;
        return row;
    }

    /// <summary>The filters that the service can apply; of a text, a part.</summary>
    public static string Filter(FindingQuery q)
    {
        var parts = new List<string>();
        var left = MostComparisons;
        void Add(FormattableString part, int comparisons = 1)
        {
            parts.Add(TableClient.CreateQueryFilter(part));
            left -= comparisons;
        }
        if (q.RepositoryId is null && q.Branch is { } branch) Add($"branch eq {branch}");
        if (q.MinSeverity is { } severity) Add($"severity ge {(int)severity}");
        if (q.State is { } state) Add($"state eq {state.ToString()}");
        if (q.Triage is { } triage) Add($"triage eq {triage.ToString()}");
        if (q.Verdict is { } verdict) Add($"verdict eq {verdict.ToString()}");
        if (q.Rule is { } rule) Add($"rule eq {rule}");
        if (q.Cwe is { } cwe)
        {
            parts.Add(FormattableString.Invariant($"({string.Concat(Enumerable.Range(0, CweColumns).Select(i => FormattableString.Invariant($"cwe{i} eq {cwe} or ")))}cwes eq true)"));
            left -= CweColumns + 1;
        }
        if (q.Path is { Length: > 0 } path) Add($"path ge {path} and path lt {path + "\uffff"}", 2);
        foreach (var gram in TextGrams.Wanted(q.Text?.ToLowerInvariant() ?? "", left)) parts.Add(gram + " eq true");
        return string.Join(" and ", parts);
    }

    /// <summary>The filters that it can't apply, or not wholly.</summary>
    public static bool Matches(TableEntity row, FindingQuery q) =>
        (q.Cwe is not { } cwe || row.GetString("cwe").Contains(Cwe([cwe]), StringComparison.Ordinal))
        && (q.Text is not { } text || row.GetString("search").Contains(text.ToLowerInvariant(), StringComparison.Ordinal));

    private static string Cwe(IReadOnlyList<int> numbers) => string.Concat(numbers.Select(n => $"|{n.ToString(System.Globalization.CultureInfo.InvariantCulture)}|"));
}
