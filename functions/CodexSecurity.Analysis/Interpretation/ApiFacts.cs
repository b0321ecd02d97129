using CodexSecurity.Analysis.Models;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What is known of an API and does not change while a program runs: looked up once for each external object.</summary>
internal sealed class ApiFacts
{
    /// <summary>Reads of its properties, by name.</summary>
    public Dictionary<string, ApiRead> Reads { get; } = new(StringComparer.Ordinal);
    /// <summary>Writes of its properties, by name: the path, the sink that it is (null: none), and whether it says an answer's type.</summary>
    public Dictionary<string, (string Path, SinkModel? Sink, bool IsAnswerType)> Writes => _writes ??= new(StringComparer.Ordinal);
    private Dictionary<string, (string Path, SinkModel? Sink, bool IsAnswerType)>? _writes;
    /// <summary>Where handlers leave values for others, see <see cref="RequestState"/>; null until asked for.</summary>
    public HeapObject? Left { get; set; }
}

/// <summary>A property of an API: a source, or a value.</summary>
/// <param name="Path">Its api path.</param>
/// <param name="Source">The source that it is, or null.</param>
/// <param name="Value">Its value where it is none.</param>
/// <param name="WithElements">What was written under unknown keys may be read here.</param>
/// <param name="MayBeLeft">Another handler of the request may have put something there, see <see cref="RequestState"/>.</param>
internal sealed record ApiRead(string Path, SourceModel? Source, AbstractValue Value, bool WithElements, bool MayBeLeft = false);

/// <summary>A call of an API: what its path leads to.</summary>
/// <param name="Path">The path under which it is modelled.</param>
/// <param name="Model">Its model, or null.</param>
/// <param name="Native">Its built-in semantics, or null.</param>
internal sealed record ApiCall(string Path, CallableModel? Model, NativeFunction? Native)
{
    /// <summary>What it is called where it is reported: a constructor by its own name, not by its type's.</summary>
    public string Shown { get; init; } = Path;

    /// <summary>Nothing is known of it, and its name doesn't say that it is of a promise.</summary>
    public bool IsUnknown { get; } = Model is null && Native is null && PromiseMethod(Path) is null;

    /// <summary>The method of a promise that a path ends with, or null.</summary>
    public static string? PromiseMethod(string path) =>
        path.EndsWith(".then", StringComparison.Ordinal) ? "then" : path.EndsWith(".catch", StringComparison.Ordinal) ? "catch" : path.EndsWith(".finally", StringComparison.Ordinal) ? "finally" : null;

    /// <summary>Path of what it returns, where neither model nor semantics say; made on first use.</summary>
    public string? ReturnPath { get; set; }
    /// <summary>Path of what it constructs; made on first use.</summary>
    public string? NewPath { get; set; }
}
