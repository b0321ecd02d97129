namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>Names of artifacts: at most 512 characters, segments of letters, digits, "-", "_", "." and ":" joined by "/".</summary>
public static class ArtifactNames
{
    /// <summary>Throws for what is no name.</summary>
    public static void Check(string name)
    {
        if (name.Length is 0 or > 512 || name.Split('/').Any(s => s.Length == 0 || s is "." or ".." || !s.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':')))
            throw new ArgumentException($"\"{name}\" is no artifact name", nameof(name));
    }
}
