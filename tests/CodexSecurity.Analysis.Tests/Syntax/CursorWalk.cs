using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Analysis.Tests.Syntax;

/// <summary>Reads a tree by the core's exported cursor: slow, and independent of the memory layout that the fast reader knows.</summary>
internal static class CursorWalk
{
    internal readonly record struct Seen(ushort Kind, ushort Field, bool Named, int Start, int End);

    public static List<Seen> Read(ParserStore store, int tree)
    {
        var (core, memory) = (store.Core, store.Memory);
        var transfer = core.GetFunction<int>("ts_init")!();
        core.GetAction<int>("ts_tree_root_node_wasm")!(tree);
        var cursorNew = core.GetAction<int>("ts_tree_cursor_new_wasm")!;
        cursorNew(tree);
        // The cursor is four words in the transfer buffer; the exports read it from there and write it back.
        int Call(string name) => core.GetFunction<int, int>(name)!(tree);
        var seen = new List<Seen>();
        while (true)
        {
            var kind = Call("ts_tree_cursor_current_node_type_id_wasm");
            seen.Add(new Seen(
                (ushort)kind, (ushort)Call("ts_tree_cursor_current_field_id_wasm"), Call("ts_tree_cursor_current_node_is_named_wasm") != 0,
                Call("ts_tree_cursor_start_index_wasm"), Call("ts_tree_cursor_end_index_wasm")));
            if (Call("ts_tree_cursor_goto_first_child_wasm") != 0) continue;
            while (Call("ts_tree_cursor_goto_next_sibling_wasm") == 0)
            {
                if (Call("ts_tree_cursor_goto_parent_wasm") == 0) return seen;
            }
        }
    }
}
