using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>
/// A folder that the code names itself before the attacker's part of a path ("html/" + name): whoever runs the program has it, and without it
/// no path through it leads anywhere.
/// </summary>
public static class NamedFolders
{
    private const int Longest = 100;
    // Files of the harnesses in the working directory: no folder can have their names.
    private static readonly string[] Taken = ["index.html", "benign.txt", "input.txt"];

    /// <summary>Small files in that folder, below the working directory <c>/work/run</c>; none where the path does not begin in it.</summary>
    public static IReadOnlyList<ProofFile> Of(ValidationInput input) =>
        input.Class is AttackClass.PathRead or AttackClass.PathWrite && Folder(input.Candidate.SinkShape) is { } folder
            ? [new ProofFile($"run/{folder}/index.html", "<!doctype html><title>benign</title><p>benign</p>\n"), new ProofFile($"run/{folder}/benign.txt", "benign\n")] : [];

    private static string? Folder(IReadOnlyList<ShapePiece> path)
    {
        // Behind a folder that is not known, most often the working directory, a name begins with a slash.
        if (path is not [{ Literal: { Length: > 0 and < Longest } text }, { Literal: null }, ..] || text[0] == '/')
        {
            if (path is not [{ Literal: null, Input: < 0 }, { Literal: ['/', _, ..] and { Length: < Longest } below }, { Input: >= 0 }, ..]) return null;
            text = below;
        }

        string[] steps = [.. text.Split('/').Where(s => s is not ("" or "."))];
        return steps.Length > 0 && !Taken.Contains(steps[0]) && Array.TrueForAll(steps, s => s != ".." && s.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')) ? string.Join('/', steps) : null;
    }
}
