namespace CodexSecurity.Adapters.Git;

/// <summary>Says with what a remote repository is read. Nothing of it is stored: not in the clone's settings, not in a record, not in a message.</summary>
public interface ICloneCredentials
{
    /// <summary>Credentials for a repository, or null where it is read without any.</summary>
    /// <param name="url">Clone URL.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="Pipeline.Ingest.SourceUnavailableException">They can't be had now.</exception>
    Task<CloneCredential?> ForAsync(Uri url, CancellationToken ct);
}

/// <summary>User name and password. Only for the origin (scheme, host, port) of the URL that they were asked for.</summary>
public sealed record CloneCredential(string User, string Password)
{
    /// <summary>Without the password.</summary>
    public override string ToString() => User;
}
