namespace CodexSecurity.Analysis.Interpretation;

/// <summary>Names of the language's own globals and members, and the helper functions that compilers write into their output.</summary>
internal static class Builtins
{
    private static readonly Dictionary<string, HashSet<string>> Members = new(StringComparer.Ordinal)
    {
        ["Array"] = Set("push pop shift unshift splice slice concat join reverse sort indexOf lastIndexOf includes find findIndex findLast findLastIndex filter map forEach some every reduce reduceRight flat flatMap fill keys values entries at copyWithin toString toSorted toReversed toSpliced with"),
        ["String"] = Set("charAt charCodeAt codePointAt concat endsWith includes indexOf lastIndexOf localeCompare match matchAll normalize padEnd padStart repeat replace replaceAll search slice split startsWith substr substring toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase toString trim trimEnd trimStart trimLeft trimRight valueOf at anchor link"),
        ["Function"] = Set("call apply bind toString"),
        ["RegExp"] = Set("test exec toString source flags lastIndex"),
        ["Promise"] = Set("then catch finally tap spread"),
        ["Iterator"] = Set("next return throw"),
        ["Map"] = Set("get set has delete clear forEach values keys entries"),
        ["Set"] = Set("add has delete clear forEach values keys entries"),
        ["Object"] = Set("hasOwnProperty isPrototypeOf propertyIsEnumerable toString toLocaleString valueOf __defineGetter__ __defineSetter__"),
    };

    private static readonly HashSet<string> Globals = Set("Object Array String Number Boolean Function RegExp Promise Map Set WeakMap WeakSet Symbol Date Math JSON Error TypeError RangeError SyntaxError EvalError ReferenceError URIError Proxy Reflect Buffer process console global globalThis require module exports setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape eval ArrayBuffer Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array Float64Array DataView BigInt URL URLSearchParams TextEncoder TextDecoder fetch Intl WebAssembly AbortController Infinity NaN structuredClone");
    private static readonly HashSet<string> Functions = Set("Object Array String Number Boolean Function RegExp Promise Map Set WeakMap WeakSet Symbol Date Error TypeError RangeError SyntaxError Proxy Buffer require setTimeout setInterval setImmediate clearTimeout parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI escape unescape eval ArrayBuffer Uint8Array BigInt URL URLSearchParams TextEncoder TextDecoder fetch queueMicrotask structuredClone");
    private static readonly HashSet<string> Browser = Set("window document navigator location self XMLHttpRequest HTMLElement Element importScripts WorkerGlobalScope Deno Bun jQuery $ angular YUI Meteor");

    public static bool IsMember(string type, string name) => Members.TryGetValue(type, out var all) && all.Contains(name);
    /// <summary>The path is that of a method which every value of a built-in type has.</summary>
    public static bool IsTypeMember(string path, string name) => path.Length > name.Length && path.EndsWith(name, StringComparison.Ordinal) && path[..^name.Length] switch
    {
        "Object.prototype." or "Array." or "String." or "Function." or "RegExp." or "Promise." or "Iterator." or "Map." or "Set." => true,
        // The prototype goes by the name of the type, as the type's own functions do.
        "Object." => IsMember("Object", name),
        _ => false,
    };

    public static bool IsGlobal(string name) => Globals.Contains(name) || name.StartsWith("process.", StringComparison.Ordinal);
    public static bool IsBrowserGlobal(string name) => Browser.Contains(name);
    public static bool IsFunction(string name) => Functions.Contains(name) || name.Contains('.', StringComparison.Ordinal);
    public static bool IsType(string name) => Members.ContainsKey(name) || Globals.Contains(name);

    /// <summary>Only this type has a method of that name.</summary>
    public static bool IsOnly(string type, string name) => Members[type].Contains(name) && Members.Count(m => m.Key is "Array" or "String" or "Function" or "RegExp" && m.Value.Contains(name)) == 1;

    /// <summary>The built-in method for a name on a value whose type is not known, or null.</summary>
    public static string? Shared(string name) => name switch
    {
        "toString" or "valueOf" or "toLocaleString" => "String.toString",
        "slice" or "concat" or "indexOf" or "lastIndexOf" or "includes" or "at" => "Any." + name,
        "hasOwnProperty" or "propertyIsEnumerable" or "isPrototypeOf" => "Object.prototype." + name,
        "keys" or "values" or "entries" or "next" or "find" or "with" or "normalize" or "link" or "anchor" or "search" or "match" or "return" or "throw" or "repeat" or "fill" or "source" or "flags" or "lastIndex" or "finally" => name is "match" or "search" or "normalize" or "repeat" ? "String." + name : null,
        _ when Members["String"].Contains(name) => "String." + name,
        _ when Members["Array"].Contains(name) => "Array." + name,
        _ when Members["Function"].Contains(name) => "Function." + name,
        "test" or "exec" => "RegExp." + name,
        "then" or "catch" => "Promise." + name,
        _ => null,
    };

    /// <summary>Names that an object has as the global one only: whoever hands it over hands over the language's own.</summary>
    public static bool IsLanguages(string name) => name is "Object" or "Function" or "Symbol" or "RegExp" or "TypeError" or "Reflect" or "Proxy" or "WeakMap" or "WeakSet" or "Uint8Array" or "ArrayBuffer";

    /// <summary>The value of a built-in type that a model names as a result, or null for an API type.</summary>
    public static AbstractValue? TypeValue(Interpreter interpreter, string type) => type switch
    {
        "string" or "String" => AbstractValue.AnyString,
        "number" or "Number" => AbstractValue.AnyNumber,
        "boolean" or "Boolean" => AbstractValue.AnyBoolean,
        "any" or "unknown" => AbstractValue.Unknown,
        "undefined" or "void" => AbstractValue.Undefined,
        "function" or "Function" or "next" => interpreter.External("next", null).Value,
        _ => null,
    };

    /// <summary>Functions that compilers write into their output are recognised by their names; running their bodies would lose what they do.</summary>
    public static NativeFunction? Helper(HeapObject function) => function.Code?.Name switch
    {
        "__awaiter" => Natives.Helpers.Awaiter,
        "__async" => Natives.Helpers.Async,
        "__export" when function.Code.Parameters.Count == 2 => Natives.BundlerHelpers.Export,
        "__toCommonJS" or "__markAsModule" => Natives.BundlerHelpers.Marking,
        "__copyProps" or "__reExport" => Natives.BundlerHelpers.Copy,
        "__commonJS" => Natives.BundlerHelpers.Module,
        "__decorate" or "__decorateClass" or "_ts_decorate" => Natives.Controllers.Decorate,
        "__param" or "__decorateParam" or "_ts_param" => Natives.Controllers.Parameter,
        "__metadata" or "_ts_metadata" => Natives.Controllers.Metadata,
        "__generator" or "_ts_generator" => Natives.Helpers.Generator,
        "_asyncToGenerator" or "asyncToGenerator" or "_async_to_generator" => Natives.Helpers.AsyncToGenerator,
        "_interopRequireDefault" or "_interop_require_default" or "_interop_require_wildcard" or "_interopRequireWildcard" or "_interopDefault" or "__importDefault" or "__importStar" or "_interopDefaultLegacy" or "_interopNamespace" or "__toESM" or "__toModule" => Natives.Helpers.Interop,
        "_toConsumableArray" or "_to_consumable_array" or "_sliced_to_array" or "_to_array" or "_slicedToArray" or "_toArray" or "__read" => Natives.Helpers.Same,
        "_classCallCheck" or "_possibleConstructorReturn" => null,
        "_createClass" or "_defineProperties" => null,
        "_defineProperty" or "_define_property" => Natives.Helpers.DefineProperty,
        "__defNormalProp" or "__publicField" => Natives.Helpers.DefineProperty,
        "__classPrivateFieldGet" => Natives.Helpers.PrivateField,
        "__classPrivateFieldSet" => Natives.Helpers.SetPrivateField,
        "_objectSpread" or "_object_spread" or "_object_spread_props" or "_objectSpread2" or "_extends" or "__assign" or "__spreadValues" or "__spreadProps" => Natives.Helpers.Assign,
        _ => null,
    };

    private static HashSet<string> Set(string names) => new(names.Split(' '), StringComparer.Ordinal);
}
