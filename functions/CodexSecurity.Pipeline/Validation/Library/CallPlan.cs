using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library;

/// <summary>How a function is called before a payload is put in. Serialisable: it travels in <see cref="ProofAttempt.State"/>.</summary>
/// <param name="Origin">Where the arguments come from: "shape", "example 1" …</param>
/// <param name="Module">Absolute path of the module inside the sandbox.</param>
/// <param name="Access">From the exports to the function.</param>
/// <param name="Args">Arguments.</param>
/// <param name="StandIns">Programs to stand in for.</param>
/// <param name="Files">Files the code looks for.</param>
/// <param name="Globals">Globals that a browser would have.</param>
/// <param name="WritableProject">The project's folder is written to.</param>
/// <param name="Repairs">What was changed so far.</param>
/// <param name="Present">Each text of the call is the name of a file that is there, in a folder like a developer's: code may look before it goes on.</param>
public sealed record CallPlan(
    string Origin,
    string Module,
    IReadOnlyList<HarnessStep> Access,
    IReadOnlyList<JsValue> Args,
    IReadOnlyList<string> StandIns,
    IReadOnlyList<ProofFile> Files,
    IReadOnlyList<string> Globals,
    bool WritableProject,
    IReadOnlyList<string> Repairs,
    bool Present = false)
{
    /// <summary>Roots of inputs that are a text themselves where detection saw properties: those of what some function made of the text.</summary>
    public IReadOnlyList<string> Whole { get; init; } = [];

    /// <summary>Names of exported functions that are called before it, without arguments: what sets the module up.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    /// <summary>The plan with an argument set; missing ones before it are undefined.</summary>
    public CallPlan WithArg(int index, JsValue value)
    {
        var args = Args.ToList();
        while (args.Count <= index) args.Add(JsValue.Undefined);
        args[index] = value;
        return this with { Args = args };
    }

    /// <summary>The plan with a note of what was repaired.</summary>
    public CallPlan Noting(string repair) => this with { Repairs = [.. Repairs, repair] };

    /// <summary>The same call where another found out what has to be there: programs, globals, a folder to write to, another module, calls before it, texts instead of objects.</summary>
    public CallPlan InTheSurroundingsOf(CallPlan other) =>
        this with { StandIns = other.StandIns, Globals = other.Globals, WritableProject = other.WritableProject, Module = other.Module, Before = other.Before, Whole = [.. Whole.Union(other.Whole, StringComparer.Ordinal)] };
}
