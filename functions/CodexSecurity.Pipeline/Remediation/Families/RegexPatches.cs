namespace CodexSecurity.Pipeline.Remediation.Families;

internal static class RegexPatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context) { _ = context; yield break; }
}
