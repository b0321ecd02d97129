namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>A call found in the project's texts. Arguments that are no literals are null.</summary>
public sealed record ExampleCall(string Path, IReadOnlyList<JsValue?> Args);

/// <summary>Calls of the export in README and tests.</summary>
public static class ExampleCalls
{
    public static IReadOnlyList<ExampleCall> Find(ValidationInput input) => [];
}
