namespace CodexSecurity.Pipeline.Remediation.Families;

internal static class CodePatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context) { _ = context; yield break; }
}
