using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Regression;

/// <summary>Makes a test of a proof.</summary>
internal static class RegressionTests
{
    public static ProofTest? Of(Proof proof) { _ = proof; return null; }
}
