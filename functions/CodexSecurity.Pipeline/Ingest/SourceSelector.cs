using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Templates;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Ingest;

/// <summary>Decides what each file of a snapshot is for, by its path and its text. A pure function.</summary>
public static class SourceSelector
{
    /// <summary>The role of every file.</summary>
    public static SourceSelection Select(Snapshot snapshot, CancellationToken ct = default)
    {
        var files = new List<(SnapshotFile File, SelectedFile Selected, CodeOrigin Origin)>(snapshot.Files.Count);
        List<SnapshotFile> written = [], bundled = [];
        foreach (var file in snapshot.Files)
        {
            ct.ThrowIfCancellationRequested();
            var (role, note, grammar) = First(file);
            var origin = role is FileRole.Source or FileRole.Test or FileRole.Auxiliary && grammar == Grammar.JavaScript ? GeneratedCode.Of(file.Path, file.Content.Span) : CodeOrigin.Written;
            if (role == FileRole.Source && grammar is not null && origin != CodeOrigin.Minified) (origin == CodeOrigin.Written ? written : bundled).Add(file);
            files.Add((file, new(file.Path, role, note), origin));
        }
        var originals = new Originals(snapshot, written, bundled);
        var settled = files.Select(f => Settle(f.File, f.Selected, f.Origin, originals)).ToList();
        var builds = new OtherBuilds(snapshot, [.. files.Zip(settled).Where(f => f.Second.Role == FileRole.Source && f.First.Origin != CodeOrigin.Minified).Select(f => f.First.File)]);
        settled = [.. settled.Select(f => builds.Of(f.Path) is { Length: > 0 } twin ? f with { Role = FileRole.LeftOut, Note = $"another build of {twin}, which is analysed" } : f)];
        var copies = new Copies([.. files.Zip(settled).Where(f => f.Second.Role == FileRole.Source && f.First.Origin != CodeOrigin.Minified).Select(f => f.First.File)],
            [.. files.Where(f => builds.Of(f.Selected.Path).Length > 0).Select(f => f.File)], builds.Required, originals);
        return new([.. settled.Select(f => copies.NoteOf(f.Path) is { Length: > 0 } note ? f with { Role = FileRole.LeftOut, Note = note } : f)]);
    }

    private static (FileRole Role, string Note, Grammar? Grammar) First(SnapshotFile file)
    {
        var path = file.Path;
        var content = file.Content.Span;
        if (Languages.IsManifest(path)) return (FileRole.Manifest, "", null);
        if (Languages.IsDocumentation(path)) return (FileRole.Documentation, "", null);
        if (TemplateReader.MayBeTemplate(path) && !Languages.IsBinary(content) && TemplateReader.IsTemplate(path, Text(content))) return (Role(path), "", null);
        var grammar = Languages.Grammar(path, content);
        var language = grammar is null ? Languages.Foreign(path) : Languages.IsAnalysed(grammar.Value) ? "" : Languages.Name(grammar.Value);
        if (grammar is null && language.Length == 0)
            return Languages.Beside(path) is { Length: > 0 } beside ? (FileRole.LeftOut, beside + ": not analysed", null) : (FileRole.Data, "", null);
        if (Languages.IsBinary(content)) return (FileRole.LeftOut, "binary content, no source", null);
        var role = Role(path);
        if (language.Length > 0) return role == FileRole.Source ? (FileRole.NotSupported, $"{language} is not analysed", null) : (FileRole.LeftOut, $"{language} is not analysed; not in scope ({CodeRole.Of(path)} code)", null);
        if (Languages.IsTypeDeclaration(path)) return (FileRole.LeftOut, "type declarations: no code that runs", null);
        if (grammar is Grammar.TypeScript && Languages.IsXml(content)) return (FileRole.LeftOut, "XML, no TypeScript", null);
        return (role, "", grammar);
    }

    private static string Text(ReadOnlySpan<byte> content) => System.Text.Encoding.Latin1.GetString(content[..Math.Min(content.Length, TemplateReader.Looked)]);

    private static FileRole Role(string path) => CodeRole.Of(path) switch { CodeRole.Production => FileRole.Source, "test" => FileRole.Test, _ => FileRole.Auxiliary };

    private static SelectedFile Settle(SnapshotFile file, SelectedFile selected, CodeOrigin origin, Originals originals)
    {
        if (selected.Role is not (FileRole.Source or FileRole.Test or FileRole.Auxiliary)) return selected;
        // Copies of libraries that pages load are no code of this project; what the project's own code requires is read with it.
        if (selected.Role == FileRole.Source && Languages.VendorFolder(file.Path) is { Length: > 0 } folder && !originals.IsRequired(file))
            return selected with { Role = FileRole.LeftOut, Note = $"a copy of somebody else's code (folder \"{folder}\"): not in scope" };
        if (selected.Role == FileRole.Source && (PageFolders.Holds(file.Path) || Languages.IsAmongLibraries(file.Path)) && LibraryBanner.Of(file.Path, file.Content.Span) is { Length: > 0 } banner && !originals.IsRequired(file) && !originals.IsOffered(file))
            return selected with { Role = FileRole.LeftOut, Note = $"a copy of somebody else's code (\"{banner}\"): not in scope" };
        // What the compiler of a bundle says itself counts for files without a mark as well.
        if (origin == CodeOrigin.Written && !originals.IsLinked(file)) return selected;
        var made = origin == CodeOrigin.Minified ? "minified" : "bundled";
        if (selected.Role != FileRole.Source) return selected with { Role = FileRole.LeftOut, Note = $"{made}, and not in scope ({CodeRole.Of(file.Path)} code)" };
        var (source, isLoaded) = (originals.Of(file, origin == CodeOrigin.Minified), originals.IsRequired(file));
        if (source.Length > 0 && !isLoaded) return selected with { Role = FileRole.LeftOut, Note = $"{made}; its source is here: {source}" };
        // Minifying takes nothing away but names, and where its source runs too, that is where to mend it. A bundle that is loaded may be more than one source of it.
        if (origin == CodeOrigin.Minified && originals.Runs(source)) return selected with { Role = FileRole.Made, Note = $"{made}, and the code loads it: its source is here and analysed: {source}" };
        return selected with { Note = isLoaded ? $"{made}, and the code itself loads it: analysed as it is" : $"{made}, and its source is not here: analysed as it is" };
    }
}
