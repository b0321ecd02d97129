using System.Text.Json;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Running;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>What the client reported. It comes from the sandbox: read with care.</summary>
public sealed record HttpReport
{
    /// <summary>The starts that were tried.</summary>
    public IReadOnlyList<HttpStarted> Starts { get; init; } = [];

    /// <summary>The answers.</summary>
    public IReadOnlyList<HttpResponse> Responses { get; init; } = [];

    /// <summary>Bodies, each once.</summary>
    public IReadOnlyList<string> Bodies { get; init; } = [];

    /// <summary>What stand-ins of database drivers were asked.</summary>
    public IReadOnlyList<string> Queries { get; init; } = [];

    /// <summary>How long requests of rising sizes kept the server busy.</summary>
    public IReadOnlyList<HttpMeasure> Growth { get; init; } = [];

    /// <summary>Whether any server answered.</summary>
    public bool Answered => Starts.Any(s => s.Answered > 0);

    /// <summary>Body of an answer, "" where it is not there.</summary>
    public string Body(HttpResponse response) => response.Body >= 0 && response.Body < Bodies.Count ? Bodies[response.Body] : "";

    /// <summary>The report of a run, or null where there is none that can be read.</summary>
    public static HttpReport? Of(ProofRun run)
    {
        if (run.Output("/out/result.json") is not { } text) return null;
        try
        {
            return JsonSerializer.Deserialize<HttpReport>(text, s_options) is { } report && report.IsWhole ? report : null;
        }
        catch (JsonException)
        {
            return null; // cut, or written by the project
        }
    }

    // What the options do not see to: elements that are nothing.
    private bool IsWhole => Starts.All(s => s is not null && s.Errors.All(e => e is not null)) && Responses.All(r => r is not null) && Bodies.All(b => b is not null) && Queries.All(q => q is not null)
        && Growth.All(m => m is { Tag: not null });

    private static readonly JsonSerializerOptions s_options = new(EvidenceJson.Options)
    {
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip, RespectRequiredConstructorParameters = false, RespectNullableAnnotations = true,
    };
}

/// <summary>What became of a start.</summary>
public sealed record HttpStarted
{
    /// <summary>Exit status of Harness/http-start.js where the module could not be loaded.</summary>
    private const int NotLoaded = 5;

    public int Index { get; init; }
    public IReadOnlyList<int> Ports { get; init; } = [];
    public IReadOnlyList<string> Errors { get; init; } = [];
    public string Output { get; init; } = "";
    public int Answered { get; init; }
    /// <summary>The server listened as soon as its module was loaded.</summary>
    public bool OnLoad { get; init; }
    /// <summary>Exit status of the server's process; null while it runs or where a signal ended it.</summary>
    public int? Exit { get; init; }

    /// <summary>The server's process ended by itself and never listened: another time it would do the same. One that was still on its way says nothing.</summary>
    public bool HasEndedUnheard => Exit is not null && Ports.Count == 0;

    /// <summary>Loading the module failed, so that no arguments can start it.</summary>
    public bool IsNotLoaded => Exit == NotLoaded && Ports.Count == 0;
}

/// <summary>A request that was measured inside the sandbox: a hint at what to measure from outside.</summary>
/// <param name="Start">Which start answered.</param>
/// <param name="Tag">The request.</param>
/// <param name="Size">How often its text was repeated.</param>
/// <param name="Cpu">Milliseconds of CPU time.</param>
/// <param name="Cut">It did not end in time.</param>
public sealed record HttpMeasure(int Start, string Tag, int Size, double Cpu, bool Cut);

/// <summary>An answer.</summary>
public sealed record HttpResponse
{
    public string Tag { get; init; } = "";
    public int Start { get; init; }
    public int Status { get; init; }
    public string Head { get; init; } = "";
    public int Body { get; init; }

    /// <summary>A header's value, or null.</summary>
    public string? Header(string name)
    {
        foreach (string line in Head.Split("\r\n").Skip(1))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && line.AsSpan(0, colon).Trim().Equals(name, StringComparison.OrdinalIgnoreCase)) return line[(colon + 1)..].Trim();
        }

        return null;
    }
}
