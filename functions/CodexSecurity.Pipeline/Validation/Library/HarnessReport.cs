using System.Text.Json;
using System.Text.Json.Serialization;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>What the harness reported. It comes from the sandbox: read with care, never trusted for anything but hints and nonce-bound effects.</summary>
public sealed record HarnessReport
{
    public bool Loaded { get; init; }
    public HarnessError? LoadError { get; init; }
    public IReadOnlyList<HarnessResult> Cases { get; init; } = [];
    public IReadOnlyList<HarnessError> Stray { get; init; } = [];
    public JsonElement Observable { get; init; }

    /// <summary>Functions that the module offers: "name", "group.name", "new Class.method", "" for itself.</summary>
    public IReadOnlyList<string> Ways { get; init; } = [];

    /// <summary>From where evaluated code was called, or the prototype of all objects was written, by tag.</summary>
    public IReadOnlyDictionary<string, string> Stacks { get; init; } = new Dictionary<string, string>();

    /// <summary>The report of a run, or null where there is none that can be read.</summary>
    public static HarnessReport? Of(ProofRun run)
    {
        if (run.Output("/out/result.json") is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize<HarnessReport>(text, s_options) is { } report && report.IsWhole ? report : null;
        }
        catch (JsonException)
        {
            return null; // cut, or written by the project
        }
    }

    // What the options do not see to: elements that are nothing, and errors without their texts.
    private bool IsWhole => Ways.All(w => w is not null) && Stacks.Values.All(s => s is not null) && Cases.All(c => c is not null && IsText(c.Error) && c.Polluted.All(p => p is { Prototype: not null, Key: not null }))
        && Stray.All(e => e is not null && IsText(e)) && IsText(LoadError);

    private static bool IsText(HarnessError? error) => error is null or { Name: not null, Message: not null, Stack: not null, Code: not null };

    private static readonly JsonSerializerOptions s_options = new(EvidenceJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip, RespectRequiredConstructorParameters = false, RespectNullableAnnotations = true };
}

/// <summary>One call's outcome.</summary>
public sealed record HarnessResult
{
    public string Tag { get; init; } = "";

    /// <summary>"access", "call", "promise" or "done".</summary>
    public string Stage { get; init; } = "";
    public double Cpu { get; init; }
    public int Size { get; init; }

    /// <summary>Milliseconds of CPU time within the expression that was looked at.</summary>
    public double Matched { get; init; }

    /// <summary>Characters of the longest text that it read.</summary>
    public int Longest { get; init; }
    public HarnessError? Error { get; init; }
    public JsonElement Value { get; init; }
    public JsonElement Callbacks { get; init; }
    public IReadOnlyList<HarnessPollution> Polluted { get; init; } = [];

    /// <summary>The error that a promise was broken with, or that a callback was given first; null: none.</summary>
    public HarnessError? Refusal => Stage == "promise" ? Error : Called(Callbacks);

    private static HarnessError? Called(JsonElement calls)
    {
        if (calls.ValueKind != JsonValueKind.Array || calls.GetArrayLength() == 0 || calls[0] is not { ValueKind: JsonValueKind.Array } first || first.GetArrayLength() == 0) return null;
        if (first[0] is not { ValueKind: JsonValueKind.Object } error || !error.TryGetProperty("error", out var name) || !error.TryGetProperty("message", out var message)) return null;
        return name.ValueKind == JsonValueKind.String && message.ValueKind == JsonValueKind.String ? new HarnessError(name.GetString()!, message.GetString()!, "", "") : null;
    }
}

/// <summary>An exception.</summary>
public sealed record HarnessError(string Name, string Message, string Stack, string Code);

/// <summary>A key that a fresh object has.</summary>
public sealed record HarnessPollution(string Prototype, string Key);
