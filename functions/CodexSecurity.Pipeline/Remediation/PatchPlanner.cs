using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation.Editing;
using CodexSecurity.Pipeline.Remediation.Families;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>Works out edits for a finding from the syntax trees of the files on its path. Pure: same input, same proposals.</summary>
public sealed class PatchPlanner(ParserPool pool)
{
    private const int MaxProposals = 6;

    /// <summary>Edits in order of preference, or the reason why there is none.</summary>
    /// <param name="candidate">What detection saw.</param>
    /// <param name="rule">Its rule; the main CWE decides the family.</param>
    /// <param name="files">Source files by path.</param>
    public PatchPlan Propose(Candidate candidate, RuleInfo rule, IReadOnlyDictionary<string, SourceFile> files)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(files);
        var context = new PatchContext(candidate, rule, files, pool);
        if (context.SinkFile is null) return new PatchPlan([], $"there are no patches for the language of {candidate.Sink.Path}, or it can't be parsed");
        if (Families(rule, candidate) is not { Count: > 0 } families) return new PatchPlan([], "there is no automatic patch for this kind of weakness");
        var proposals = families.SelectMany(f => f(context)).Where(p => p.Edits.Count > 0)
            .DistinctBy(p => string.Join('\0', p.Edits)).Take(MaxProposals).ToList();
        return proposals.Count > 0 ? new PatchPlan(proposals, "") : new PatchPlan([], context.Reason);
    }

    private static List<Func<PatchContext, IEnumerable<PatchProposal>>> Families(RuleInfo rule, Candidate candidate)
    {
        var list = new List<Func<PatchContext, IEnumerable<PatchProposal>>>();
        foreach (var cwe in rule.Cwe)
        {
            Func<PatchContext, IEnumerable<PatchProposal>>? family = cwe switch
            {
                77 or 78 or 88 => CommandPatches.Propose,
                1321 or 915 or 471 => PrototypePatches.Propose,
                22 or 23 or 24 or 35 or 36 or 73 => PathPatches.Propose,
                1333 or 400 or 730 or 185 when candidate.Properties.ContainsKey(CandidateProperties.RegexPattern) => RegexPatches.Propose,
                94 or 95 or 96 => CodePatches.Propose,
                _ => null,
            };
            if (family is not null && !list.Contains(family)) list.Add(family);
        }
        return list;
    }
}
