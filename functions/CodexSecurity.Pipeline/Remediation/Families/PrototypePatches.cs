namespace CodexSecurity.Pipeline.Remediation.Families;

internal static class PrototypePatches
{
    public static IEnumerable<PatchProposal> Propose(PatchContext context) { _ = context; yield break; }
}
