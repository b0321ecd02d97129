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
    public ViewModel? View { get; set; }
    public List<AnswerModel> Answers { get; } = [];
    public FactModel? Fact { get; set; }
    public bool IsNeutral { get; set; }
    public bool ReturnsPromise { get; set; }
    public string? SemanticsName { get; set; }

    /// <summary>Takes over what is said there and not here.</summary>
    public void FillFrom(CallableBuilder other)
    {
        if (Sinks.Count == 0) Sinks.AddRange(other.Sinks);
        if (Propagators.Count == 0) Propagators.AddRange(other.Propagators);
        if (Sanitizers.Count == 0) Sanitizers.AddRange(other.Sanitizers);
        if (Guards.Count == 0) Guards.AddRange(other.Guards);
        if (Sources.Count == 0) Sources.AddRange(other.Sources);
        if (Callbacks.Count == 0) Callbacks.AddRange(other.Callbacks);
        if (Answers.Count == 0) Answers.AddRange(other.Answers);
        ReturnType ??= other.ReturnType;
        View ??= other.View;
        Fact ??= other.Fact;
        SemanticsName ??= other.SemanticsName;
    }

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
        View = View,
        Answers = [.. Answers],
        Fact = Fact,
        IsNeutral = IsNeutral,
        ReturnsPromise = ReturnsPromise,
        SemanticsName = SemanticsName,
    };
}
