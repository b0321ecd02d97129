using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Sources;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Which state to take.</summary>
/// <param name="Location">Folder, bare repository or clone URL without credentials.</param>
/// <param name="Revision">Revision, or null for the folder as it is (HEAD of a bare repository or URL).</param>
/// <param name="Branch">Branch where the caller knows it; "" otherwise. Taken for a URL without a revision.</param>
public sealed record IngestInput(string Location, string? Revision, string Branch);

/// <summary>A state that was taken.</summary>
/// <param name="Target">What was taken.</param>
/// <param name="Commit">The commit, where the state is one.</param>
/// <param name="Snapshot">The stored snapshot, see <see cref="SnapshotArchive"/>.</param>
/// <param name="Selection">The stored <see cref="SourceSelection"/>.</param>
/// <param name="Files">Files in the snapshot.</param>
/// <param name="Sources">Files to analyse.</param>
/// <param name="Bytes">Size of the files to analyse, in bytes.</param>
/// <param name="Components">Parts in which the program is analysed, see <see cref="ProgramComponents"/>; null in runs that began before there were parts.</param>
public sealed record IngestOutput(ScanTarget Target, CommitInfo? Commit, ArtifactRef Snapshot, ArtifactRef Selection, int Files, int Sources, long Bytes, int? Components = null);

/// <summary>A location could not be read now; another attempt may help.</summary>
public sealed class SourceUnavailableException(string message) : Exception(message);

/// <summary>Takes a snapshot, decides what each of its files is for, and stores both.</summary>
public sealed partial class IngestStage(ISnapshotSource source, IArtifactStore store) : IFlowStep<IngestInput, IngestOutput>
{
    /// <inheritdoc/>
    /// <exception cref="StepRejectedException">The location or revision can't be scanned, whenever it is tried; the message is for people.</exception>
    /// <exception cref="SourceUnavailableException">A network or a server failed.</exception>
    public async Task<IngestOutput> RunAsync(IngestInput input, CancellationToken ct)
    {
        // A folder is taken as it is; of a URL the branch says which state is meant.
        var remote = input.Location.Contains("://", StringComparison.Ordinal) || ShortUrl().IsMatch(input.Location);
        var revision = input.Revision ?? (input.Branch.Length > 0 && remote ? input.Branch : null);
        var snapshot = Outcomes.Value(await source.TakeAsync(input.Location, revision, ct).ConfigureAwait(false));
        if (snapshot.Target.Branch.Length == 0 && input.Branch.Length > 0) snapshot = snapshot with { Target = snapshot.Target with { Branch = input.Branch } };
        var selection = SourceSelector.Select(snapshot, ct);
        var stored = await SnapshotArchive.StoreAsync(store, snapshot, ct).ConfigureAwait(false);
        var roles = await store.PutJsonAsync(selection, ct).ConfigureAwait(false);
        var sources = selection.Of(FileRole.Source).ToHashSet(StringComparer.Ordinal);
        var bytes = snapshot.Files.Where(f => sources.Contains(f.Path)).Sum(f => (long)f.Content.Length);
        return new(snapshot.Target, snapshot.Commit, stored, roles, snapshot.Files.Count, sources.Count, bytes, ProgramComponents.Of(snapshot, selection).Count);
    }

    [GeneratedRegex(@"^[\w.-]+@[\w.-]+:", RegexOptions.CultureInvariant)] private static partial Regex ShortUrl();
}

/// <summary>Which commits to list.</summary>
/// <param name="Location">As in <see cref="IngestInput"/>.</param>
/// <param name="Revision">First commit; HEAD where null.</param>
/// <param name="Count">Most commits, at least 1.</param>
public sealed record HistoryInput(string Location, string? Revision, int Count);

/// <summary>Lists the commits of a history scan, newest first.</summary>
public sealed class HistoryStage(ISnapshotSource source) : IFlowStep<HistoryInput, IReadOnlyList<CommitInfo>>
{
    /// <inheritdoc/>
    /// <exception cref="StepRejectedException">There is no such history; the message is for people.</exception>
    /// <exception cref="SourceUnavailableException">A network or a server failed.</exception>
    public async Task<IReadOnlyList<CommitInfo>> RunAsync(HistoryInput input, CancellationToken ct) =>
        Outcomes.Value(await source.HistoryAsync(input.Location, input.Revision, input.Count, ct).ConfigureAwait(false));
}

internal static class Outcomes
{
    public static T Value<T>(SourceOutcome<T> outcome) =>
        outcome is { Succeeded: true, Value: { } value } ? value : throw (outcome.Transient ? new SourceUnavailableException(outcome.Problem) : new StepRejectedException(outcome.Problem));
}
