using System.Text.RegularExpressions;

namespace CodexSecurity.Pipeline.Remediation.Gates;

/// <summary>
/// Compares what the control showed before and after. What already differs between two rounds of the unpatched state (numbers, such as process ids and
/// times) is left out; so is the way a message of a failed command writes the command's quotes.
/// </summary>
internal static partial class Observables
{
    /// <summary>Whether the same was shown; null where the unpatched state does not show the same twice.</summary>
    public static bool? Same(IReadOnlyList<string> before, string after)
    {
        var first = Fold(before[0]);
        if (before.All(b => Fold(b) == first)) return Fold(after) == first;
        first = Numbers().Replace(first, "0");
        if (!before.All(b => Numbers().Replace(Fold(b), "0") == first)) return null;
        return Numbers().Replace(Fold(after), "0") == first;
    }

    /// <summary>Whether nothing but numbers tells what was shown from what the unpatched state showed twice: it may be what changes by itself in the meantime.</summary>
    public static bool InNumbersOnly(IReadOnlyList<string> before, string after) => Same(before, after) == false && Numbers().Replace(Fold(before[0]), "0") == Numbers().Replace(Fold(after), "0");

    // "Command failed: ls 'benign'" and "Command failed: ls benign" are one failure of one command.
    private static string Fold(string text) => Failed().Replace(text, m => Quotes().Replace(m.Value, ""));

    [GeneratedRegex(@"Command failed: (?:[^""\\\n]|\\.)*")]
    private static partial Regex Failed();

    [GeneratedRegex(@"\\?[""'`]|\\\\")]
    private static partial Regex Quotes();

    // With what separates numbers in the tables and progress lines of programs, whose rows are as many as there was time for.
    [GeneratedRegex(@"\d(?:[\d\s.:%-]|\\[nrt])*", RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();
}
