using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>What a family of patches works with. Files are parsed on demand.</summary>
internal sealed class PatchContext(Candidate candidate, RuleInfo rule, IReadOnlyDictionary<string, SourceFile> files, RecentTrees trees)
{
    private readonly Dictionary<string, JsFile?> _parsed = new(StringComparer.Ordinal);

    public Candidate Candidate => candidate;

    public RuleInfo Rule => rule;

    /// <summary>The file of the sink, parsed.</summary>
    public JsFile? SinkFile => File(candidate.Sink.Path);

    /// <summary>Why there is no proposal; a family sets it to something more exact.</summary>
    public string Reason { get; set; } = "the code around the sink has no form that can be mended safely by rule";

    /// <summary>Set by a family whose edits are safe by their form.</summary>
    public bool Mechanical { get; set; }

    /// <summary>A file by path, parsed; null where there is none or it is no JavaScript or TypeScript.</summary>
    public JsFile? File(string path)
    {
        if (!_parsed.TryGetValue(path, out var file)) _parsed[path] = file = files.TryGetValue(path, out var source) ? JsFile.Parse(trees, source) : null;
        return file;
    }

    /// <summary>The node of the sink: the smallest that covers its range.</summary>
    public SyntaxNode Sink => SinkFile!.At(candidate.Sink.StartOffset, candidate.Sink.EndOffset);

    /// <summary>Nodes of the path's steps, from the sink back to the source, each with its file.</summary>
    public IEnumerable<(JsFile File, SyntaxNode Node)> StepsBack()
    {
        for (var i = candidate.Path.Count - 1; i >= 0; i--)
        {
            var place = candidate.Path[i].Location;
            if (File(place.Path) is { } file && place.EndOffset <= file.Text.Length) yield return (file, file.At(place.StartOffset, place.EndOffset));
        }
    }
}
