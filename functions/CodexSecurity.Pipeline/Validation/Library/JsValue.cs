using System.Text.Json.Serialization;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A JavaScript value as a plan holds it; the harness builds it anew for every call (see Harness/values.js).</summary>
/// <param name="Kind">"string", "object", "array", "function", "any" …</param>
/// <param name="Text">Text of scalars.</param>
/// <param name="Properties">Own properties, in order; "__proto__" becomes an own one as with JSON.parse.</param>
/// <param name="Items">Elements.</param>
public sealed record JsValue(
    [property: JsonPropertyName("t")] string Kind,
    [property: JsonPropertyName("s"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Text = null,
    [property: JsonPropertyName("p"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<JsProperty>? Properties = null,
    [property: JsonPropertyName("i"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<JsValue>? Items = null)
{
    public static JsValue Undefined { get; } = new("undefined");
    public static JsValue Null { get; } = new("null");
    public static JsValue True { get; } = new("boolean", "true");
    public static JsValue False { get; } = new("boolean", "false");
    public static JsValue Any { get; } = new("any");
    public static JsValue Function { get; } = new("function");

    public static JsValue String(string text) => new("string", text);

    public static JsValue Number(string text) => new("number", text);

    public static JsValue Json(string text) => new("json", text);

    public static JsValue Array(params JsValue[] items) => new("array", Items: items);

    public static JsValue Object(params JsProperty[] properties) => new("object", Properties: properties);

    /// <summary>An object with one property.</summary>
    public static JsValue Object(string key, JsValue value) => Object(new JsProperty(key, value));

    /// <summary>Prefix, pump repeated, suffix; the count is filled in by the harness where it explores.</summary>
    public static JsValue Repeat(string prefix, string pump, string suffix, string count) => new("repeat", count, null, [String(prefix), String(pump), String(suffix)]);

    /// <summary>The value with the one at the path replaced; objects and arrays are made where there is something else.</summary>
    public JsValue With(IReadOnlyList<string> path, int at, JsValue leaf)
    {
        if (at == path.Count) return leaf;
        string key = path[at];
        if (key == "[*]")
        {
            var first = Items is { Count: > 0 } ? Items[0] : Undefined;
            return this with { Kind = "array", Text = null, Properties = null, Items = [first.With(path, at + 1, leaf), .. (Items ?? []).Skip(1)] };
        }

        if (int.TryParse(key, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int index) && index < 16)
        {
            var items = new List<JsValue>(Kind == "array" ? Items ?? [] : []);
            while (items.Count <= index) items.Add(Undefined);
            items[index] = items[index].With(path, at + 1, leaf);
            return new JsValue("array", Items: items);
        }

        var properties = new List<JsProperty>(Kind is "object" or "function" ? Properties ?? [] : []);
        if (key == "{key}")
        {
            // The attacker's text is a key: only text can be one.
            properties.Add(new JsProperty(leaf.Text ?? "x", String("1")));
            return new JsValue("object", Properties: properties);
        }

        int found = properties.FindIndex(p => p.Key == key);
        var next = (found < 0 ? Undefined : properties[found].Value).With(path, at + 1, leaf);
        if (found < 0) properties.Add(new JsProperty(key, next)); else properties[found] = new JsProperty(key, next);
        // A function keeps what it is: its name is a property as any other.
        return Kind == "function" ? this with { Properties = properties } : new JsValue("object", Properties: properties);
    }
}

/// <summary>A property; written as a pair.</summary>
[JsonConverter(typeof(JsPropertyConverter))]
public sealed record JsProperty(string Key, JsValue Value);

/// <summary>Writes a property as <c>[key, value]</c>.</summary>
public sealed class JsPropertyConverter : JsonConverter<JsProperty>
{
    /// <inheritdoc />
    public override JsProperty Read(ref System.Text.Json.Utf8JsonReader reader, Type typeToConvert, System.Text.Json.JsonSerializerOptions options)
    {
        var pair = System.Text.Json.JsonDocument.ParseValue(ref reader).RootElement;
        return new JsProperty(pair[0].GetString()!, System.Text.Json.JsonSerializer.Deserialize<JsValue>(pair[1], options)!);
    }

    /// <inheritdoc />
    public override void Write(System.Text.Json.Utf8JsonWriter writer, JsProperty value, System.Text.Json.JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue(value.Key);
        System.Text.Json.JsonSerializer.Serialize(writer, value.Value, options);
        writer.WriteEndArray();
    }
}
