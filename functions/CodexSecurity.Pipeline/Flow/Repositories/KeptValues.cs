using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Small values that work by the clock keeps under a name, such as when it looked last. The value before is removed, so that none pile up.</summary>
internal static class KeptValues
{
    // With its name in it the content is nobody else's, and may go.
    private sealed record Kept<T>(string Name, T Value);

    /// <summary>The value of a name; null where there is none, or one that can't be read (of another version): what hangs on it is then looked at anew.</summary>
    public static async Task<T?> FindKeptAsync<T>(this IArtifactStore artifacts, string name, CancellationToken ct) where T : class
    {
        if (await artifacts.FindAsync(name, ct).ConfigureAwait(false) is not { Value: var stored }) return null;
        try { return (await artifacts.GetJsonAsync<Kept<T>>(stored, ct).ConfigureAwait(false)).Value; }
        catch (Exception e) when (e is JsonException or StoreCorruptException) { return null; }
    }

    /// <summary>Sets the value of a name.</summary>
    public static async Task KeepAsync<T>(this IArtifactStore artifacts, string name, T value, CancellationToken ct) where T : class
    {
        var before = await artifacts.FindAsync(name, ct).ConfigureAwait(false);
        var stored = await artifacts.PutJsonAsync(new Kept<T>(name, value), ct).ConfigureAwait(false);
        await artifacts.LinkAsync(name, stored, WriteCondition.Always, ct).ConfigureAwait(false);
        if (before is not null && before.Value.Sha256 != stored.Sha256) await artifacts.DeleteAsync(before.Value.Sha256, DateTimeOffset.MaxValue, ct).ConfigureAwait(false);
    }
}

/// <summary>When something was looked at last.</summary>
internal sealed record LookedAt(DateTimeOffset At);
