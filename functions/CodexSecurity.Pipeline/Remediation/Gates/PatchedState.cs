using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>A state with a proposal applied: the gates "applies" and "parses".</summary>
/// <param name="Diff">The proposal as a unified diff; "" where it can't be written.</param>
/// <param name="Key">Names the state.</param>
/// <param name="Files">Its files; those of the base where it does not apply.</param>
/// <param name="Gates">The two gates.</param>
internal sealed record PatchedState(string Diff, string Key, IReadOnlyList<SnapshotFile> Files, IReadOnlyList<PatchGate> Gates)
{
    /// <summary>Whether it may be run.</summary>
    public bool IsSound => Gates.All(g => g.Outcome == GateOutcome.Passed);

    public static PatchedState Of(PatchProposal proposal, string baseKey, IReadOnlyDictionary<string, SnapshotFile> files, RecentTrees trees)
    {
        var touched = proposal.Edits.GroupBy(e => e.Path, StringComparer.Ordinal).ToList();
        var before = touched.Where(g => files.ContainsKey(g.Key)).ToDictionary(g => g.Key, g => SourceFile.FromBytes(g.Key, files[g.Key].Content.Span), StringComparer.Ordinal);
        var after = new SortedDictionary<string, SourceFile>(StringComparer.Ordinal);
        string diff;
        try
        {
            foreach (var group in touched)
            {
                if (!before.TryGetValue(group.Key, out var file)) return Refused("", $"{group.Key} is not in the scanned state");
                after[group.Key] = new SourceFile(group.Key, UnifiedDiff.Apply(file.Text, group)) { HasByteOrderMark = file.HasByteOrderMark };
            }
            diff = UnifiedDiff.Write(proposal.Edits, before);
        }
        catch (ArgumentException problem)
        {
            return Refused("", problem.Message);
        }
        // A text that was read from bytes and is written again has to give these bytes, or the diff is of another file.
        if (before.Values.FirstOrDefault(f => !SourceFile.ToBytes(f.Text, f.HasByteOrderMark).AsSpan().SequenceEqual(files[f.Path].Content.Span)) is { } odd)
            return Refused(diff, $"{odd.Path} is no plain UTF-8 text");
        if (StrictDiff.Apply(diff, path => before.TryGetValue(path, out var f) ? Marked(f) : null, out var problem2) is not { } applied) return Refused(diff, problem2);
        if (applied.Count != after.Count || after.Any(f => !applied.TryGetValue(f.Key, out var text) || text != Marked(f.Value))) return Refused(diff, "the diff gives another text than the edits");
        var patched = files.Values.Select(f => after.TryGetValue(f.Path, out var now) ? f with { Content = SourceFile.ToBytes(now.Text, now.HasByteOrderMark) } : f).ToList();
        var key = baseKey + "+" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(diff)))[..16];
        return new PatchedState(diff, key, patched, [new PatchGate(GateNames.Applies, GateOutcome.Passed, $"{after.Count} file(s), every line as the diff says"), Parses(before, after, trees)]);

        PatchedState Refused(string text, string reason) => new(text, baseKey, [.. files.Values], [new PatchGate(GateNames.Applies, GateOutcome.Failed, reason)]);
    }

    /// <summary>The text that a diff is of: with the byte order mark.</summary>
    public static string Marked(SourceFile f) => (f.HasByteOrderMark ? "\uFEFF" : "") + f.Text;

    private static PatchGate Parses(Dictionary<string, SourceFile> before, SortedDictionary<string, SourceFile> after, RecentTrees trees)
    {
        foreach (var file in after.Values)
        {
            if (GrammarDetection.Detect(file.Path, file.Text.AsSpan(0, Math.Min(80, file.Text.Length))) is not { } grammar) continue;
            var now = trees.Parse(file, grammar);
            if (now.Tree is not { } tree) return new PatchGate(GateNames.Parses, GateOutcome.Failed, $"{file.Path} is not parsed: {now.Message}");
            var errors = trees.Parse(before[file.Path], grammar).Tree?.ErrorCount ?? 0;
            if (tree.ErrorCount > errors) return new PatchGate(GateNames.Parses, GateOutcome.Failed, $"{file.Path} has a syntax error that was not there before");
        }
        return new PatchGate(GateNames.Parses, GateOutcome.Passed, "no syntax error that was not there before");
    }
}
