using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Regexes;

/// <summary>A part of a parsed pattern, with its place in the pattern.</summary>
internal abstract record RegexNode(Span Span);

internal sealed record SetNode(Span Span, CharacterSet Set) : RegexNode(Span);

internal sealed record SequenceNode(Span Span, IReadOnlyList<RegexNode> Items) : RegexNode(Span);

internal sealed record ChoiceNode(Span Span, IReadOnlyList<RegexNode> Items) : RegexNode(Span);

/// <summary>A repetition; <see cref="Max"/> is -1 when it has no upper bound.</summary>
internal sealed record RepeatNode(Span Span, RegexNode Item, int Min, int Max, bool Lazy) : RegexNode(Span);

internal sealed record GroupNode(Span Span, int Index, RegexNode Item) : RegexNode(Span);

internal sealed record LookNode(Span Span, RegexNode Item, bool Behind, bool Negative) : RegexNode(Span);

/// <summary>One of ^ $ b B.</summary>
internal sealed record AssertNode(Span Span, char Kind) : RegexNode(Span);

internal sealed record BackreferenceNode(Span Span, int Index) : RegexNode(Span);
