using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>Maps a rule to its attack class.</summary>
public static class AttackClasses
{
    /// <summary>The class by the rule's CWE numbers, main one first; where a number leaves it open, by the sink.</summary>
    public static AttackClass Of(RuleInfo rule, Candidate candidate)
    {
        foreach (int cwe in rule.Cwe)
        {
            if (ByCwe(cwe, candidate) is var known and not AttackClass.None) return known;
        }

        return AttackClass.None;
    }

    private static AttackClass ByCwe(int cwe, Candidate candidate) => cwe switch
    {
        77 or 78 => AttackClass.Command,
        88 => AttackClass.Argument,
        94 or 95 or 96 => AttackClass.Code,
        1321 or 915 or 471 => AttackClass.PrototypePollution,
        // A slow expression of the project's, or one that the attacker writes.
        1333 or 730 => AttackClass.ReDoS,
        400 or 185 => candidate.Properties.ContainsKey(CandidateProperties.RegexPattern) ? AttackClass.ReDoS : AttackClass.None,
        22 or 23 or 24 or 35 or 36 or 73 or 98 => IsArchive(candidate) ? AttackClass.Archive : Writes(candidate) ? AttackClass.PathWrite : AttackClass.PathRead,
        89 => AttackClass.Sql,
        943 => AttackClass.NoSql,
        79 or 80 => AttackClass.Html,
        918 => AttackClass.RequestForgery,
        601 => AttackClass.Redirect,
        1336 or 917 => AttackClass.Template,
        502 => AttackClass.Deserialization,
        611 or 776 => AttackClass.Xml,
        _ => AttackClass.None,
    };

    private static bool IsArchive(Candidate c) =>
        c.RuleId.Contains("archive", StringComparison.OrdinalIgnoreCase) || c.RuleId.Contains("zip", StringComparison.OrdinalIgnoreCase);

    private static readonly string[] WriteWords = ["write", "append", "unlink", "rename", "mkdir", "rmdir", "rm", "copy", "cp", "move", "outputFile", "truncate", "symlink", "remove"];

    private static bool Writes(Candidate c)
    {
        string name = c.SinkCallable[(c.SinkCallable.LastIndexOf('.') + 1)..];
        return c.RuleId.Contains("write", StringComparison.OrdinalIgnoreCase)
            || WriteWords.Any(w => name.StartsWith(w, StringComparison.OrdinalIgnoreCase)) || name == "createWriteStream";
    }
}
