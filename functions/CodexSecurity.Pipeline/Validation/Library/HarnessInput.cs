using System.Text.Json;
using System.Text.Json.Serialization;
using CodexSecurity.Pipeline.Validation.Evidence;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>What the harness is told (input.json). Member names are those of Harness/harness.js.</summary>
public sealed record HarnessInput
{
    public required string Module { get; init; }
    public required string Nonce { get; init; }
    public IReadOnlyList<HarnessStep> Access { get; init; } = [];
    public IReadOnlyList<HarnessCase> Cases { get; init; } = [];

    /// <summary>Names of exported functions that are called first, without arguments.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>Called with <c>new</c>.</summary>
    public bool Construct { get; init; }

    /// <summary>Milliseconds after which synchronous code of one case is stopped; 0 = never.</summary>
    public int Timeout { get; init; } = 1500;

    /// <summary>Milliseconds a case waits for its promise or callback.</summary>
    public int Wait { get; init; } = 60;

    /// <summary>Milliseconds for what is still on its way after the last case.</summary>
    public int Drain { get; init; } = 1500;

    /// <summary>Use results as a caller would: make text of them, call their functions.</summary>
    public bool Touch { get; init; }

    /// <summary>Call a function that comes back, with a fresh object and a text.</summary>
    public bool Give { get; init; }

    /// <summary>Make a file of the name of each text of a call, and what tells a project's folder, before it.</summary>
    public bool Present { get; init; }

    /// <summary>Name of a global function that starts the program of that name.</summary>
    public string? Beacon { get; init; }

    public IReadOnlyList<string> Globals { get; init; } = [];

    /// <summary>Cases with a changed prototype after which the rest is left out; 0 = never.</summary>
    public int Enough { get; init; }

    public HarnessGrowth? Growth { get; init; }

    /// <summary>Say which functions the module offers.</summary>
    public bool List { get; init; }

    /// <summary>Keep from where the global function <see cref="Beacon"/> was called; without one, from where the property of a case was written to the prototype of all objects.</summary>
    public bool Stacks { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, s_options);

    private static readonly JsonSerializerOptions s_options = new(EvidenceJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <summary>A step to the function: kind "property", "new" or "call".</summary>
public sealed record HarnessStep(string Kind, string Name, IReadOnlyList<JsValue> Args);

/// <summary>One call.</summary>
/// <param name="Tag">Tells the payloads apart: letters and digits.</param>
/// <param name="Args">Arguments.</param>
/// <param name="Access">Other access than the input's, where the payload sits in it.</param>
/// <param name="Sizes">Sizes to explore, ascending; null outside exploration.</param>
/// <param name="Timeout">Milliseconds after which synchronous code is stopped; null for the input's.</param>
/// <param name="Feed">What is written to a stream that comes back; null: something harmless.</param>
public sealed record HarnessCase(string Tag, IReadOnlyList<JsValue> Args, IReadOnlyList<HarnessStep>? Access = null, IReadOnlyList<int>? Sizes = null, int? Timeout = null, JsValue? Feed = null)
{
    /// <summary>The case of a placed call.</summary>
    public static HarnessCase Of(string tag, PlacedCall call) => new(tag, call.Args, call.Access, Feed: call.Feed);
}

/// <summary>Exploration of growth: stop a series above <paramref name="Floor"/> ms of CPU, and everything after <paramref name="Total"/> ms.</summary>
/// <param name="Floor">Milliseconds.</param>
/// <param name="Total">Milliseconds.</param>
/// <param name="Expression">Source of the regular expression whose own time counts; null: all time does.</param>
/// <param name="Share">Part of a call's time that has to go into it.</param>
public sealed record HarnessGrowth(int Floor, int Total, string? Expression = null, double Share = 0);
