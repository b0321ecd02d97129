using System.Text.Json;

namespace CodexSecurity.Analysis.Text;

/// <summary>JSON that others wrote: of a repository, or out of a sandbox.</summary>
public static class HostileJson
{
    /// <summary>
    /// Whether reading it failed by what it holds. Beside text that is no JSON these are strings that are no text (half of a surrogate pair, bytes that are no
    /// UTF-8): the reader takes them, and only who asks for their value is told, by an <see cref="InvalidOperationException"/>.
    /// </summary>
    public static bool IsRefused(Exception error) => error is JsonException or InvalidOperationException;
}
