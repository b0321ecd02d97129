using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Tells where the sinks of candidates were written, by the source maps of a snapshot.</summary>
public sealed class WrittenPlaces(Snapshot snapshot)
{
    private readonly Dictionary<string, SnapshotFile> _files = snapshot.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
    private readonly Dictionary<string, SourceMap?> _maps = new(StringComparer.Ordinal);

    /// <summary>The candidate, with its <see cref="WrittenPlace"/> where a map says it.</summary>
    public Candidate With(Candidate candidate)
    {
        var sink = candidate.Sink;
        if (!_files.TryGetValue(sink.Path, out var file)) return candidate;
        if (!_maps.TryGetValue(sink.Path, out var map)) _maps[sink.Path] = map = SourceMap.Of(file, PackageFolders.Of(sink.Path, _files.ContainsKey), _files);
        return map?.At(sink.StartLine, sink.StartColumn) is { } place && place.Path != sink.Path ? place.On(candidate) : candidate;
    }
}
