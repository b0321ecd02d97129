using System.Text.Json;
using System.Text.Json.Serialization;

namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>JSON of step inputs and outputs and of stored records: compact, enums by name, equal bytes for equal records.</summary>
public static class FlowJson
{
    /// <summary>The one set of options. Records are written by property order; dictionaries in their own order, so they have to be sorted ones.</summary>
    public static JsonSerializerOptions Options { get; } = Frozen();

    /// <summary>Longest input or output of a step, in UTF-16 units: it is kept in the run's history. Bulk goes by <c>ArtifactRef</c>.</summary>
    public const int MaxPayload = 64 * 1024;

    /// <summary>Writes an input or output of a step.</summary>
    /// <exception cref="StepRejectedException">Longer than <see cref="MaxPayload"/>.</exception>
    public static string WritePayload<T>(T value)
    {
        var json = Write(value);
        return json.Length <= MaxPayload ? json : throw new StepRejectedException($"a {typeof(T).Name} of {json.Length} characters is too long for a run's history: store it and pass its ArtifactRef");
    }

    /// <summary>Writes a value.</summary>
    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    /// <summary>Writes a value as UTF-8.</summary>
    public static byte[] WriteBytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    /// <summary>Reads a value that was written by <see cref="Write"/>.</summary>
    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options)!;

    /// <summary>Reads a value that was written by <see cref="WriteBytes"/>.</summary>
    public static T Read<T>(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize<T>(json, Options)!;

    private static JsonSerializerOptions Frozen()
    {
        var options = new JsonSerializerOptions { Converters = { new JsonStringEnumConverter() }, MaxDepth = 128 };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
