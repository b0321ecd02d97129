namespace CodexSecurity.Pipeline.Domain;

/// <summary>Why a finding was closed.</summary>
public enum TriageState { Open, AlreadyFixed, WontFix, FalsePositive }

/// <summary>A person's decision on a finding. Decisions are only ever added; the latest one holds.</summary>
public sealed record TriageDecision(string FindingId, TriageState State, string Reason, string Author, DateTimeOffset At);
