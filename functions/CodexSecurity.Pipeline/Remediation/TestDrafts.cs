using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Pipeline.Remediation;

/// <summary>Proposes a regression test in the style of the project's own, where it was seen to fail before the patch and to pass after it.</summary>
internal sealed class TestDrafts(ISandbox sandbox)
{
    // Runs the tests of a file without their framework, one after the other; a failed one ends the process.
    private const string Shim = """
        const queue = [];
        globalThis.describe = (name, body) => body();
        globalThis.it = globalThis.test = (name, body) => queue.push(body);
        setImmediate(async () => {
          if (!queue.length) process.exit(3);
          try { for (const body of queue) await body(); } catch (error) { console.error(error); process.exit(1); }
          process.exit(0);
        });
        """;

    private static readonly string[] s_folders = ["test", "tests", "__tests__"];

    /// <summary>The test, or null where it was not seen to tell the two states apart; and the runs it took.</summary>
    public async Task<(ProposedTest? Test, int Runs)> ProposeAsync(
        ProofTest draft, RemediationInput input, IReadOnlyDictionary<string, SnapshotFile> files, ProofProject before, ProofProject after, CancellationToken ct)
    {
        var (framework, module) = Read(files);
        var path = Place(input, files, framework);
        var content = Write(draft, path, framework, module || draft.Module.EndsWith(".mjs", StringComparison.Ordinal));
        var seen = await Task.WhenAll(RunAsync(path, content, framework, before, ct), RunAsync(path, content, framework, after, ct)).ConfigureAwait(false);
        var (failed, passed) = (seen[0], seen[1]);
        // It has to fail by its own check: a test that fails for any other reason says nothing.
        if (failed is not { ExitCode: not 0 } || !(Text(failed.Stderr) + Text(failed.Stdout)).Contains("AssertionError", StringComparison.Ordinal)) return (null, 2);
        return passed is { ExitCode: 0 } ? (new ProposedTest(path, content, "Seen to fail before the patch and to pass after it, in the sandbox. Its effect is harmless."), 2) : (null, 2);
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static (string Framework, bool Module) Read(IReadOnlyDictionary<string, SnapshotFile> files)
    {
        if (!files.TryGetValue("package.json", out var manifest)) return ("node:test", false);
        try
        {
            using var json = JsonDocument.Parse(manifest.Content);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return ("node:test", false);
            var module = root.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String && type.GetString() == "module";
            var script = root.TryGetProperty("scripts", out var scripts) && scripts.ValueKind == JsonValueKind.Object && scripts.TryGetProperty("test", out var test) && test.ValueKind == JsonValueKind.String ? test.GetString()! : "";
            return (script.Contains("mocha", StringComparison.Ordinal) ? "mocha" : script.Contains("jest", StringComparison.Ordinal) ? "jest" : "node:test", module);
        }
        catch (Exception error) when (HostileJson.IsRefused(error))
        {
            return ("node:test", false);
        }
    }

    private static string Place(RemediationInput input, IReadOnlyDictionary<string, SnapshotFile> files, string framework)
    {
        var folder = s_folders.FirstOrDefault(f => files.Keys.Any(k => k.StartsWith(f + "/", StringComparison.Ordinal))) ?? (framework == "jest" ? "__tests__" : "test");
        var name = string.Concat(input.Rule.Id.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')).Trim('-');
        var path = $"{folder}/security-{name}.test.js";
        for (var i = 2; files.ContainsKey(path); i++) path = $"{folder}/security-{name}-{i}.test.js";
        return path;
    }

    private static string Write(ProofTest draft, string path, string framework, bool module)
    {
        var target = "../" + (draft.Module.Length > 0 ? draft.Module : module ? "index.js" : "");
        var text = new StringBuilder();
        text.Append(module ? "import assert from 'node:assert';\nimport { createRequire } from 'node:module';\n" : "'use strict';\n\nconst assert = require('assert');\n");
        if (framework == "node:test") text.Append(module ? "import test from 'node:test';\n" : "const test = require('node:test');\n");
        if (module) text.Append("\nconst require = createRequire(import.meta.url);\n");
        text.Append('\n').Append(framework == "node:test" ? "test" : "it").Append('(').Append(JsonSerializer.Serialize(draft.Title).Replace('"', '\'')).Append(", async () => {\n");
        text.Append(module ? $"  const target = await import('{target}');\n" : $"  const target = require('{target}');\n");
        foreach (var line in draft.Body) text.Append("  ").Append(line).Append('\n');
        return text.Append("});\n").ToString();
    }

    private async Task<SandboxRun?> RunAsync(string path, string content, string framework, ProofProject project, CancellationToken ct)
    {
        // The project is shown read-only; the test lies in a private copy beside its own.
        var root = project.Tree.Target[(project.Tree.Target.IndexOf("/work/", StringComparison.Ordinal) + 6)..];
        var trees = ImmutableArray.Create(project.Tree with { Writable = true });
        if (project.Dependencies is DependencySet.Ready ready) trees = trees.Add(ready.Tree);
        var spec = new SandboxSpec
        {
            // Placed by the command: files of a job come before the trees that would hide them.
            Command = ["sh", "-c", $"mkdir -p \"$(dirname \"{project.Tree.Target}/{path}\")\" && cp /work/draft.txt \"{project.Tree.Target}/{path}\" && exec node {(framework == "node:test" ? "" : "-r /work/shim.cjs ")}\"{project.Tree.Target}/{path}\""],
            Files = [new SandboxFile("draft.txt", Encoding.UTF8.GetBytes(content)), new SandboxFile("shim.cjs", Encoding.UTF8.GetBytes(Shim))],
            Trees = trees,
            WorkingDirectory = "/work/" + root,
            Environment = SandboxSpec.Offline,
        };
        var run = await sandbox.RunAsync(spec, ct).ConfigureAwait(false);
        return run.Outcome == SandboxOutcome.Exited && run.Kill == SandboxKill.None ? run : null;
    }
}
