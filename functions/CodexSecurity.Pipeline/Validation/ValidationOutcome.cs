using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation;

/// <summary>What validation of one candidate gave.</summary>
/// <param name="Summary">Verdict, level, reason, attempts, stored bundle: goes into the finding.</param>
/// <param name="Proof">The proof that succeeded, to be run again on a patched state; null unless confirmed.</param>
/// <param name="ControlObservable">What the control run showed, nonces erased: a patch must keep it; "" unless confirmed.</param>
/// <param name="Runs">Sandbox runs spent.</param>
public sealed record ValidationOutcome(ValidationSummary Summary, Proof? Proof, string ControlObservable, int Runs);
