namespace CodexSecurity.Analysis.Templates;

/// <summary>The templates of a program by the names that code calls them.</summary>
internal sealed class TemplateIndex
{
    private static readonly string[] Roots = ["views", "view", "templates", "template", "pages", "layouts", "partials"];
    private readonly Dictionary<string, List<(string Stem, TemplateFile Template)>> _byName = new(StringComparer.OrdinalIgnoreCase);

    public TemplateIndex(IEnumerable<TemplateFile> templates)
    {
        foreach (var t in templates)
        {
            var stem = Stem(t.File.Path);
            var name = stem[(stem.LastIndexOf('/') + 1)..];
            if (!_byName.TryGetValue(name, out var list)) _byName[name] = list = [];
            list.Add((stem, t));
        }
    }

    /// <summary>Whether a folder of that name is where templates are looked for.</summary>
    public static bool IsRoot(string folder) => Array.Exists(Roots, r => r.Equals(folder, StringComparison.OrdinalIgnoreCase));

    /// <summary>The templates that a name may mean: of those whose path ends with it the ones right below a folder for templates, else the ones nearest to the top.</summary>
    /// <param name="name">Such as "app/users" or "./users.ejs".</param>
    public IReadOnlyList<TemplateFile> Find(string name)
    {
        if (name.Length is 0 or > 300) return [];
        var asked = string.Join('/', name.Replace('\\', '/').Split('/').Where(p => p is not ("" or "." or "..")));
        var last = asked[(asked.LastIndexOf('/') + 1)..];
        // "page.ejs" is page, "page.user" is itself.
        var found = Named(last, asked);
        if (found.Count == 0 && Stem(asked) is { Length: > 0 } stem && stem.Length < asked.Length) found = Named(stem[(stem.LastIndexOf('/') + 1)..], stem);
        if (found.Count < 2) return [.. found.Select(f => f.Template)];
        var best = found.Min(f => f.Rank);
        return [.. found.Where(f => f.Rank == best).Select(f => f.Template)];
    }

    private List<(int Rank, TemplateFile Template)> Named(string last, string asked)
    {
        var found = new List<(int, TemplateFile)>();
        if (!_byName.TryGetValue(last, out var list)) return found;
        foreach (var (stem, template) in list)
        {
            if (!stem.EndsWith(asked, StringComparison.OrdinalIgnoreCase) || (stem.Length > asked.Length && stem[^(asked.Length + 1)] != '/')) continue;
            var folder = stem[..Math.Max(0, stem.Length - asked.Length - 1)];
            var isRoot = IsRoot(folder[(folder.LastIndexOf('/') + 1)..]);
            found.Add((isRoot ? 0 : 1 + folder.Count(c => c == '/'), template));
        }
        return found;
    }

    private static string Stem(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot > path.LastIndexOf('/') ? path[..dot] : path;
    }
}
