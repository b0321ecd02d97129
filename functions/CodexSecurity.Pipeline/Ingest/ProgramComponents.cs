using System.Buffers;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>A part of a program that is analysed by itself.</summary>
/// <param name="Own">Its files, ordered by path: every file of the program belongs to one component.</param>
/// <param name="Siblings">Files of other components that it uses, directly or through others, ordered by path.</param>
public sealed record ProgramComponent(IReadOnlyList<string> Own, IReadOnlyList<string> Siblings);

/// <summary>How programs are divided.</summary>
/// <param name="Threshold">Bytes of source text below which a program is one component.</param>
/// <param name="Size">Bytes of source text that a component has at least, where there are packages enough.</param>
/// <param name="Most">Most components.</param>
/// <param name="MostRead">Percent of the program that all components together may read.</param>
/// <param name="MostOfOne">Percent of the program that one component may read.</param>
public sealed record ComponentLimits(long Threshold, long Size, int Most, int MostRead, int MostOfOne)
{
    /// <summary>
    /// About 100,000 and 50,000 lines; a third may be read twice, and no component may read most of it. Chosen so that dividing can't read much more than it
    /// spreads; not the outcome of a measurement.
    /// </summary>
    public static ComponentLimits Default { get; } = new(4_000_000, 2_000_000, 48, 130, 70);
}

/// <summary>
/// Divides a large program into components along its packages (folders with a manifest). Small packages are put together; a package that another one uses
/// (by its name, or by a relative path that leads out of the package) is read with it. A pure function of the snapshot: every runtime divides alike.
/// </summary>
public static class ProgramComponents
{
    /// <summary>The components, in a fixed order; one where the program is small or is one package.</summary>
    public static IReadOnlyList<ProgramComponent> Of(Snapshot snapshot, SourceSelection selection, ComponentLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(selection);
        limits ??= ComponentLimits.Default;
        var roles = selection.Files.ToDictionary(f => f.Path, f => f.Role, StringComparer.Ordinal);
        var sources = snapshot.Files.Where(f => roles.GetValueOrDefault(f.Path, FileRole.Data) is FileRole.Source or FileRole.Auxiliary).ToList();
        var total = sources.Sum(f => (long)f.Content.Length);
        var whole = new ProgramComponent([.. sources.Select(f => f.Path)], []);
        if (total < limits.Threshold) return [whole];
        var manifests = snapshot.Files.Where(f => roles.GetValueOrDefault(f.Path, FileRole.Data) == FileRole.Manifest).ToList();
        var packages = Packages(sources, manifests);
        if (packages.Count < 2) return [whole];
        var size = Math.Max(limits.Size, total / limits.Most);
        for (; size < total; size *= 2)
        {
            var groups = Groups(packages, size);
            if (groups.Count < 2) return [whole];
            var reach = groups.Select(g => Reach(packages, g)).ToList();
            var read = reach.Select(r => r.Sum(n => packages[n].Bytes) * 100 / total).ToList();
            if (groups.Count <= limits.Most && read.Sum() <= limits.MostRead && read.Max() <= limits.MostOfOne) return [.. groups.Select((g, i) => Component(packages, g, reach[i]))];
        }
        return [whole];
    }

    // A package with the numbers of those that it uses.
    private sealed record Package(string Folder, List<SnapshotFile> Files, long Bytes, SortedSet<int> Uses);

    private static List<Package> Packages(List<SnapshotFile> sources, List<SnapshotFile> manifests)
    {
        var folders = manifests.Where(m => Path.GetFileName(m.Path) == PackageFolders.Manifest).Select(m => m.Path).ToHashSet(StringComparer.Ordinal);
        var packages = sources.GroupBy(f => PackageFolders.Of(f.Path, folders.Contains), StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new Package(g.Key, [.. g], g.Sum(f => (long)f.Content.Length), [])).ToList();
        if (packages.Count < 2) return packages;
        var byFolder = packages.Select((p, i) => (p.Folder, i)).ToDictionary(p => p.Folder, p => p.i, StringComparer.Ordinal);
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        var resolver = new ModuleResolver([], manifests.Select(m => (m.Path, SourceFile.FromBytes(m.Path, m.Content.Span).Text)));
        foreach (var p in resolver.Packages) if (p.Name.Length > 0 && byFolder.TryGetValue(p.Folder, out var number)) byName.TryAdd(p.Name, number);
        for (var i = 0; i < packages.Count; i++)
        {
            foreach (var file in packages[i].Files)
            {
                foreach (var specifier in Specifiers(file.Content.Span))
                {
                    var used = specifier.StartsWith("..", StringComparison.Ordinal)
                        ? byFolder.GetValueOrDefault(PackageFolders.Of(ModuleResolver.Join(ModuleResolver.FolderOf(file.Path), specifier) + "/x", folders.Contains), -1)
                        : byName.GetValueOrDefault(Name(specifier), -1);
                    if (used >= 0 && used != i) packages[i].Uses.Add(used);
                }
            }
        }
        return packages;
    }

    private static string Name(string specifier)
    {
        var slash = specifier.IndexOf('/', StringComparison.Ordinal);
        if (specifier[0] == '@' && slash > 0) slash = specifier.IndexOf('/', slash + 1);
        return slash < 0 ? specifier : specifier[..slash];
    }

    private static readonly SearchValues<byte> Quotes = SearchValues.Create("'\"`"u8);
    private static readonly SearchValues<byte> NotInNames = SearchValues.Create(" \n(){}<>,;="u8);
    private const int LongestSpecifier = 200;

    // Quoted texts that may name a module outside the package: names, and paths that climb. Texts that name none do no harm.
    private static HashSet<string> Specifiers(ReadOnlySpan<byte> text)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (text.IndexOfAny(Quotes) is var at and >= 0)
        {
            var quote = text[at];
            text = text[(at + 1)..];
            if (text.Length == 0 || !(text[0] is (byte)'@' or >= (byte)'a' and <= (byte)'z' || text.StartsWith("../"u8))) continue;
            var end = text[..Math.Min(text.Length, LongestSpecifier)].IndexOf(quote);
            if (end <= 0 || text[..end].ContainsAny(NotInNames)) continue;
            found.Add(System.Text.Encoding.UTF8.GetString(text[..end]));
            text = text[(end + 1)..];
        }
        return found;
    }

    private static List<List<int>> Groups(List<Package> packages, long size)
    {
        var groups = new List<List<int>>();
        long filled = size;
        for (var i = 0; i < packages.Count; i++)
        {
            if (filled >= size || (filled > size / 4 && filled + packages[i].Bytes > size * 3 / 2))
            {
                groups.Add([]);
                filled = 0;
            }
            groups[^1].Add(i);
            filled += packages[i].Bytes;
        }
        return groups;
    }

    private static SortedSet<int> Reach(List<Package> packages, List<int> group)
    {
        var reach = new SortedSet<int>(group);
        var pending = new Stack<int>(group);
        while (pending.TryPop(out var at)) foreach (var used in packages[at].Uses) if (reach.Add(used)) pending.Push(used);
        return reach;
    }

    private static ProgramComponent Component(List<Package> packages, List<int> group, SortedSet<int> reach) =>
        new(Paths(packages, group), Paths(packages, reach.Except(group)));

    private static List<string> Paths(List<Package> packages, IEnumerable<int> numbers) =>
        [.. numbers.SelectMany(n => packages[n].Files).Select(f => f.Path).Order(StringComparer.Ordinal)];
}
