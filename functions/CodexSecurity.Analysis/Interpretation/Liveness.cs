using CodexSecurity.Analysis.Ir;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// Which slots may still be read when a block begins: only those are carried from block to block. Backward data flow over sets of
/// bits (Aho, Lam, Sethi, Ullman, "Compilers", section 9.2.5).
/// </summary>
internal static class Liveness
{
    /// <summary>For each block the slots that are live where it begins, in order.</summary>
    /// <param name="c">The callable.</param>
    /// <param name="crossing">Slots that may be read in another block than they are written in.</param>
    /// <param name="cells">Slots of captured variables whose value is known by the flow, by cell.</param>
    /// <param name="captured">Which of them functions are given when they are made.</param>
    /// <param name="order">Position of each block in reverse post-order.</param>
    public static int[][] Of(Callable c, int[] crossing, Dictionary<int, int> cells, CapturedCells captured, int[] order)
    {
        var tracked = new List<int>(crossing.Length + cells.Count);
        tracked.AddRange(crossing);
        tracked.AddRange(cells.Values.Order());
        var bit = new int[c.SlotCount + cells.Count];
        Array.Fill(bit, -1);
        for (var i = 0; i < tracked.Count; i++) bit[tracked[i]] = i;
        var words = (tracked.Count + 63) / 64;
        var live = Solve(c, cells, captured, order, bit, words);
        var result = new int[c.Blocks.Length][];
        for (var b = 0; b < result.Length; b++)
        {
            result[b] = Slots(live.AsSpan(b * words, words), tracked);
            if (b > 0 && result[b].AsSpan().SequenceEqual(result[b - 1])) result[b] = result[b - 1];
        }
        return result;
    }

    private static ulong[] Solve(Callable c, Dictionary<int, int> cells, CapturedCells captured, int[] order, int[] bit, int words)
    {
        var blocks = c.Blocks.Length;
        ulong[] read = new ulong[blocks * words], written = new ulong[blocks * words], live = new ulong[blocks * words];
        for (var b = 0; b < blocks; b++) Local(c, b, cells, captured, bit, read.AsSpan(b * words, words), written.AsSpan(b * words, words));
        var backward = Enumerable.Range(0, blocks).OrderByDescending(b => order[b]).ToArray();
        var successors = new List<int>();
        for (var changed = words > 0; changed;)
        {
            changed = false;
            foreach (var b in backward)
            {
                successors.Clear();
                c.Successors(b, successors);
                for (var w = 0; w < words; w++)
                {
                    ulong after = 0;
                    foreach (var s in successors) after |= live[(s * words) + w];
                    // What a handler reads is needed as it was before every instruction of the block.
                    var kept = c.Blocks[b].Handler is var h and >= 0 ? live[(h * words) + w] : 0;
                    var now = read[(b * words) + w] | (after & ~written[(b * words) + w]) | kept;
                    if (now == live[(b * words) + w]) continue;
                    live[(b * words) + w] = now;
                    changed = true;
                }
            }
        }
        return live;
    }

    // What a block reads before it writes it, and what it writes.
    private static void Local(Callable c, int block, Dictionary<int, int> cells, CapturedCells captured, int[] bit, Span<ulong> read, Span<ulong> written)
    {
        var used = new List<int>();
        for (var i = c.Blocks[block].First; i < c.Blocks[block].First + c.Blocks[block].Count; i++)
        {
            ref readonly var x = ref c.Code[i];
            used.Clear();
            Operands.Read(c, x, used);
            if (x.Op == Op.LoadCell && cells.TryGetValue(x.A, out var loaded)) used.Add(loaded);
            if (x.Op is Op.Function or Op.Class && x.A >= 0) foreach (var cell in captured.GivenTo(x.A, c)) used.Add(cells[cell]);
            foreach (var slot in used) if (bit[slot] is var r and >= 0 && !Has(written, r)) Set(read, r);
            if (x.Dst >= 0 && bit[x.Dst] is var d and >= 0) Set(written, d);
            if (x.Op == Op.StoreCell && cells.TryGetValue(x.A, out var stored)) Set(written, bit[stored]);
        }
    }

    private static int[] Slots(ReadOnlySpan<ulong> live, List<int> tracked)
    {
        var count = 0;
        foreach (var w in live) count += System.Numerics.BitOperations.PopCount(w);
        if (count == 0) return [];
        var slots = new int[count];
        count = 0;
        for (var i = 0; i < tracked.Count; i++) if (Has(live, i)) slots[count++] = tracked[i];
        return slots;
    }

    private static bool Has(ReadOnlySpan<ulong> set, int i) => (set[i >> 6] & (1UL << (i & 63))) != 0;
    private static void Set(Span<ulong> set, int i) => set[i >> 6] |= 1UL << (i & 63);
}
