using System.Buffers.Binary;
using Wasmtime;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>
/// Copies a tree out of the guest's memory into the flat table. It follows the core's Subtree layout (32-bit,
/// tree-sitter 0.27): a subtree is 8 bytes, either inline data (lowest bit set) or a pointer to heap data that has its
/// children before it. Every read is bounds-checked by the span; the guest's memory is hostile.
/// </summary>
internal static class GuestTreeReader
{
    private const int SubtreeSize = 8;
    private const byte Visible = 2, Named = 4, Extra = 8;
    private const ushort ErrorRepeat = 65534;

    private struct Frame
    {
        public int Children;
        public int Count;
        public int Index;
        public int Structural;
        public int Production;
        /// <summary>UTF-16 byte offset of the next child, its padding included.</summary>
        public uint Position;
        /// <summary>Nearest shown ancestor in the flat table.</summary>
        public int Shown;
        public int LastChild;
        /// <summary>Field that this frame's hidden node hands down; 0 for none or a shown node.</summary>
        public ushort Field;
        public bool Hidden;
    }

    public static FlatNode[]? Read(Memory memory, int tree, LanguageTables tables, int maxNodes, int textLength, out int count, out int errors)
    {
        var guest = memory.GetSpan<byte>(0, checked((int)memory.GetLength()));
        var nodes = new FlatNode[Math.Max(64, Math.Min(maxNodes, textLength / 2 + 64))];
        var stack = new Frame[64];
        var depth = 0;
        (count, errors) = (0, 0);
        var root = ReadSubtree(guest, tree);
        Add(ref nodes, ref count, root, 0, root.Padding, -1, 0, tables, ref errors);
        nodes[0].Parent = 0;
        stack[0] = new Frame { Children = root.Children, Count = root.ChildCount, Production = root.Production, Position = root.Padding, Shown = 0, LastChild = 0 };
        long visits = 0;
        while (depth >= 0)
        {
            ref var frame = ref stack[depth];
            if (frame.Index == frame.Count)
            {
                var ended = frame;
                if (--depth < 0) break;
                ref var outer = ref stack[depth];
                if (ended.Hidden) outer.LastChild = ended.LastChild;
                else nodes[ended.Shown].Size = count - ended.Shown;
                continue;
            }
            if (++visits > 4L * maxNodes) return null;
            var child = ReadSubtree(guest, frame.Children + frame.Index * SubtreeSize);
            // The first child's padding is its parent's, which the parent's position already skipped.
            var start = frame.Index == 0 ? frame.Position : frame.Position + child.Padding;
            ushort alias = 0, field = 0;
            if (!child.IsExtra)
            {
                if (frame.Production > 0 && frame.Structural < tables.AliasLength) alias = tables.Aliases[frame.Production * tables.AliasLength + frame.Structural];
                var map = frame.Production < tables.Fields.Length ? tables.Fields[frame.Production] : null;
                if (map is not null && frame.Structural < map.Length) field = map[frame.Structural];
                if (field == 0 && frame.Hidden) field = frame.Field;
                frame.Structural++;
            }
            frame.Index++;
            frame.Position = start + child.Size;
            var shown = frame.Shown;
            var hidden = (child.Flags & Visible) == 0 && alias == 0;
            var self = shown;
            if (!hidden)
            {
                if (count >= maxNodes) return null;
                self = count;
                Add(ref nodes, ref count, child, alias, start, shown, field, tables, ref errors);
                if (frame.LastChild > 0) nodes[frame.LastChild].Next = self;
                frame.LastChild = self;
            }
            if (child.ChildCount == 0) continue;
            var previous = frame.LastChild;
            if (++depth == stack.Length) Array.Resize(ref stack, stack.Length * 2);
            stack[depth] = new Frame
            {
                Children = child.Children, Count = child.ChildCount, Production = child.Production, Position = start,
                Shown = self, Hidden = hidden, Field = hidden ? field : (ushort)0, LastChild = hidden ? previous : 0,
            };
        }
        nodes[0].Size = count;
        if (nodes.Length > count + count / 4) Array.Resize(ref nodes, count);
        return nodes;
    }

    private readonly record struct Subtree(
        ushort Symbol, byte Flags, bool IsMissing, uint Padding, uint Size, int ChildCount, int Children, int Production)
    {
        public bool IsExtra => (Flags & Extra) != 0;
    }

    private static Subtree ReadSubtree(ReadOnlySpan<byte> guest, int at)
    {
        var word = guest.Slice(at, 8);
        var first = word[0];
        if ((first & 1) != 0)
        {
            return new Subtree(word[1], first, (first & 32) != 0, word[6], word[7], 0, 0, 0);
        }
        var heap = BinaryPrimitives.ReadInt32LittleEndian(word);
        var data = guest.Slice(heap, 76);
        var children = BinaryPrimitives.ReadInt32LittleEndian(data[36..]);
        if (children < 0 || children > heap / SubtreeSize) throw new InvalidOperationException("the guest's tree is damaged");
        var bits = data[44];
        // Bits of heap data: visible 0, named 1, extra 2; shifted by one to match the inline form.
        return new Subtree(
            BinaryPrimitives.ReadUInt16LittleEndian(data[40..]), (byte)(bits << 1 & (Visible | Named | Extra)), (data[45] & 2) != 0,
            BinaryPrimitives.ReadUInt32LittleEndian(data[4..]), BinaryPrimitives.ReadUInt32LittleEndian(data[16..]),
            children, heap - children * SubtreeSize, children > 0 ? BinaryPrimitives.ReadUInt16LittleEndian(data[66..]) : 0);
    }

    private static void Add(
        ref FlatNode[] nodes, ref int count, in Subtree subtree, ushort alias, uint start, int parent, ushort field, LanguageTables tables, ref int errors)
    {
        if (count == nodes.Length) Array.Resize(ref nodes, nodes.Length * 2);
        var symbol = alias != 0 ? alias : subtree.Symbol;
        var flags = NodeFlags.None;
        ushort kind;
        if (symbol >= ErrorRepeat)
        {
            kind = GrammarSymbols.ErrorKind;
            flags |= NodeFlags.Error | NodeFlags.Named;
        }
        else
        {
            kind = tables.PublicIds[symbol];
            var named = alias != 0 ? (tables.Metadata[alias] & 2) != 0 : (subtree.Flags & Named) != 0;
            if (named) flags |= NodeFlags.Named;
        }
        if (subtree.IsExtra) flags |= NodeFlags.Extra;
        if (subtree.IsMissing) flags |= NodeFlags.Missing;
        if ((flags & (NodeFlags.Error | NodeFlags.Missing)) != 0) errors++;
        nodes[count++] = new FlatNode
        {
            Kind = kind, Field = field, Flags = flags, Start = (int)(start / 2), End = (int)((start + subtree.Size) / 2), Parent = parent, Next = 0, Size = 1,
        };
    }
}
