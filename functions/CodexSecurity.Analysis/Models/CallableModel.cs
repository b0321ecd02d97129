namespace CodexSecurity.Analysis.Models;

/// <summary>
/// A condition on a call. "truthy", "present", "equals", "in", "matches", "begins" and "known-type" hold only where some value that the
/// engine knows satisfies them; "missing" where the call surely has no such argument; "falsy", "absent", "type" and "may-begin" hold unless every value is known to be otherwise.
/// </summary>
/// <param name="Port">What is tested.</param>
/// <param name="Test">One of the above. Types are typeof names or "array"; "matches" takes .NET regular expressions without backtracking; "begins" is true of text that is put together as well, white space aside; "may-begin" of text whose begin is not known as well.</param>
/// <param name="Values">Operands of equals, in, matches, begins, may-begin, type, known-type: one of them suffices.</param>
public sealed record ModelCondition(PortPath Port, string Test, IReadOnlyList<string> Values);

/// <summary>A port where tainted input is dangerous.</summary>
/// <param name="Input">The port.</param>
/// <param name="Kind">One kind.</param>
/// <param name="Language">How the text is interpreted: "shell", "argv", "javascript", "vm", "sql", "path", "url", "html" …</param>
/// <param name="When">Holds only then; null always.</param>
/// <param name="Rule">Rule that reports it; "" = the rule of the kind.</param>
public sealed record SinkModel(PortPath Input, TaintKinds Kind, string Language, ModelCondition? When, string Rule);

/// <summary>Taint goes from some ports to another.</summary>
/// <param name="From">Where from.</param>
/// <param name="To">Where to.</param>
/// <param name="Transformation">What is done to the text ("trim", "split", "join"); "" where nothing that matters.</param>
public sealed record PropagatorModel(IReadOnlyList<PortPath> From, PortPath To, string Transformation);

/// <summary>The labels of the arguments (and the receiver) flow to the port without some kinds.</summary>
/// <param name="Output">Usually "return".</param>
/// <param name="Removes">Kinds that are removed.</param>
public sealed record SanitizerModel(PortPath Output, TaintKinds Removes);

/// <summary>A test of a value.</summary>
/// <param name="Input">What is tested.</param>
/// <param name="When">Result for which the value is safe (truthy or falsy).</param>
/// <param name="Removes">Kinds that are removed then.</param>
/// <param name="ByReturn">The call throws unless the value is safe: returning is enough.</param>
public sealed record GuardModel(PortPath Input, bool When, TaintKinds Removes, bool ByReturn);

/// <summary>Attacker-influenced data enters.</summary>
/// <param name="Output">Where; "return" for a property read.</param>
/// <param name="SourceKind">"http-request", "command-line", "message", "environment", "file-content", "stored".</param>
/// <param name="Root">Root of <see cref="Results.TaintedInput"/>: "request", "argv", "env", "message", "file", "record" (what a database found: an object or a list of them), "stored".</param>
/// <param name="AccessPath">Path below the root.</param>
/// <param name="When">Of a call: holds only then; null always.</param>
/// <param name="Harmless">Kinds that it is not dangerous for.</param>
public sealed record SourceModel(PortPath Output, string SourceKind, string Root, IReadOnlyList<string> AccessPath, ModelCondition? When = null, TaintKinds Harmless = TaintKinds.None);

/// <summary>An argument is called back.</summary>
/// <param name="Callback">Which.</param>
/// <param name="Passes">With what.</param>
/// <param name="Async">After the call has returned.</param>
/// <param name="ThisValue">Its receiver, or null.</param>
/// <param name="When">Holds only then (such as the name of an event); null always.</param>
public sealed record CallbackModel(PortPath Callback, IReadOnlyList<CallbackArgument> Passes, bool Async, PortPath? ThisValue, ModelCondition? When = null);

/// <summary>One argument that a callback gets.</summary>
/// <param name="From">A port of the call that is passed on.</param>
/// <param name="Type">Api path of its type.</param>
/// <param name="SourceKind">Where it is a source: the kind.</param>
/// <param name="SourceRoot">Where it is a source: the root.</param>
/// <param name="IsError">It is the error of a Node-style callback.</param>
/// <param name="IsAnswer">It is what the server at the address in <paramref name="From"/> answers.</param>
public sealed record CallbackArgument(PortPath? From, string? Type, string? SourceKind, string? SourceRoot, bool IsError, bool IsAnswer = false);

/// <summary>A template is filled in.</summary>
/// <param name="Name">Its name or path.</param>
/// <param name="Data">The values that it is handed, by name.</param>
/// <param name="TakesOptions">The engine finds its own options among the values.</param>
public sealed record ViewModel(PortPath Name, PortPath Data, bool TakesOptions);

/// <summary>The call says of what type the answer is that the program gives.</summary>
/// <param name="Type">The type, as text; null where it stands among headers.</param>
/// <param name="Headers">An object with the names and values of headers; null where the type is given by itself.</param>
/// <param name="When">Holds only then; null always.</param>
public sealed record AnswerModel(PortPath? Type, PortPath? Headers, ModelCondition? When);

/// <summary>The call is a fact of the code, see <see cref="Results.CodeFact"/>.</summary>
public sealed record FactModel(string Kind, string Detail);

/// <summary>All that is known of one callable. Frozen.</summary>
public sealed class CallableModel
{
    /// <summary>Its api path.</summary>
    public required string Callable { get; init; }
    /// <summary>Dangerous inputs.</summary>
    public IReadOnlyList<SinkModel> Sinks { get; init; } = [];
    /// <summary>Flows through it.</summary>
    public IReadOnlyList<PropagatorModel> Propagators { get; init; } = [];
    /// <summary>What it makes safe.</summary>
    public IReadOnlyList<SanitizerModel> Sanitizers { get; init; } = [];
    /// <summary>What it tests.</summary>
    public IReadOnlyList<GuardModel> Guards { get; init; } = [];
    /// <summary>What it brings in.</summary>
    public IReadOnlyList<SourceModel> Sources { get; init; } = [];
    /// <summary>What it calls back.</summary>
    public IReadOnlyList<CallbackModel> Callbacks { get; init; } = [];
    /// <summary>Api path of the returned (or constructed) type, where there is one.</summary>
    public string? ReturnType { get; init; }
    /// <summary>The template that it fills in, where it is one that the program has.</summary>
    public ViewModel? View { get; init; }
    /// <summary>What it says of the answer's type.</summary>
    public IReadOnlyList<AnswerModel> Answers { get; init; } = [];
    /// <summary>Fact to record, where there is one.</summary>
    public FactModel? Fact { get; init; }
    /// <summary>Reviewed: it neither propagates nor matters otherwise.</summary>
    public bool IsNeutral { get; init; }
    /// <summary>Nothing is said of what it does with what it is given; of what it gives, at most the type.</summary>
    public bool DoesNothing => Sinks.Count == 0 && Propagators.Count == 0 && Sanitizers.Count == 0 && Guards.Count == 0 && Sources.Count == 0 && Callbacks.Count == 0;
    /// <summary>What it returns comes in a promise (<see cref="ReturnType"/> and sources are those of the promised value).</summary>
    public bool ReturnsPromise { get; init; }
    /// <summary>Name of the C# semantics that replaces the data here, where there is one.</summary>
    public string? SemanticsName { get; init; }
}
