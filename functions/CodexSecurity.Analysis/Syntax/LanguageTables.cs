using Wasmtime;

namespace CodexSecurity.Analysis.Syntax;

/// <summary>
/// A grammar's tables, copied out of the guest once: names, visibility, aliases and fields. The layout is that of
/// TSLanguage (tree-sitter 0.27, language ABI 13 to 15, 32-bit); a test compares the result with the core's cursor.
/// </summary>
internal sealed class LanguageTables
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Grammar, GrammarSymbols> Shared = [];

    public required GrammarSymbols Symbols { get; init; }

    /// <summary>By symbol: bit 0 visible, bit 1 named.</summary>
    public required byte[] Metadata { get; init; }

    /// <summary>By symbol: the id under which it is shown.</summary>
    public required ushort[] PublicIds { get; init; }

    /// <summary>By production × <see cref="AliasLength"/> + child: alias symbol, or 0.</summary>
    public required ushort[] Aliases { get; init; }

    public required int AliasLength { get; init; }

    /// <summary>By production: field of each structural child (null where the production has none).</summary>
    public required ushort[]?[] Fields { get; init; }

    public static LanguageTables Read(Grammar grammar, Memory memory, Instance core, int language)
    {
        int At(int offset) => memory.ReadInt32(language + offset);
        var (symbols, aliases, productions, fieldCount) = (At(4), At(8), At(28), At(32));
        var aliasLength = (ushort)memory.ReadInt16(language + 36);
        var all = symbols + aliases;
        var metadata = new byte[all];
        var publicIds = new ushort[all];
        var name = core.GetFunction<int, int, int>("ts_language_symbol_name")!;
        for (var i = 0; i < all; i++)
        {
            metadata[i] = (byte)((memory.ReadByte(At(72) + i * 3) != 0 ? 1 : 0) | (memory.ReadByte(At(72) + i * 3 + 1) != 0 ? 2 : 0));
            publicIds[i] = (ushort)memory.ReadInt16(At(76) + i * 2);
        }
        var aliasTable = new ushort[productions * aliasLength];
        for (var i = 0; i < aliasTable.Length; i++) aliasTable[i] = (ushort)memory.ReadInt16(At(84) + i * 2);
        return new LanguageTables
        {
            Symbols = Names(grammar, memory, name, language, all, metadata, publicIds, fieldCount, At(60)),
            Metadata = metadata,
            PublicIds = publicIds,
            Aliases = aliasTable,
            AliasLength = aliasLength,
            Fields = ReadFields(memory, fieldCount, productions, At(64), At(68)),
        };
    }

    private static ushort[]?[] ReadFields(Memory memory, int fieldCount, int productions, int slices, int entries)
    {
        var fields = new ushort[]?[productions];
        if (fieldCount == 0) return fields;
        for (var production = 0; production < productions; production++)
        {
            var index = (ushort)memory.ReadInt16(slices + production * 4);
            var length = (ushort)memory.ReadInt16(slices + production * 4 + 2);
            for (var i = 0; i < length; i++)
            {
                var entry = entries + (index + i) * 4;
                if (memory.ReadByte(entry + 3) != 0) continue;
                var child = memory.ReadByte(entry + 2);
                var map = fields[production] ??= new ushort[child + 1];
                if (map.Length <= child) Array.Resize(ref map, child + 1);
                // The first entry wins, as in ts_tree_cursor_current_field_id.
                if (map[child] == 0) map[child] = (ushort)memory.ReadInt16(entry);
                fields[production] = map;
            }
        }
        return fields;
    }

    private static GrammarSymbols Names(
        Grammar grammar, Memory memory, Func<int, int, int> name, int language, int all, byte[] metadata, ushort[] publicIds, int fieldCount, int fieldNames)
    {
        lock (Gate)
        {
            if (Shared.TryGetValue(grammar, out var known)) return known;
            var kinds = new string[all];
            var named = new bool[all];
            for (var i = 0; i < all; i++)
            {
                kinds[i] = string.Intern(memory.ReadNullTerminatedString(name(language, i)));
                named[i] = (metadata[i] & 2) != 0;
            }
            var fields = new string?[fieldCount + 1];
            for (var i = 1; i <= fieldCount; i++) fields[i] = string.Intern(memory.ReadNullTerminatedString(memory.ReadInt32(fieldNames + i * 4)));
            return Shared[grammar] = new GrammarSymbols(grammar, kinds, named, publicIds, fields);
        }
    }
}
