namespace CodexSecurity.Pipeline.Validation.Planning;

/// <summary>The markers of one round of runs. A plan holds placeholders; every round gets fresh values.</summary>
/// <param name="Attack">Reaches the target only through the attack input.</param>
/// <param name="Secret">Stands only in the secret files: whoever shows it has read one.</param>
public sealed record Nonces(string Attack, string Secret)
{
    /// <summary>Placeholder of <see cref="Attack"/>; 16 characters like the value, so that lengths in a plan stay right.</summary>
    public const string AttackMark = "csxattacknonce00";

    /// <summary>Placeholder of <see cref="Secret"/>.</summary>
    public const string SecretMark = "csxsecretnonce00";

    /// <summary>The text with the placeholders filled in.</summary>
    public string Fill(string text) =>
        text.Replace(AttackMark, Attack, StringComparison.Ordinal).Replace(SecretMark, Secret, StringComparison.Ordinal);

    /// <summary>The text with the values turned back into placeholders: what two rounds have in common.</summary>
    public string Erase(string text) =>
        text.Replace(Attack, AttackMark, StringComparison.OrdinalIgnoreCase).Replace(Secret, SecretMark, StringComparison.OrdinalIgnoreCase);
}
