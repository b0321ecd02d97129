using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Rules;

/// <summary>A weakness that is looked for.</summary>
/// <param name="Id">Family: "category.control".</param>
/// <param name="Cwe">CWE numbers, main one first.</param>
/// <param name="Title">One sentence.</param>
/// <param name="Severity">"critical", "high", "medium", "low" or "informational", before anything is known of the place.</param>
/// <param name="From">Source kinds that must not reach the sink; empty for a check without flow.</param>
/// <param name="To">Sink kinds; None where only sinks that name the rule belong to it.</param>
/// <param name="Oracle">How validation proves it; "" where it can't.</param>
/// <param name="Fix">How to mend it, one or two sentences.</param>
/// <param name="Help">Markdown: what, why, how to fix.</param>
/// <param name="Message">One sentence for a candidate.</param>
/// <param name="IsFlow">Needs a flow from a source to a sink.</param>
/// <param name="Precision">"very-high", "high", "medium" or "low": share of results that deserve a change.</param>
public sealed record Rule(
    string Id, IReadOnlyList<int> Cwe, string Title, string Severity, IReadOnlyList<string> From, TaintKinds To, string Oracle, string Fix, string Help, string Message, bool IsFlow, string Precision);
