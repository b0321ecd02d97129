namespace CodexSecurity.Pipeline.Ports.Storage;

/// <summary>A store whose records and index rows are written one after the other, so that a process that dies leaves some that do not agree.</summary>
public interface IIndexRepair
{
    /// <summary>Looks at a part of the store: removes index rows that no record bears out and writes those that are missing.</summary>
    /// <param name="cursor">Where the part before ended; null for the beginning.</param>
    /// <param name="rows">Rows to look at, at least 1.</param>
    /// <param name="ct">Cancels.</param>
    Task<RepairedPart> RepairAsync(string? cursor, int rows, CancellationToken ct);
}

/// <summary>What came of a part of a repair.</summary>
/// <param name="Rows">Rows removed or written.</param>
/// <param name="Cursor">Where to go on; null at the end.</param>
public sealed record RepairedPart(int Rows, string? Cursor);
