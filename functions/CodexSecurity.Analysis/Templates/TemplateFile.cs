using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>A place where a template puts a value into the page as it is.</summary>
/// <param name="Start">First UTF-16 offset of what is written there, with its marks.</param>
/// <param name="End">Offset behind it.</param>
/// <param name="Values">Which values may stand there: paths below what the template is handed; <see cref="AnyElement"/> is any element of a list.</param>
internal sealed record RawOutput(int Start, int End, IReadOnlyList<IReadOnlyList<string>> Values)
{
    /// <summary>Any element.</summary>
    public const string AnyElement = "[*]";
}

/// <summary>What is known of a template.</summary>
/// <param name="File">Its text.</param>
/// <param name="Outputs">What it writes without encoding, in the order of the text.</param>
/// <param name="Parts">Names of templates that it takes in or is put into, with the same values.</param>
internal sealed record TemplateFile(SourceFile File, IReadOnlyList<RawOutput> Outputs, IReadOnlyList<string> Parts);
