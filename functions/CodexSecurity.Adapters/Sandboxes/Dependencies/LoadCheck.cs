using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>
/// Loads a package in the sandbox and says which modules it did not find. What comes back is the package's own word: it only picks
/// among names that the manifest declares.
/// </summary>
internal static partial class LoadCheck
{
    private const string Program = """
        const dir = process.argv[1], fs = require('fs'), say = e => console.log(String(e && e.message));
        const r = require('module').createRequire(dir + '/_');
        let name; try { name = JSON.parse(fs.readFileSync(dir + '/package.json')).name; } catch {}
        for (const what of [dir, name]) {
          try { r(what); } catch (e) { say(e); try { import(require('url').pathToFileURL(r.resolve(what))).catch(say); } catch (e2) { say(e2); } }
        }
        """;

    public static async Task<IReadOnlySet<string>> MissingAsync(ISandbox sandbox, SandboxTree project, string folder, SandboxTree? modules, CancellationToken ct)
    {
        string target = folder.Length == 0 ? project.Target : $"{project.Target}/{folder}";
        var run = await sandbox.RunAsync(new SandboxSpec
        {
            Command = ["node", "-e", Program, target],
            Trees = modules is null ? [project] : [project, modules],
            Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(10), OutputBytes = 1 << 16 },
        }, ct).ConfigureAwait(false);
        string text = Encoding.UTF8.GetString(run.Stdout.Span);
        return Missing().Matches(text).Select(match => match.Groups[1].Value).ToImmutableHashSet(StringComparer.Ordinal);
    }

    // "Cannot find module 'react/jsx-runtime'", "Cannot find package 'react' imported from"
    [GeneratedRegex("Cannot find (?:module|package) '((?:@[^/'\\s]+/)?[^/'\\s]+)")]
    private static partial Regex Missing();
}
