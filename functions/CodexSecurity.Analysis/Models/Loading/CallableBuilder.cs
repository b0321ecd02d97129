namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>Collects what several rows (and files) say of one callable.</summary>
internal sealed class CallableBuilder
{
    public List<SinkModel> Sinks { get; } = [];
    public List<PropagatorModel> Propagators { get; } = [];
    public List<SanitizerModel> Sanitizers { get; } = [];
    public List<GuardModel> Guards { get; } = [];
    public List<SourceModel> Sources { get; } = [];
    public List<CallbackModel> Callbacks { get; } = [];
    public string? ReturnType { get; set; }
    public FactModel? Fact { get; set; }
    public bool IsNeutral { get; set; }
    public bool ReturnsPromise { get; set; }
    public string? SemanticsName { get; set; }

    public CallableModel Build(string callable) => new()
    {
        Callable = callable,
        Sinks = [.. Sinks],
        Propagators = [.. Propagators],
        Sanitizers = [.. Sanitizers],
        Guards = [.. Guards],
        Sources = [.. Sources],
        Callbacks = [.. Callbacks],
        ReturnType = ReturnType,
        Fact = Fact,
        IsNeutral = IsNeutral,
        ReturnsPromise = ReturnsPromise,
        SemanticsName = SemanticsName,
    };
}
