using System.Runtime.CompilerServices;
using System.Text.Json;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Syntax;

namespace CodexSecurity.Pipeline.Validation.Library.Examples;

/// <summary>A call found in the project's texts.</summary>
/// <param name="Path">The file it stands in.</param>
/// <param name="Args">Arguments; null for one whose value is not written there.</param>
public sealed record ExampleCall(string Path, IReadOnlyList<JsValue?> Args);

/// <summary>What README, examples and tests of a project pass to the function of an entry point, and to the constructor or factory before it.</summary>
/// <param name="Calls">Calls of the function, the most telling first.</param>
/// <param name="Construction">The first call of the constructor or factory, or null.</param>
public sealed record ExampleCalls(IReadOnlyList<ExampleCall> Calls, ExampleCall? Construction)
{
    private const int MaxCalls = 3;
    private static readonly ConditionalWeakTable<ValidationInput, ExampleCalls> s_known = [];

    /// <summary>Finds them; the work is done once for an input.</summary>
    public static ExampleCalls Find(ValidationInput input) => s_known.GetValue(input, Search);

    private static ExampleCalls Search(ValidationInput input)
    {
        var entry = input.Candidate.EntryPoint!;
        var names = new EntryNames(entry, input.Manifest);
        int? attacked = input.Candidate.Inputs.Count > 0 ? Placer.Index(input.Candidate.Inputs[0].Root, "arg") : null;
        var calls = new List<ExampleCall>();
        ExampleCall? construction = null;
        foreach (var text in ExampleTexts.Of(input.Texts))
        {
            var scope = names.In(text);
            foreach (var node in text.Calls)
            {
                if (scope.IsCall(node) && Read(text, node) is { } call) calls.Add(call);
                else if (construction is null && scope.IsConstruction(node)) construction = Read(text, node);
            }
        }

        // An example that writes the attacked argument out says most of its form.
        var best = calls.OrderBy(c => attacked is { } n && (n >= c.Args.Count || c.Args[n] is null) ? 1 : 0).ThenBy(c => c.Args.Count(a => a is null))
            .DistinctBy(c => JsonSerializer.Serialize(c.Args)).Take(MaxCalls);
        return new ExampleCalls([.. best], construction);
    }

    private static ExampleCall? Read(ExampleText text, SyntaxNode call)
    {
        var args = new List<JsValue?>();
        foreach (var argument in call.Field("arguments").NamedChildren)
        {
            if (argument.IsExtra) continue;
            if (argument.Kind == "spread_element" || args.Count == 8) break;
            args.Add(text.Values.Of(argument));
        }

        return args.Any(a => a is not null) ? new ExampleCall(text.Path, args) : null;
    }
}
