using CodexSecurity.Analysis.Interpretation;
using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Analysis.EntryPoints;

/// <summary>A way from a module's exports to an object: the steps in order, as a list that shares its beginning.</summary>
internal sealed class Way
{
    private Way(Way? before, AccessStep? step, string path)
    {
        (Before, Step, Path) = (before, step, path);
        Length = before is null ? 0 : before.Length + 1;
        Calls = before is null ? 0 : before.Calls + (step!.Kind == AccessKind.Property ? 0 : 1);
        First = before is null ? null : before.First ?? step;
    }

    /// <summary>What the module exports itself.</summary>
    public static Way Root { get; } = new(null, null, "");

    public Way? Before { get; }
    public AccessStep? Step { get; }
    /// <summary>The first step; null for the exports themselves.</summary>
    public AccessStep? First { get; }
    public int Length { get; }
    /// <summary>Steps that call or construct something.</summary>
    public int Calls { get; }
    /// <summary>The way as a text, the same for equal ways: it tells one entry point of a module from another.</summary>
    public string Path { get; }

    public Way Property(string name) => new(this, new AccessStep(AccessKind.Property, name, [], []), Length == 0 ? name : Path + "/" + name);

    public Way Then(AccessStep step)
    {
        var name = step.Kind == AccessKind.New ? "new" : "()";
        return new Way(this, step, Length == 0 ? name : Path + "/" + name);
    }

    public IReadOnlyList<AccessStep> Steps()
    {
        var steps = new AccessStep[Length];
        for (var w = this; w.Before is not null; w = w.Before) steps[w.Length - 1] = w.Step!;
        return steps;
    }
}
