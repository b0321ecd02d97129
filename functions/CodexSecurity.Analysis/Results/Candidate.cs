namespace CodexSecurity.Analysis.Results;

/// <summary>A place in a file. Lines and columns are 1-based; columns count UTF-16 units; the end is exclusive.</summary>
public sealed record CodeLocation(string Path, int StartLine, int StartColumn, int EndLine, int EndColumn, int StartOffset, int EndOffset);

/// <summary>Detection output: a likely weakness, unproven.</summary>
/// <param name="RuleId">Id of the rule.</param>
/// <param name="Sink">The sink, or the root control of a check that needs no flow.</param>
/// <param name="FunctionName">Qualified name of the function that holds the sink (no file, no line).</param>
/// <param name="SinkExpression">Normalised source text of the sink: white space and comments folded, at most 200 characters.</param>
/// <param name="SinkCallable">Modelled name of the sink, such as <c>child_process.exec</c>; "" where none.</param>
/// <param name="SinkArgument">Argument of the sink that is tainted: 0-based, -1 for the receiver or a non-call.</param>
/// <param name="SourceKind">Kind of the source ("library-input", "http-request", "command-line", "message", "environment", "none").</param>
/// <param name="EntryPoint">Where the outsider comes in; null for a check without flow.</param>
/// <param name="Inputs">The attacker-controlled values that reach the sink, best first.</param>
/// <param name="Path">Steps from source to sink, in order; the last is the sink.</param>
/// <param name="SinkShape">How the sink's text is put together, where known.</param>
/// <param name="Conditions">What the code compares attacker-controlled values with on the way.</param>
/// <param name="Confidence">How sure the engine is; apart from severity.</param>
/// <param name="Message">One sentence for a person.</param>
/// <param name="Properties">Facts for later stages by key, see <see cref="CandidateProperties"/>.</param>
public sealed record Candidate(
    string RuleId,
    CodeLocation Sink,
    string FunctionName,
    string SinkExpression,
    string SinkCallable,
    int SinkArgument,
    string SourceKind,
    EntryPoint? EntryPoint,
    IReadOnlyList<TaintedInput> Inputs,
    IReadOnlyList<FlowStep> Path,
    IReadOnlyList<ShapePiece> SinkShape,
    IReadOnlyList<PathCondition> Conditions,
    Confidence Confidence,
    string Message,
    IReadOnlyDictionary<string, string> Properties)
{
    /// <summary>The same sink reached from other entry points, the best first, none of low confidence beside a surer one; without other ways of their own.</summary>
    public IReadOnlyList<Candidate> OtherWays { get; init; } = [];
}

/// <summary>Names of <see cref="Candidate.Properties"/>.</summary>
public static class CandidateProperties
{
    /// <summary>Pattern and flags of the regular expression of a ReDoS candidate.</summary>
    public const string RegexPattern = "regex.pattern", RegexFlags = "regex.flags", RegexLocation = "regex.location", RegexDegree = "regex.degree", RegexMethod = "regex.method";
    /// <summary>Keys by which a prototype is reached: "__proto__" or "constructor.prototype", comma-separated; and where the key comes from ("for-in", "split", "argument", "array").</summary>
    public const string PollutionKeys = "pollution.keys", PollutionKeySource = "pollution.keySource", PollutionWriteKey = "pollution.writeKey", PollutionValue = "pollution.value";
    /// <summary>How the sink interprets the text ("shell", "argv", "javascript", "vm", "sql", "path", "url", "html", "template").</summary>
    public const string SinkLanguage = "sink.language";
    /// <summary>Of a sink in a template, where in the page the value stands: "text" (it is not encoded), "script", "unquoted", "address" (it is encoded, which is not enough there).</summary>
    public const string TemplatePlace = "template.place";
    /// <summary>Where the sink was written, by the source map of the made file that holds it: "path:line:column". Put there by ingest, not by the engine.</summary>
    public const string WrittenAt = "written.at";
}

/// <summary>How sure the engine is.</summary>
public enum Confidence { Low, Medium, High }

/// <summary>One hop of a flow path.</summary>
/// <param name="Location">Where.</param>
/// <param name="Message">What happens, such as "joined into a string".</param>
public sealed record FlowStep(CodeLocation Location, string Message);

/// <summary>An attacker-controlled value.</summary>
/// <param name="Root">"arg0" … of the entry point, "this", "request", "argv", "env", "message", "exports".</param>
/// <param name="AccessPath">Fields below the root: ["options", "path"]; "[*]" an element, "{key}" a key of the object.</param>
/// <param name="Transformations">What was done to it on the way ("trim", "split", "toLowerCase", "JSON.parse"), in order.</param>
public sealed record TaintedInput(string Root, IReadOnlyList<string> AccessPath, IReadOnlyList<string> Transformations);

/// <summary>A piece of the text that reaches the sink: literal text, a hole filled by input number <paramref name="Input"/>, or unknown text (both null / -1).</summary>
public sealed record ShapePiece(string? Literal, int Input);

/// <summary>A comparison of an attacker-controlled value that lies on the way.</summary>
/// <param name="Root">As in <see cref="TaintedInput"/>.</param>
/// <param name="AccessPath">As in <see cref="TaintedInput"/>.</param>
/// <param name="Operator">"===", "!==", "typeof", "truthy", "falsy", "in", "matches", "startsWith", "endsWith", "instanceof", "calls" …</param>
/// <param name="Value">What it is compared with, or null.</param>
/// <param name="Holds">True where the path needs the comparison to hold.</param>
public sealed record PathCondition(string Root, IReadOnlyList<string> AccessPath, string Operator, string? Value, bool Holds);
