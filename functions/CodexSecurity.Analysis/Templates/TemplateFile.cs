using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>Where in a page a value stands.</summary>
internal enum OutputPlace
{
    /// <summary>Between tags or in a quoted attribute: encoding for HTML is enough.</summary>
    Text,

    /// <summary>In a script, outside of quotes: encoding for HTML is no help.</summary>
    Script,

    /// <summary>An attribute's value without quotes: a space ends it.</summary>
    Unquoted,

    /// <summary>The beginning of an address that a click or a frame follows: it may be a script's.</summary>
    Address,
}

/// <summary>A place where a template puts a value into the page so that it may become markup or a script.</summary>
/// <param name="Start">First UTF-16 offset of what is written there, with its marks.</param>
/// <param name="End">Offset behind it.</param>
/// <param name="Values">Which values may stand there: paths below what the template is handed; <see cref="AnyElement"/> is any element of a list.</param>
/// <param name="At">Where it stands; other than in <see cref="OutputPlace.Text"/> it may be encoded for HTML.</param>
internal sealed record RawOutput(int Start, int End, IReadOnlyList<IReadOnlyList<string>> Values, OutputPlace At)
{
    /// <summary>Any element.</summary>
    public const string AnyElement = "[*]";
}

/// <summary>What is known of a template.</summary>
/// <param name="File">Its text.</param>
/// <param name="Outputs">What it writes without encoding, in the order of the text.</param>
/// <param name="Parts">Names of templates that it takes in or is put into, with the same values.</param>
internal sealed record TemplateFile(SourceFile File, IReadOnlyList<RawOutput> Outputs, IReadOnlyList<string> Parts)
{
    /// <summary>More outputs of one template are not looked at.</summary>
    public const int MostOutputs = 1000;

    /// <summary>It has more outputs than are looked at.</summary>
    public bool IsCut { get; init; }
}
