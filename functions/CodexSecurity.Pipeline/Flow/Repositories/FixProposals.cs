using System.Text;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.GitHub;
using CodexSecurity.Pipeline.Remediation;
using CodexSecurity.Pipeline.Remediation.Gates;
using CodexSecurity.Pipeline.Reporting;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Makes of a finding with a verified patch what its pull request brings. The text says what was wrong and how it was checked, and never how to exploit it.</summary>
public static class FixProposals
{
    /// <summary>The proposal.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="record">The finding.</param>
    /// <param name="files">The state that the patch was verified on.</param>
    /// <exception cref="StepRejectedException">The patch does not apply to that state.</exception>
    public static FixProposal Of(RepositoryRecord repository, FindingRecord record, IReadOnlyList<SnapshotFile> files)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(record);
        var (finding, patch) = (record.Finding, record.Finding.Patch);
        var before = files.ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        var after = StrictDiff.Apply(patch.Diff, path => before.TryGetValue(path, out var content) ? PatchedState.Marked(SourceFile.FromBytes(path, content.Span)) : null, out var problem) ?? throw new StepRejectedException("the patch does not apply to the state that it was verified on: " + problem);
        var changed = after.Select(a => new FixFile(a.Key, before.TryGetValue(a.Key, out var was) ? was : default(ReadOnlyMemory<byte>?), Encoding.UTF8.GetBytes(a.Value))).ToList();
        if (patch.RegressionTest is { } test && !before.ContainsKey(test.Path)) changed.Add(new FixFile(test.Path, null, Encoding.UTF8.GetBytes(test.Content)));
        var title = $"Fix {finding.Rule.Title.TrimEnd('.')} in {finding.Candidate.Sink.Path}";
        return new FixProposal(repository, record.Branch, Branch(finding), title.Length > 200 ? title[..200] : title, Body(finding), changed);
    }

    private static string Branch(Finding finding) => FixProposal.Prefix + $"{finding.Id}-{string.Concat(finding.Rule.Id.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'))}".Trim('-');

    // Names of a repository are somebody else's text: escaped, so that nobody is mentioned and nothing is linked by them.
    private static string Body(Finding finding)
    {
        var (candidate, patch) = (finding.Candidate, finding.Patch);
        var text = new StringBuilder();
        text.Append($"This draft mends a weakness that was confirmed by a proof of concept in an isolated sandbox.\n\n| | |\n| --- | --- |\n");
        text.Append($"| Weakness | {MarkdownReport.Escape(finding.Rule.Title)} (`{finding.Rule.Id}`{string.Concat(finding.Rule.Cwe.Select(c => $", CWE-{c}"))}) |\n");
        text.Append($"| Severity | {ReportText.Name(finding.Severity.Level)} |\n");
        text.Append($"| Place | {MarkdownReport.Code($"{candidate.Sink.Path}:{candidate.Sink.StartLine}")} |\n");
        text.Append($"| Finding | `{finding.Id}` |\n\n");
        text.Append($"**The change.** {MarkdownReport.Escape(patch.Reason)}\n\n**How it was checked**\n\n");
        foreach (var gate in patch.Gates) text.Append($"- {gate.Name}: {ReportText.Name(gate.Outcome)}{(gate.Name == GateNames.ProjectTests || gate.Outcome != GateOutcome.Passed ? $" ({MarkdownReport.Escape(gate.Detail)})" : "")}\n");
        if (patch.RegressionTest is { } test) text.Append($"\nThe regression test {MarkdownReport.Code(test.Path)} was seen to fail before this change and to pass after it.\n");
        return ReportText.Clean(text.Append("\nPlease review it like any other change. It is not merged automatically; the evidence stays in Codex Security.\n").ToString());
    }
}
