using System.Text.Json;
using System.Text.Json.Serialization;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Library;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>What the attacking client is told (http-input.json). Member names are those of Harness/http-client.js. Times in milliseconds.</summary>
public sealed record HttpInput
{
    /// <summary>Ways to start the server, tried in order.</summary>
    public required IReadOnlyList<HttpStart> Starts { get; init; }

    /// <summary>Requests, sent to each server that listens.</summary>
    public required IReadOnlyList<HttpRequest> Requests { get; init; }

    /// <summary>Files whose content ends the attack once a response shows it.</summary>
    public IReadOnlyList<string> Secrets { get; init; } = [];

    /// <summary>Requests under way at once.</summary>
    public int Lanes { get; init; } = 6;

    /// <summary>How often a server that ended is started again.</summary>
    public int Restarts { get; init; } = 6;

    /// <summary>How many of the starts may listen before the run ends.</summary>
    public int Servers { get; init; } = 1;

    /// <summary>For one answer.</summary>
    public int Timeout { get; init; } = 1500;

    /// <summary>For everything.</summary>
    public int Total { get; init; } = 10_000;

    /// <summary>For what a request set off beside its answer.</summary>
    public int Drain { get; init; } = 30;

    /// <summary>Name of a global function of the server's process that starts the program of that name.</summary>
    public string? Beacon { get; init; }

    /// <summary>Name that a polluted prototype carries.</summary>
    public string? Pollution { get; init; }

    /// <summary>Database drivers are replaced by ones that record statements.</summary>
    public bool Queries { get; init; }

    /// <summary>Regular expressions are compiled at once, so that requests of a server just started take as long as later ones.</summary>
    public bool Steady { get; init; }

    /// <summary>Set while growth is explored: then requests are sent in rising sizes, one by one.</summary>
    public HarnessGrowth? Growth { get; init; }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, s_options);

    private static readonly JsonSerializerOptions s_options = new(EvidenceJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };
}

/// <summary>A way to start a server.</summary>
/// <param name="Name">For a person.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="Cwd">Folder it starts in.</param>
/// <param name="Env">Environment beside PATH and HOME.</param>
/// <param name="Wait">Milliseconds until it has to listen.</param>
/// <param name="Module">Where Harness/http-start.js starts it: what is called and how.</param>
/// <param name="Assisted">What the sandbox lacks is stood in for: databases, modules that would have to be compiled, a visitor who is signed in.</param>
public sealed record HttpStart(string Name, IReadOnlyList<string> Command, string Cwd, IReadOnlyDictionary<string, string> Env, int Wait, HttpModule? Module = null, bool Assisted = false);

/// <summary>A server that is an export.</summary>
/// <param name="File">Module to load.</param>
/// <param name="Access">From its exports to the server, as the analysis found it.</param>
/// <param name="Port">Port it is told.</param>
/// <param name="Root">Folder it is told.</param>
/// <param name="Variant">Which form of arguments, 0 to 6.</param>
/// <param name="Texts">Further names of options.</param>
public sealed record HttpModule(string File, IReadOnlyList<HarnessStep> Access, int Port, string Root, int Variant, IReadOnlyList<string> Texts);

/// <summary>One request, byte for byte (Latin-1), with a part of it repeated where it says so.</summary>
public sealed record HttpRequest(string Tag, string Raw, HttpRepeat? Repeat = null);

/// <summary>What a request repeats.</summary>
/// <param name="Mark">Text of the request that stands for it.</param>
/// <param name="Pump">What is repeated, as it stands in the request.</param>
/// <param name="Sizes">How often: ascending while growth is explored, else one.</param>
/// <param name="Times">How often the request is sent, one after the other.</param>
/// <param name="Place">Which place of the request it is: numbers the places of one exploration.</param>
/// <param name="Harmless">Sent only once a text at the same place was slow.</param>
public sealed record HttpRepeat(string Mark, string Pump, IReadOnlyList<int> Sizes, int Times = 1, int Place = 0, bool Harmless = false);
