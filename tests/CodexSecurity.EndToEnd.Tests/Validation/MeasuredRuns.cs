namespace CodexSecurity.EndToEnd.Tests.Validation;

/// <summary>Tests whose outcome rests on measured CPU time: they run when no other test of this project does.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredRuns
{
    public const string Name = "measured runs";
}
