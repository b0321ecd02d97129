namespace CodexSecurity.Analysis.Interpretation;

/// <summary>
/// A symbol as a value: a constant that is no text. As the name of a field it can't be made up from outside, is not among the
/// keys of an object, and no other symbol is the same: one for each place where the program makes one.
/// </summary>
internal sealed class SymbolKey
{
    private const string Beginning = "<@";
    private static readonly string[] WellKnown = ["asyncIterator", "hasInstance", "isConcatSpreadable", "iterator", "match", "matchAll", "replace", "search", "species", "split", "toPrimitive", "toStringTag", "unscopables"];
    private static readonly Dictionary<string, SymbolKey> Language = WellKnown.ToDictionary(n => n, n => new SymbolKey(Beginning + "@" + n), StringComparer.Ordinal);

    private SymbolKey(string field) => Field = field;

    /// <summary>Name of the fields that go by it.</summary>
    public string Field { get; }

    /// <summary>The symbol of the language itself by that name ("iterator"), or null.</summary>
    public static SymbolKey? OfLanguage(string name) => Language.GetValueOrDefault(name);

    /// <summary>Whether fields of this name go by a symbol.</summary>
    public static bool Names(string field) => field.StartsWith(Beginning, StringComparison.Ordinal);

    /// <summary>The symbols of a program.</summary>
    internal sealed class Table
    {
        private readonly Dictionary<Place, SymbolKey> _made = [];
        private readonly Dictionary<string, SymbolKey> _named = new(StringComparer.Ordinal);
        private readonly Dictionary<string, int> _described = new(StringComparer.Ordinal);

        /// <summary>The symbol that is made at a place.</summary>
        /// <param name="description">What the program calls it.</param>
        public SymbolKey MadeAt(Place place, string description)
        {
            if (_made.TryGetValue(place, out var known)) return known;
            ref var number = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_described, description, out _);
            number++;
            return _made[place] = new SymbolKey(number == 1 ? $"{Beginning}{description}>" : $"{Beginning}{description}>{number}");
        }

        /// <summary>The symbol that all of a program share under a name: Symbol.for.</summary>
        public SymbolKey Shared(string name) => _named.TryGetValue(name, out var known) ? known : _named[name] = new SymbolKey($"{Beginning}for {name}>");
    }
}
