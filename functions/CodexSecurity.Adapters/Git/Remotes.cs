using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;
using LibGit2Sharp.Handlers;

namespace CodexSecurity.Adapters.Git;

/// <summary>What is asked of a remote repository.</summary>
internal static class Remotes
{
    private const int MostAsked = 4;

    /// <summary>The commit that a branch points to, without a clone.</summary>
    public static SourceOutcome<string> Head(Location location, string branch, CloneCredential? credential)
    {
        try
        {
            var references = credential is null ? Repository.ListRemoteReferences(location.Text) : Repository.ListRemoteReferences(location.Text, Provider(location, credential));
            return references.FirstOrDefault(r => r.CanonicalName == "refs/heads/" + branch)?.TargetIdentifier is { } sha ? new(sha, "") : new(null, $"'{location.Display}' has no branch '{Locations.Display(branch)}'.");
        }
        catch (LibGit2SharpException problem)
        {
            return Failed<string>(location, problem.Message);
        }
    }

    /// <summary>Gives the credentials to the origin they are for and to nobody else, wherever a server may redirect to.</summary>
    public static CredentialsHandler Provider(Location location, CloneCredential credential)
    {
        var origin = Origin(location.Text);
        var asked = 0;
        return (url, _, _) =>
        {
            // Asked for again and again they are not good enough.
            if (asked++ >= MostAsked || origin is null || Origin(url) != origin) throw new LibGit2SharpException("authentication was refused");
            return new UsernamePasswordCredentials { Username = credential.User, Password = credential.Password };
        };
    }

    /// <summary>Why a repository could not be had.</summary>
    public static SourceOutcome<T> Failed<T>(Location location, string message)
    {
        bool Says(params string[] words) => words.Any(w => message.Contains(w, StringComparison.OrdinalIgnoreCase));
        if (Says("authentication", "401", "403", "credentials"))
            return new(default, $"'{location.Display}' could not be cloned: it asks for authentication. Clone it yourself and scan the folder.");
        if (Says("404", "could not find repository", "failed to resolve path", "does not exist", "not a git repository")) return new(default, $"'{location.Display}' could not be cloned: there is no git repository.");
        // The library quotes addresses, with what a redirect may have put into them.
        return new(default, $"'{location.Display}' could not be cloned: {Locations.Display(message).TrimEnd('.')}.", Transient: true);
    }

    private static string? Origin(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) ? url.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped) : null;
}
