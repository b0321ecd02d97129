namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>A part of a list. The cursor is opaque and asks for the next part; null at the end.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Cursor);

/// <summary>A stored record with the tag of its version.</summary>
public sealed record Stored<T>(T Value, string ETag);

/// <summary>What has to hold for a write.</summary>
/// <param name="Kind">Which condition.</param>
/// <param name="ETag">The tag to match; "" otherwise.</param>
public sealed record WriteCondition(WriteConditionKind Kind, string ETag)
{
    /// <summary>Writes in any case.</summary>
    public static WriteCondition Always { get; } = new(WriteConditionKind.Always, "");

    /// <summary>Writes where there is nothing yet.</summary>
    public static WriteCondition IfAbsent { get; } = new(WriteConditionKind.IfAbsent, "");

    /// <summary>Writes where the stored version is still this one.</summary>
    public static WriteCondition IfMatch(string etag) => new(WriteConditionKind.IfMatch, etag);
}

/// <summary>Kinds of <see cref="WriteCondition"/>.</summary>
public enum WriteConditionKind { Always, IfAbsent, IfMatch }

/// <summary>Outcome of a write.</summary>
/// <param name="Written">False where the condition did not hold; nothing was changed then.</param>
/// <param name="ETag">Tag of the stored version now; "" where there is none.</param>
public sealed record WriteResult(bool Written, string ETag);

/// <summary>The store can't take or give data now: disk full, service not reached. Nothing is half written.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Stored content is not what was stored: cut, altered or of an unknown format.</summary>
public sealed class StoreCorruptException(string message, Exception? inner = null) : Exception(message, inner);
