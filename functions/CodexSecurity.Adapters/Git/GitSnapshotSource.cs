using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;
using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>Snapshots of folders and git repositories, by LibGit2Sharp: nothing is checked out, and no program, hook or filter is run.</summary>
/// <param name="credentials">For remote repositories that are not public; null for none.</param>
public sealed class GitSnapshotSource(ICloneCredentials? credentials = null) : ISnapshotSource
{
    private readonly CloneCache _clones = new();

    // Who owns a folder says nothing about whether it may be read; nothing of it is run.
    static GitSnapshotSource() => GlobalSettings.SetOwnerValidation(false);

    /// <inheritdoc/>
    public Task<SourceOutcome<Snapshot>> TakeAsync(string location, string? revision, CancellationToken ct) =>
        ReadAsync(location, revision, revision is not null, place => revision is null && !place.IsBare ? FolderStates.Take(place, ct) : RevisionStates.Take(place, revision, ct), ct);

    /// <inheritdoc/>
    public Task<SourceOutcome<IReadOnlyList<CommitInfo>>> HistoryAsync(string location, string? revision, int count, CancellationToken ct) =>
        ReadAsync(location, revision, true, place => RevisionStates.History(place, revision, count, ct), ct);

    /// <inheritdoc/>
    public async Task<SourceOutcome<string>> HeadAsync(string location, string branch, CancellationToken ct)
    {
        if (Locations.Read(location) is not { Location: { LocalPath: null } remote })
            return await HistoryAsync(location, branch, 1, ct).ConfigureAwait(false) is { } history ? new(history.Value?[0].Sha, history.Problem, history.Transient) : throw new InvalidOperationException();
        var (credential, problem) = await CredentialAsync(remote, ct).ConfigureAwait(false);
        return problem.Length > 0 ? new(null, problem, true) : await Task.Run(() => Remotes.Head(remote, branch, credential), ct).ConfigureAwait(false);
    }

    private async Task<(CloneCredential? Credential, string Problem)> CredentialAsync(Location location, CancellationToken ct)
    {
        if (credentials is null || !Uri.TryCreate(location.Text, UriKind.Absolute, out var url)) return (null, "");
        try { return (await credentials.ForAsync(url, ct).ConfigureAwait(false), ""); }
        catch (SourceUnavailableException reason) { return (null, $"'{location.Display}' can't be read now: {reason.Message}"); }
    }

    private async Task<SourceOutcome<T>> ReadAsync<T>(string text, string? revision, bool needsGit, Func<Place, SourceOutcome<T>> read, CancellationToken ct)
    {
        var (location, problem) = Locations.Read(text);
        if (location is null) return new(default, problem);
        // A repository of this machine is read where it is, which is what a clone of it would hold.
        if (location.LocalPath is { } path) return await Task.Run(() => Read(location, path, needsGit, read), ct).ConfigureAwait(false);
        // What a commit's full name means does not change; a branch's may have since the last clone.
        var pinned = revision is { Length: 40 } && revision.All(char.IsAsciiHexDigit);
        var (credential, refused) = await CredentialAsync(location, ct).ConfigureAwait(false);
        if (refused.Length > 0) return new(default, refused, Transient: true);
        var clone = await _clones.GetAsync(location, credential, fresh: !pinned, ct).ConfigureAwait(false);
        if (clone.Value is not { } lease) return new(default, clone.Problem, clone.Transient);
        using (lease) return await Task.Run(() => Read(location, lease.Folder, needsGit, read), ct).ConfigureAwait(false);
    }

    private static SourceOutcome<T> Read<T>(Location location, string path, bool needsGit, Func<Place, SourceOutcome<T>> read)
    {
        try
        {
            var opened = Places.Open(location, path);
            if (opened.Value is not { } place) return new(default, opened.Problem);
            using (place)
            {
                return needsGit && place.Repository is null ? new(default, $"'{location.Display}' is in no git repository, so it has no revisions.") : read(place);
            }
        }
        catch (LibGit2SharpException damage)
        {
            return new(default, $"'{location.Display}' is a damaged git repository: {SnapshotBuilder.Reason(damage)}.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new(default, $"'{location.Display}' could not be read: {SnapshotBuilder.Reason(failure)}.");
        }
    }
}
