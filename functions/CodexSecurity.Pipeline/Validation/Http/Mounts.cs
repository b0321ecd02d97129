using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>
/// Below which addresses the routes of a file are reached: "app.use('/users', require('./routes/users'))", a router's own prefix, and what that stands below
/// itself. Read from the text: a guess that the request proves or not.
/// </summary>
public static partial class Mounts
{
    private const int MaxDepth = 3, MaxAddresses = 4, MaxText = 200_000, MaxFiles = 2_000, MaxMounts = 5_000;
    private static readonly string[] Verbs = ["get", "post", "put", "delete", "del", "patch", "all", "use", "route", "head", "options"];
    private static readonly ConditionalWeakTable<IReadOnlyList<SourceFile>, List<Mount>> Known = [];

    /// <summary>Addresses that come before a route of the entry point's file, the likeliest first; empty where none was seen.</summary>
    public static IReadOnlyList<string> Before(IReadOnlyList<SourceFile> texts, EntryPoint entry)
    {
        var mounts = Known.GetValue(texts, Read);
        if (mounts.Count == 0) return [];
        return [.. RoutersOf(texts, entry).SelectMany(r => Before(mounts, r.File, r.Router, 0)).Where(p => p.Length > 0).Distinct(StringComparer.Ordinal).Take(MaxAddresses)];
    }

    /// <summary>The files at the top that mount the entry point's file, directly or through others: there the server is put together. Empty where none does.</summary>
    public static IReadOnlyList<string> Servers(IReadOnlyList<SourceFile> texts, EntryPoint entry)
    {
        var mounts = Known.GetValue(texts, Read);
        var (level, tops) = (RoutersOf(texts, entry).Select(r => r.File).Distinct(StringComparer.Ordinal).ToList(), new List<string>());
        // Routes that another file registers on what it makes itself.
        if (!level.Contains(entry.ModulePath)) tops.AddRange(level.Where(f => mounts.TrueForAll(m => m.Target != f || m.File == f)));
        for (var depth = 0; depth < MaxDepth && level.Count > 0; depth++)
        {
            var above = new List<string>();
            foreach (var file in level)
            {
                var parents = mounts.Where(m => m.Target == file && m.File != file).Select(m => m.File).Distinct(StringComparer.Ordinal).Take(MaxAddresses).ToList();
                if (parents.Count == 0 && depth > 0) tops.Add(file);
                above.AddRange(parents);
            }
            level = above;
        }
        return [.. tops.Concat(level).Distinct(StringComparer.Ordinal).Where(f => f != entry.ModulePath).Take(MaxAddresses)];
    }

    // What comes before the routes of a router: where it is mounted in its own file, and else where its file is.
    private static List<string> Before(List<Mount> mounts, string file, string router, int depth)
    {
        if (depth > MaxDepth) return [""];
        var own = mounts.FirstOrDefault(m => m.File == file && m.Target == file && m.Router.Length == 0)?.Address ?? "";
        var here = mounts.Where(m => m.File == file && m.Target == file && m.Router.Length > 0 && m.Router == router).ToList();
        var from = here.Count > 0 ? here : mounts.Where(m => m.Target == file && m.File != file).ToList();
        return from.Count == 0 ? [own] : [.. from.Take(MaxAddresses).SelectMany(m => Before(mounts, m.File, m.On, depth + 1).Select(outer => outer + m.Address + own))];
    }

    // Where a route is registered, and the variable that it is made on there: in the handler's own file, or in another that registers handlers of several.
    private static List<(string File, string Router)> RoutersOf(IReadOnlyList<SourceFile> texts, EntryPoint entry)
    {
        if (entry.Route is not { Length: > 0 } route) return [(entry.ModulePath, "")];
        var found = new List<(string, string)>();
        foreach (var text in texts.Where(t => t.Path == entry.ModulePath)) Add(text);
        if (found.Count > 0) return found;
        foreach (var text in texts.Take(MaxFiles))
        {
            if (found.Count >= MaxAddresses) break;
            Add(text);
        }
        return found.Count > 0 ? found : [(entry.ModulePath, "")];

        void Add(SourceFile file)
        {
            if (file.Text.Length > MaxText || !file.Text.Contains(route, StringComparison.Ordinal)) return;
            foreach (var verb in Verbs)
            {
                foreach (var quote in (ReadOnlySpan<char>)['\'', '"', '`'])
                {
                    var at = file.Text.IndexOf($".{verb}({quote}{route}{quote}", StringComparison.Ordinal);
                    var start = at;
                    while (start > 0 && (char.IsAsciiLetterOrDigit(file.Text[start - 1]) || file.Text[start - 1] is '_' or '$')) start--;
                    if (at > start) found.Add((file.Path, file.Text[start..at]));
                }
            }
        }
    }

    private static List<Mount> Read(IReadOnlyList<SourceFile> texts)
    {
        var mounts = new List<Mount>();
        var resolver = new ModuleResolver(texts.Select(t => t.Path), texts.Where(t => Path.GetFileName(t.Path) == PackageFolders.Manifest).Select(t => (t.Path, t.Text)));
        foreach (var file in texts.Take(MaxFiles))
        {
            var text = file.Text;
            var (prefixes, uses) = (text.Contains("prefix", StringComparison.Ordinal), text.Contains(".use(", StringComparison.Ordinal));
            // What most files lack is looked for before the expression is.
            var calls = text.Contains("outer)", StringComparison.Ordinal) || text.Contains("app)", StringComparison.Ordinal) || text.Contains("server)", StringComparison.Ordinal);
            if (text.Length > MaxText || !(prefixes || uses || calls)) continue;
            var imports = Imports(text);
            if (prefixes)
            {
                foreach (Match own in OwnPrefix().Matches(text)) mounts.Add(new(file.Path, "", own.Groups[1].Value.TrimEnd('/'), file.Path, ""));
                Add(Registered().Matches(text).Select(m => (m.Groups[1].Value, m.Groups[3].Value, m.Groups[2].Value)));
            }
            if (uses) Add(Used().Matches(text).Select(m => (m.Groups[1].Value, m.Groups[2].Value, m.Groups[3].Value)));
            // A module that is called with a router registers its routes there.
            foreach (var target in Called(file, imports, resolver)) if (mounts.Count < MaxMounts) mounts.Add(new(file.Path, "", "", target, ""));
            if (mounts.Count >= MaxMounts) break;

            void Add(IEnumerable<(string On, string Address, string What)> found)
            {
                foreach (var (on, address, what) in found)
                {
                    if (mounts.Count >= MaxMounts) return;
                    if (address.Trim('/').Length == 0) continue;
                    foreach (var (target, router) in Mounted(file.Path, what, imports, resolver)) if (router.Length == 0 || router != on) mounts.Add(new(file.Path, on, address.TrimEnd('/'), target, router));
                }
            }
        }
        return mounts;
    }

    // What is mounted: a module that is required there or was before, or a router of this file.
    private static IEnumerable<(string Target, string Router)> Mounted(string file, string what, Dictionary<string, string> imports, ModuleResolver resolver)
    {
        foreach (Match m in Required().Matches(what)) if (resolver.Resolve(file, m.Groups[1].Value) is { } target) yield return (target, "");
        foreach (Match m in Identifier().Matches(Literal().Replace(what, "''")))
        {
            if (!imports.TryGetValue(m.Value, out var specifier)) yield return (file, m.Value);
            else if (resolver.Resolve(file, specifier) is { } target) yield return (target, "");
        }
    }

    private static IEnumerable<string> Called(SourceFile file, Dictionary<string, string> imports, ModuleResolver resolver)
    {
        foreach (Match call in CalledWithRouter().Matches(file.Text))
        {
            var specifier = call.Groups[1].Success ? call.Groups[1].Value : imports.GetValueOrDefault(call.Groups[2].Value);
            if (specifier is { Length: > 0 } && resolver.Resolve(file.Path, specifier) is { } target && target != file.Path) yield return target;
        }
    }

    private static Dictionary<string, string> Imports(string text)
    {
        var imports = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match m in Import().Matches(text)) imports[m.Groups[1].Value] = m.Groups[2].Value + m.Groups[3].Value;
        foreach (Match m in ImportFrom().Matches(text)) foreach (Match name in Identifier().Matches(m.Groups[1].Value)) imports[name.Value] = m.Groups[2].Value;
        return imports;
    }

    [GeneratedRegex(@"([A-Za-z_$][\w$]{0,60})\.use\(\s{0,20}['""`](/[\w\-./:]{0,80})['""`]\s{0,20},([^;\n]{1,300})", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Used();
    [GeneratedRegex(@"([A-Za-z_$][\w$]{0,60})\.register\(([^;\n{]{1,200}),\s{0,20}\{\s{0,20}prefix:\s{0,4}['""`](/[\w\-./:]{0,80})['""`]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Registered();
    [GeneratedRegex(@"(?:Router\(\s{0,4}\{\s{0,20}prefix:|\.prefix\()\s{0,4}['""`](/[\w\-./:]{0,80})['""`]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex OwnPrefix();
    [GeneratedRegex(@"require\(\s{0,4}['""`](\.[^'""`\n]{0,120})['""`]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Required();
    [GeneratedRegex(@"(?:require\(\s{0,4}['""](\.[^'""\n]{0,120})['""]\s{0,4}\)|\b([A-Za-z_$][\w$]{0,60}))\(\s{0,4}(?:app|server|router|[A-Za-z]{1,20}Router|express\.Router\(\))\s{0,4}[,)]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex CalledWithRouter();
    [GeneratedRegex(@"([A-Za-z_$][\w$]{0,60})\s{0,20}=\s{0,20}require\(\s{0,4}(?:'(\.[^'\n]{0,120})'|""(\.[^""\n]{0,120})"")", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Import();
    [GeneratedRegex(@"import\s{1,20}([\w$*{},\s]{1,200}?)\s{1,20}from\s{1,20}['""](\.[^'""\n]{0,120})['""]", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex ImportFrom();
    [GeneratedRegex(@"'[^'\n]{0,120}'|""[^""\n]{0,120}""|`[^`\n]{0,120}`", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Literal();
    [GeneratedRegex(@"[A-Za-z_$][\w$]{0,60}", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)] private static partial Regex Identifier();

    // In a file, what a router ("On") gets below an address is handed to the routes of another file, or to a router of the same; "" where all of the file's are meant.
    private sealed record Mount(string File, string On, string Address, string Target, string Router);
}
