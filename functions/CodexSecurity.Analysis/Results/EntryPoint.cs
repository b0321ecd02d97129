namespace CodexSecurity.Analysis.Results;

/// <summary>Kinds of entry points.</summary>
public enum EntryPointKind { LibraryExport, HttpRoute, HttpServer, CommandLine, MessageHandler, ModuleLoad, PageScript }

/// <summary>A function that an outsider can trigger, and how.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Location">Where it is defined.</param>
/// <param name="FunctionName">Qualified name of the function.</param>
/// <param name="ModulePath">File that has to be loaded to reach it.</param>
/// <param name="Access">How to get from the module's exports to the function (library exports): see <see cref="AccessSegment"/>.</param>
/// <param name="Parameters">Shape of each parameter, learned from how the code uses it.</param>
/// <param name="ConstructorParameters">Shapes of the constructor's parameters where <see cref="Access"/> constructs an object.</param>
/// <param name="HttpMethod">HTTP method in capitals or "*"; null for others.</param>
/// <param name="Route">HTTP route pattern ("/users/:id") or null.</param>
/// <param name="Framework">"express", "koa", "fastify", "nest", "http", "bin" or "".</param>
/// <param name="IsAsync">Returns a promise.</param>
/// <param name="Guards">Names of middleware / decorators that stand before it (authentication and the like).</param>
public sealed record EntryPoint(
    EntryPointKind Kind,
    CodeLocation Location,
    string FunctionName,
    string ModulePath,
    IReadOnlyList<AccessSegment> Access,
    IReadOnlyList<ValueShape> Parameters,
    IReadOnlyList<ValueShape> ConstructorParameters,
    string? HttpMethod,
    string? Route,
    string Framework,
    bool IsAsync,
    IReadOnlyList<string> Guards);

/// <summary>One step from a module's exports to a function.</summary>
/// <param name="Kind">Property read, construction with <c>new</c>, or call of a factory.</param>
/// <param name="Name">The property; "" otherwise.</param>
/// <param name="Arguments">For New and Call: the shapes of what has to be passed.</param>
public sealed record AccessSegment(AccessKind Kind, string Name, IReadOnlyList<ValueShape> Arguments);

/// <summary>Kinds of <see cref="AccessSegment"/>.</summary>
public enum AccessKind { Property, New, Call }

/// <summary>What the code expects of a value: learned from reads, calls, comparisons and operators.</summary>
/// <param name="Name">Parameter or property name.</param>
/// <param name="Types">Used as: "string", "number", "boolean", "object", "array", "function", "regexp", "promise", "stream", "buffer"; empty = unknown.</param>
/// <param name="Properties">Properties read from it, by name.</param>
/// <param name="Element">Shape of its elements, where iterated or indexed.</param>
/// <param name="CallbackParameters">Where it is called: shapes of what it is passed (only their number counts).</param>
/// <param name="Literals">Literals that it is compared with.</param>
/// <param name="Optional">Has a default, or is tested before use.</param>
public sealed record ValueShape(
    string Name,
    IReadOnlyList<string> Types,
    IReadOnlyList<ValueShape> Properties,
    ValueShape? Element,
    int CallbackParameters,
    IReadOnlyList<string> Literals,
    bool Optional)
{
    /// <summary>A shape about which nothing is known.</summary>
    public static ValueShape Unknown(string name) => new(name, [], [], null, -1, [], false);
}
