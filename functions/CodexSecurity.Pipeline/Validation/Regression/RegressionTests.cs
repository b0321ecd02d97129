using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodexSecurity.Pipeline.Ports.Proofs;
using CodexSecurity.Pipeline.Validation.Evidence;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Regression;

/// <summary>
/// Makes a short test of a proof that calls a function. Its effect is harmless: a program or function named "canary" that leaves a mark, a file of the test's
/// own, a property. Proofs by a server, an archive or a value that has no short form give none.
/// </summary>
internal static partial class RegressionTests
{
    private const string Canary = "canary", SecretName = "secret/flag.txt";
    private static readonly JsonSerializerOptions s_text = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ProofTest? Of(Proof proof)
    {
        var job = proof.Attack[^1];
        if (job.Files.FirstOrDefault(f => f.Path == "poc/input.json") is not { } plan || job.Command is not ["node", .., "/work/poc/harness.js"]) return null;
        HarnessInput? input;
        try { input = JsonSerializer.Deserialize<HarnessInput>(plan.Content, s_read); }
        catch (JsonException) { return null; }
        if (input is not { Cases: [var one], Growth: null } || !(input.Module + "/").StartsWith(ProjectUnderTest.Folder + "/", StringComparison.Ordinal)) return null;
        if (Call(input, one, proof.Oracle.Name == "secret") is not { } call) return null;
        List<string>? body = proof.Oracle.Name switch
        {
            "command" => Command(call, [.. job.StandIns.Where(s => !s.StartsWith(CommandOracle.Program, StringComparison.Ordinal))]),
            "pollution" => Pollution(call),
            "secret" => Secret(call),
            "cpu" => Growth(call),
            _ => null,
        };
        var title = proof.Oracle.Name switch { "command" => "does not start a program that the input names", "pollution" => "does not change a prototype", "secret" => "does not read a file outside of its folder", _ => "takes no more than a moment for a long text" };
        return body is null ? null : new ProofTest(title, body, input.Module.Length > ProjectUnderTest.Folder.Length ? input.Module[(ProjectUnderTest.Folder.Length + 1)..] : "");
    }

    private static readonly JsonSerializerOptions s_read = new(EvidenceJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip, RespectRequiredConstructorParameters = false };

    private static List<string> Command(string call, IReadOnlyList<string> standIns) =>
    [
        "const fs = require('fs'), os = require('os'), path = require('path');",
        "const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'canary-')), mark = path.join(folder, 'mark');",
        "fs.writeFileSync(path.join(folder, 'canary'), '#!/bin/sh\\n: > \"' + mark + '\"\\n', { mode: 0o755 });",
        .. standIns.Count > 0 ? [$"for (const name of {JsonSerializer.Serialize(standIns, s_text)}) fs.writeFileSync(path.join(folder, name), '#!/bin/sh\\n', {{ mode: 0o755 }});"] : Array.Empty<string>(),
        "process.env.PATH = folder + path.delimiter + process.env.PATH;",
        "globalThis.canary = () => fs.writeFileSync(mark, '');",
        $"try {{ await {call}; }} catch (error) {{ /* refusing the input is fine */ }}",
        "await new Promise(done => setTimeout(done, 500));",
        "assert.ok(!fs.existsSync(mark), 'the input started a program or was evaluated');",
    ];

    private static List<string> Pollution(string call) =>
    [
        "const count = () => [Object, Array, Function, String].map(type => Object.getOwnPropertyNames(type.prototype).length).join();",
        "const before = count();",
        $"try {{ await {call}; }} catch (error) {{ /* refusing the input is fine */ }}",
        "assert.strictEqual(count(), before, 'a prototype was changed');",
    ];

    private static List<string> Secret(string call) =>
    [
        "const fs = require('fs'), os = require('os'), path = require('path');",
        "const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'canary-')), outside = path.join(folder, 'flag.txt').slice(1), seen = [];",
        "fs.writeFileSync('/' + outside, 'canary-content');",
        $"try {{ seen.push(await {call}); }} catch (error) {{ /* refusing the input is fine */ }}",
        "await new Promise(done => setTimeout(done, 300));",
        "assert.ok(!seen.map(value => String(value) + JSON.stringify(value)).join().includes('canary-content'), 'a file outside of the folder was read');",
    ];

    private static List<string> Growth(string call) =>
    [
        "const start = process.cpuUsage();",
        $"try {{ await {call}; }} catch (error) {{ /* refusing the input is fine */ }}",
        "assert.ok(process.cpuUsage(start).user < 500000, 'matching took longer than half a second');",
    ];

    // The call as an expression over "target", the loaded module; null for values that have no short form.
    private static string? Call(HarnessInput input, HarnessCase one, bool collects)
    {
        var text = "target";
        foreach (var step in one.Access ?? input.Access)
        {
            if (step.Kind == "property") { text += Name().IsMatch(step.Name) ? "." + step.Name : $"[{Quote(step.Name)}]"; continue; }
            if (Values(step.Args, collects) is not { } made) return null;
            text = step.Kind == "new" ? $"new {(text.Contains('(', StringComparison.Ordinal) ? $"({text})" : text)}({made})" : $"{text}({made})";
        }
        if (Values(one.Args, collects) is not { } arguments) return null;
        return input.Construct ? $"new {(text.Contains('(', StringComparison.Ordinal) ? $"({text})" : text)}({arguments})" : $"{text}({arguments})";
    }

    private static string? Values(IReadOnlyList<JsValue> values, bool collects)
    {
        var made = values.Select(v => Value(v, collects)).ToList();
        return made.Contains(null) ? null : string.Join(", ", made);
    }

    private static string? Value(JsValue v, bool collects)
    {
        switch (v.Kind)
        {
            case "undefined" or "null": return v.Kind;
            case "number" or "boolean": return v.Text;
            case "string": return Quote(v.Text ?? "");
            case "json": return $"JSON.parse({Quote(v.Text ?? "")})";
            case "buffer": return $"Buffer.from({Quote(v.Text ?? "")})";
            case "date": return $"new Date({v.Text})";
            case "function": return collects ? "(...results) => { seen.push(...results); }" : "() => {}";
            case "emitter": return "new (require('events'))()";
            case "repeat" when v.Items is [var prefix, var pump, var suffix]: return $"{Quote(prefix.Text ?? "")} + {Quote(pump.Text ?? "")}.repeat({v.Text}) + {Quote(suffix.Text ?? "")}";
            case "array": return Values(v.Items ?? [], collects) is { } items ? $"[{items}]" : null;
            case "object":
                var pairs = (v.Properties ?? []).Select(p => (p.Key, Text: Value(p.Value, collects))).ToList();
                if (pairs.Any(p => p.Text is null)) return null;
                // A computed key, so that "__proto__" becomes a property as with JSON.parse.
                return pairs.Count == 0 ? "{}" : $"{{ {string.Join(", ", pairs.Select(p => (p.Key == "__proto__" ? "['__proto__']" : Name().IsMatch(p.Key) ? p.Key : Quote(p.Key)) + ": " + p.Text))} }}";
            default: return null;
        }
    }

    private static string Quote(string text)
    {
        text = Program().Replace(text, Canary).Replace(Nonces.AttackMark, Canary, StringComparison.Ordinal);
        var parts = text.Split(SecretName).Select(p => JsonSerializer.Serialize(p, s_text)).ToList();
        return parts.Count == 1 ? parts[0] : string.Join(" + outside + ", parts);
    }

    [GeneratedRegex(@"^[A-Za-z_$][\w$]*$")]
    private static partial Regex Name();

    [GeneratedRegex(CommandOracle.Program + "[a-z0-9]*")]
    private static partial Regex Program();
}
