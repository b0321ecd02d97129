using CodexSecurity.Analysis.Ir;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Rules;

namespace CodexSecurity.Analysis.Matching;

/// <summary>Checks without flow of one file, and what they found.</summary>
internal sealed class FileMatches(IrModule module)
{
    private readonly Dictionary<(string Rule, int Start), Candidate> _found = [];
    private List<(Callable In, int Index, string Path)>? _calls;

    public IrModule Module { get; } = module;
    public IrView View { get; } = new(module);

    /// <summary>Runs all checks over a file. The candidates are ordered by place and rule.</summary>
    public static IReadOnlyList<Candidate> Find(IrModule module)
    {
        var matches = new FileMatches(module);
        CryptoChecks.Run(matches);
        RandomnessCheck.Run(matches);
        TransportChecks.Run(matches);
        CookieChecks.Run(matches);
        WebChecks.Run(matches);
        SecretChecks.Run(matches);
        ReplacementCheck.Run(matches);
        SiblingCheck.Run(matches);
        return [.. matches._found.OrderBy(f => f.Key.Start).ThenBy(f => f.Key.Rule, StringComparer.Ordinal).Select(f => f.Value)];
    }

    /// <summary>Every instruction of the file with what it calls ("" where that is no API).</summary>
    public IReadOnlyList<(Callable In, int Index, string Path)> Calls()
    {
        if (_calls is not null) return _calls;
        _calls = [];
        foreach (var c in Module.Callables)
        {
            for (var i = 0; i < c.Code.Length; i++)
            {
                if (c.Code[i].Op is Op.Call or Op.CallMethod or Op.New) _calls.Add((c, i, View.Called(c, c.Code[i]) ?? ""));
            }
        }
        return _calls;
    }

    /// <summary>Records a match. <paramref name="hide"/>: text that must not appear in the result.</summary>
    public void Add(string rule, Callable c, int start, int end, string callable, string message, Confidence confidence = Confidence.High, string? hide = null)
    {
        if (RuleCatalog.Default.Find(rule) is null) throw new InvalidOperationException($"No rule {rule}");
        var place = Location(start, end);
        var text = SinkText.Of(Module.File, start, end, c, int.MaxValue);
        // What must not be shown may have been folded, too: then nothing is.
        if (hide is { Length: > 0 }) text = text.Contains(hide, StringComparison.Ordinal) ? text.Replace(hide, "***", StringComparison.Ordinal) : "***";
        if (text.Length > SinkText.MaxLength) text = text[..SinkText.MaxLength];
        _found.TryAdd((rule, start), new Candidate(rule, place, c.QualifiedName, text, callable, -1, "none", null, [], [new FlowStep(place, message)], [], [], confidence, message,
            new Dictionary<string, string>()));
    }

    public void Add(string rule, Callable c, in Instruction x, string callable, string message, Confidence confidence = Confidence.High) => Add(rule, c, x.Start, x.End, callable, message, confidence);

    private CodeLocation Location(int start, int end)
    {
        var (from, to) = (Module.File.Lines.Position(start), Module.File.Lines.Position(end));
        return new CodeLocation(Module.File.Path, from.Line, from.Column, to.Line, to.Column, start, end);
    }
}
