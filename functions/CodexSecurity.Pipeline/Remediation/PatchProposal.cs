using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>An edit that may mend a finding. It proves nothing by itself: the gates decide.</summary>
/// <param name="Strategy">Short name: "exec-file", "shell-quote", "skip-prototype-keys" …</param>
/// <param name="Explanation">One or two sentences for the person who reviews it: what it does, and what to watch.</param>
/// <param name="Edits">Text edits, by path and offset; no two overlap.</param>
public sealed record PatchProposal(string Strategy, string Explanation, IReadOnlyList<FileEdit> Edits);

/// <summary>What the planner found.</summary>
/// <param name="Proposals">Edits in order of preference; may be empty.</param>
/// <param name="Reason">Where there are none: why.</param>
/// <param name="Mechanical">The edit is safe by its form, so that it may be offered without a proof.</param>
public sealed record PatchPlan(IReadOnlyList<PatchProposal> Proposals, string Reason, bool Mechanical = false);
