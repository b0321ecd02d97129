using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Remediation.Editing;
using CodexSecurity.Pipeline.Remediation.Families;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>Works out edits for a finding from the syntax trees of the files on its path. Pure: same input, same proposals.</summary>
public sealed class PatchPlanner(RecentTrees trees)
{
    private const int MaxProposals = 8, MaxTogether = 7;

    /// <summary>Edits in order of preference, or the reason why there is none.</summary>
    /// <param name="candidate">What detection saw.</param>
    /// <param name="rule">Its rule; the main CWE decides the family.</param>
    /// <param name="files">Source files by path.</param>
    public PatchPlan Propose(Candidate candidate, RuleInfo rule, IReadOnlyDictionary<string, SourceFile> files)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(files);
        if (candidate.Properties.ContainsKey(CandidateProperties.TemplatePlace) && files.TryGetValue(candidate.Sink.Path, out var template)) return TemplatePatches.Propose(candidate, template);
        var context = new PatchContext(candidate, rule, files, trees);
        if (context.SinkFile is null) return new PatchPlan([], $"there are no patches for the language of {candidate.Sink.Path}, or it can't be parsed");
        if (Families(rule, candidate) is not { Count: > 0 } families) return new PatchPlan([], "there is no automatic patch for this kind of weakness");
        var proposals = families.SelectMany(f => f(context)).Where(p => p.Edits.Count > 0)
            .DistinctBy(p => string.Join('\0', p.Edits)).Take(MaxProposals).ToList();
        return proposals.Count > 0 ? new PatchPlan(proposals, "", context.Mechanical) : new PatchPlan([], context.Reason);
    }

    /// <summary>
    /// Edits that mend several candidates at once, for an attack that reaches more than one sink: the best proposal of each, where they don't touch the
    /// same text; then the second best.
    /// </summary>
    public IReadOnlyList<PatchProposal> ProposeTogether(Candidate candidate, IReadOnlyList<Candidate> related, RuleInfo rule, IReadOnlyDictionary<string, SourceFile> files)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(related);
        var joint = new List<PatchProposal>();
        if (related.Count == 0) return joint;
        var plans = related.Take(MaxTogether).Prepend(candidate).Select(c => Propose(c, rule, files).Proposals).Where(p => p.Count > 0).ToList();
        for (var rank = 0; rank < 2 && plans.Count > 1; rank++)
        {
            var edits = new List<FileEdit>();
            foreach (var plan in plans)
            {
                // Edits that are there already (a helper that both add) are no conflict.
                foreach (var proposal in plan.Skip(rank).Concat(plan.Take(rank)))
                {
                    if (UnifiedDiff.Join(edits, proposal.Edits) is not { } all) continue;
                    edits = all;
                    break;
                }
            }
            if (edits.Count > 0 && !plans[0].Any(p => p.Edits.Count == edits.Count)) joint.Add(new PatchProposal("together-" + plans[0][Math.Min(rank, plans[0].Count - 1)].Strategy, plans[0][Math.Min(rank, plans[0].Count - 1)].Explanation + " Done at each place that the attack reaches.", edits));
        }
        return [.. joint.DistinctBy(p => string.Join('\0', p.Edits))];
    }

    private static IEnumerable<PatchProposal> Policy(PatchContext context)
    {
        context.Reason = "which hosts may be reached is a decision of the project, so no rule can write it";
        yield break;
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
                1333 or 730 => PatternPatches.Propose,
                94 or 95 or 96 => CodePatches.Propose,
                502 => SettingPatches.Yaml,
                611 or 776 => SettingPatches.Entities,
                614 or 1004 or 1275 => SettingPatches.Cookies,
                295 => SettingPatches.Certificates,
                327 or 328 or 916 => SettingPatches.Hashes,
                89 => WebPatches.Sql,
                943 => WebPatches.NoSql,
                79 or 80 => WebPatches.Html,
                601 => WebPatches.Redirect,
                918 => Policy,
                _ => null,
            };
            if (family is not null && !list.Contains(family)) list.Add(family);
        }
        return list;
    }
}
