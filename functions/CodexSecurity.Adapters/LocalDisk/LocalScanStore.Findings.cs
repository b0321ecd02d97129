using System.Globalization;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Adapters.LocalDisk;

public sealed partial class LocalScanStore
{
    /// <inheritdoc/>
    public Task PublishAsync(FindingPublication publication, CancellationToken ct) => Write(db =>
    {
        var decisions = Decisions(db, publication.RepositoryId, null).ToLookup(d => d.FindingId, StringComparer.Ordinal);
        foreach (var f in publication.Findings)
        {
            var occurrence = new FindingOccurrence(FindingIdentity.OccurrenceId(publication.ScanId, f.Fingerprint), f.Id, publication.ScanId, publication.At, f.State, f.Severity.Level, f.Validation.Verdict);
            db.Execute("insert or replace into occurrence values($1,$2,$3,$4,$5)", publication.RepositoryId, f.Id, publication.ScanId, Cursors.Time(publication.At), FlowJson.Write(occurrence));
            var stored = One<FindingRecord>(db, "select json from finding where repository=$1 and branch=$2 and id=$3", publication.RepositoryId, publication.Branch, f.Id);
            Save(db, FindingMerge.Publish(stored?.Value, publication.RepositoryId, publication.Branch, publication.ScanId, publication.At, f, FindingMerge.Triage(decisions[f.Id])));
        }
        return true;
    });

    /// <inheritdoc/>
    public Task<Stored<FindingRecord>?> GetFindingAsync(string repositoryId, string branch, string findingId, CancellationToken ct) =>
        Read(db => One<FindingRecord>(db, "select json from finding where repository=$1 and branch=$2 and id=$3", repositoryId, branch, findingId));

    /// <inheritdoc/>
    public Task<IReadOnlyList<FindingRecord>> FindFindingsAsync(string findingId, CancellationToken ct) => Read<IReadOnlyList<FindingRecord>>(db =>
        db.Query("select json from finding where id=$1 order by repository, branch", r => FlowJson.Read<FindingRecord>(r.GetString(0)), findingId));

    /// <inheritdoc/>
    public Task<Page<FindingRecord>> ListFindingsAsync(FindingQuery query, CancellationToken ct)
    {
        var after = Cursors.Read(query.Cursor, 4);
        var column = query.Sort switch { FindingSort.Severity => "severity", FindingSort.LastSeen => "last", FindingSort.FirstSeen => "first", _ => "rank" };
        object? from = after is null ? null : query.Sort is FindingSort.LastSeen or FindingSort.FirstSeen ? after[0] : Number(after[0]);
        return Read(db => Cursors.Page(db.Query(
            $"""
            select json from finding where ($1 is null or repository=$1) and ($2 is null or branch=$2) and ($3 is null or severity>=$3) and ($4 is null or state=$4)
            and ($5 is null or triage=$5) and ($6 is null or verdict=$6) and ($7 is null or rule=$7) and ($8 is null or instr(cwe,$8)>0)
            and ($9 is null or substr(path,1,length($9))=$9) and ($10 is null or instr(search,$10)>0)
            and ($11 is null or {column}<$11 or ({column}=$11 and (id,repository,branch)>($12,$13,$14)))
            order by {column} desc, id, repository, branch limit $15
            """,
            r => FlowJson.Read<FindingRecord>(r.GetString(0)),
            query.RepositoryId, query.Branch, query.MinSeverity is { } severity ? (int)severity : null, query.State?.ToString(), query.Triage?.ToString(), query.Verdict?.ToString(), query.Rule,
            query.Cwe is { } cwe ? Cwe(cwe) : null, query.Path, query.Text?.ToLowerInvariant(), from, after?[1], after?[2], after?[3], Cursors.Limit(query.Limit) + 1),
            query.Limit, f => Cursors.Write(SortKey(f, query.Sort), f.Finding.Id, f.RepositoryId, f.Branch)));
    }

    /// <inheritdoc/>
    public Task<Page<FindingOccurrence>> ListOccurrencesAsync(string repositoryId, string findingId, int limit, string? cursor, CancellationToken ct)
    {
        var after = Cursors.Read(cursor, 2);
        return Read(db => Cursors.Page(db.Query(
            "select json from occurrence where repository=$1 and finding=$2 and ($3 is null or at<$3 or (at=$3 and scan>$4)) order by at desc, scan limit $5",
            r => FlowJson.Read<FindingOccurrence>(r.GetString(0)), repositoryId, findingId, after?[0], after?[1], Cursors.Limit(limit) + 1),
            limit, o => Cursors.Write(Cursors.Time(o.At), o.ScanId)));
    }

    /// <inheritdoc/>
    public Task AddDecisionAsync(string repositoryId, TriageDecision decision, CancellationToken ct) => Write(db =>
    {
        db.Execute("insert or ignore into decision(repository, finding, at, json) values($1,$2,$3,$4)", repositoryId, decision.FindingId, Cursors.Time(decision.At), FlowJson.Write(decision));
        var triage = FindingMerge.Triage(Decisions(db, repositoryId, decision.FindingId));
        foreach (var stored in db.Query("select json from finding where repository=$1 and id=$2", r => FlowJson.Read<FindingRecord>(r.GetString(0)), repositoryId, decision.FindingId))
            Save(db, stored with { Triage = triage });
        return true;
    });

    /// <inheritdoc/>
    public Task<IReadOnlyList<TriageDecision>> ListDecisionsAsync(string repositoryId, string? findingId, CancellationToken ct) =>
        Read<IReadOnlyList<TriageDecision>>(db => Decisions(db, repositoryId, findingId));

    private static List<TriageDecision> Decisions(SqliteSession db, string repositoryId, string? findingId) =>
        db.Query("select json from decision where repository=$1 and ($2 is null or finding=$2) order by at, number", r => FlowJson.Read<TriageDecision>(r.GetString(0)), repositoryId, findingId);

    private static void Save(SqliteSession db, FindingRecord r)
    {
        var f = r.Finding;
        db.Execute("insert or replace into finding values($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15)",
            r.RepositoryId, r.Branch, f.Id, (int)f.Severity.Level, f.State.ToString(), r.Triage.ToString(), f.Validation.Verdict.ToString(), f.Rule.Id, string.Concat(f.Rule.Cwe.Select(Cwe)),
            f.Candidate.Sink.Path, FindingMerge.SearchText(f), f.Rank, Cursors.Time(r.FirstSeenAt), Cursors.Time(r.LastSeenAt), FlowJson.Write(r));
    }

    private static string SortKey(FindingRecord f, FindingSort sort) => sort switch
    {
        FindingSort.Severity => ((int)f.Finding.Severity.Level).ToString(CultureInfo.InvariantCulture),
        FindingSort.LastSeen => Cursors.Time(f.LastSeenAt),
        FindingSort.FirstSeen => Cursors.Time(f.FirstSeenAt),
        _ => f.Finding.Rank.ToString(CultureInfo.InvariantCulture),
    };

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : throw new ArgumentException("this is no cursor of this list", nameof(text));

    private static string Cwe(int number) => $"|{number.ToString(CultureInfo.InvariantCulture)}|";
}
