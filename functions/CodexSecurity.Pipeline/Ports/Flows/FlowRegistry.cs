namespace CodexSecurity.Pipeline.Ports.Flows;

/// <summary>One step of a stage. It may be run again with the same input where a crash hid its end, so its effects are idempotent.</summary>
public interface IFlowStep<in TIn, TOut>
{
    /// <summary>Runs the step. Bulk goes in and out as an ArtifactRef: every input and output is kept in the run's history.</summary>
    Task<TOut> RunAsync(TIn input, CancellationToken ct);
}

/// <summary>A flow: an order of steps, deterministic (see <see cref="IFlowContext"/>).</summary>
public interface IFlow<in TIn, TOut>
{
    /// <summary>Runs the flow.</summary>
    Task<TOut> RunAsync(IFlowContext context, TIn input);
}

/// <summary>A flow's code behind JSON, in one version.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Raised whenever the order of steps changes; the older code stays registered while runs of it are in flight.</param>
/// <param name="RunAsync">Input to output, both JSON.</param>
public sealed record FlowDefinition(string Name, int Version, Func<IFlowContext, string, Task<string>> RunAsync);

/// <summary>Names of steps and flows to their code. Filled at start-up, then only read.</summary>
public sealed class FlowRegistry
{
    private readonly Dictionary<string, Func<string, CancellationToken, Task<string>>> _steps = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Name, int Version), FlowDefinition> _flows = [];

    /// <summary>Adds a step. Names are given once.</summary>
    public FlowRegistry AddStep<TIn, TOut>(string name, IFlowStep<TIn, TOut> step) => AddStep<TIn, TOut>(name, step.RunAsync);

    /// <summary>Adds a step.</summary>
    public FlowRegistry AddStep<TIn, TOut>(string name, Func<TIn, CancellationToken, Task<TOut>> step)
    {
        _steps.Add(name, async (json, ct) => FlowJson.WritePayload(await step(FlowJson.Read<TIn>(json), ct).ConfigureAwait(false)));
        return this;
    }

    /// <summary>Adds a version of a flow.</summary>
    public FlowRegistry AddFlow<TIn, TOut>(string name, int version, IFlow<TIn, TOut> flow) => AddFlow<TIn, TOut>(name, version, flow.RunAsync);

    /// <summary>Adds a version of a flow.</summary>
    public FlowRegistry AddFlow<TIn, TOut>(string name, int version, Func<IFlowContext, TIn, Task<TOut>> flow)
    {
        // No ConfigureAwait(false) here: the flow's own continuations stay in its context.
        _flows.Add((name, version), new FlowDefinition(name, version, async (context, json) => FlowJson.WritePayload(await flow(context, FlowJson.Read<TIn>(json)))));
        return this;
    }

    /// <summary>Whether that step is known.</summary>
    public bool HasStep(string name) => _steps.ContainsKey(name);

    /// <summary>Runs a step: JSON in, JSON out.</summary>
    public Task<string> RunStepAsync(string name, string input, CancellationToken ct) =>
        _steps.TryGetValue(name, out var step) ? step(input, ct) : throw new StepRejectedException($"no step is registered as \"{name}\"");

    /// <summary>The flow in that version, or null.</summary>
    public FlowDefinition? Flow(string name, int version) => _flows.GetValueOrDefault((name, version));

    /// <summary>Whether any version of that flow is known.</summary>
    public bool Knows(string flow) => _flows.Keys.Any(k => k.Name == flow);

    /// <summary>The newest version of a flow.</summary>
    /// <exception cref="ArgumentException">No such flow.</exception>
    public FlowDefinition Newest(string name) =>
        _flows.Values.Where(f => f.Name == name).MaxBy(f => f.Version) ?? throw new ArgumentException($"no flow is registered as \"{name}\"", nameof(name));
}
