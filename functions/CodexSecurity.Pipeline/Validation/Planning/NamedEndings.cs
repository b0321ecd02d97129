using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Validation.Judging;

namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>
/// What the code itself puts behind the attacker's part of a path (page + ".htm", folder + "/config.json"): only a file of that ending can be read, so
/// one such secret lies outside the root.
/// </summary>
public static class NamedEndings
{
    private const int Longest = 60;
    private const string Flag = "secret/flag";

    /// <summary>The attacker's part of the path of that secret, from the root of the file system.</summary>
    public const string Target = "work/" + Flag;

    /// <summary>The ending; null where none is known.</summary>
    public static string? Of(Candidate candidate) =>
        candidate.SinkShape is [.., { Input: >= 0 }, { Literal: { Length: > 1 and < Longest } text }] && text[^1] is not ('/' or '.') && !text.Contains("..", StringComparison.Ordinal)
        && !text.Contains("//", StringComparison.Ordinal) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '/') ? text : null;

    /// <summary>The secret, where the candidate reads a file and has an ending.</summary>
    public static IReadOnlyList<ProofFile> Secrets(ValidationInput input) =>
        input.Class == AttackClass.PathRead && Of(input.Candidate) is { } ending
            ? [new ProofFile(Flag + ending, ending.EndsWith(".json", StringComparison.Ordinal) ? $"\"{Nonces.SecretMark}\"" : Nonces.SecretMark)] : [];
}
