namespace CodexSecurity.Analysis.Syntax;

/// <summary>Bounds of one parse. Work is counted, not timed, so that results repeat.</summary>
/// <param name="MaxChars">Longest text, in UTF-16 units.</param>
/// <param name="MaxNodes">Most nodes of a tree.</param>
/// <param name="CharsPerChar">Text units the lexer may ask for, per unit of the text (comment openers are read again and again).</param>
/// <param name="StepsPerKiloChar">Progress calls (100 parse operations each) per 1,024 units of text.</param>
public sealed record ParseLimits(int MaxChars = 2 * 1024 * 1024, int MaxNodes = 8_000_000, int CharsPerChar = 48, int StepsPerKiloChar = 400)
{
    /// <summary>The default bounds.</summary>
    public static ParseLimits Default { get; } = new();
}

/// <summary>Why a text could not be parsed.</summary>
public enum ParseFailure { None, TooLarge, StepLimit, MemoryLimit, NodeLimit, Trap }

/// <summary>A tree, or why there is none.</summary>
/// <param name="Tree">The tree; null on failure. It may hold error nodes.</param>
/// <param name="Failure">Why there is none.</param>
/// <param name="Message">One sentence.</param>
public sealed record ParseResult(SyntaxTree? Tree, ParseFailure Failure, string Message)
{
    internal static ParseResult Fail(ParseFailure failure, string message) => new(null, failure, message);
}
