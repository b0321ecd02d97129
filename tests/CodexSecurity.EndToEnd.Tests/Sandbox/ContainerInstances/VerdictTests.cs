using System.Runtime.Versioning;
using System.Security.Cryptography;
using CodexSecurity.Adapters.Sandboxes;
using CodexSecurity.Analysis.Results;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation;
using static CodexSecurity.EndToEnd.Tests.Validation.Lab;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>The real validation stage over container groups: the same verdicts as with a sandbox on this machine.</summary>
[SupportedOSPlatform("linux")]
public sealed class VerdictTests(ITestOutputHelper output)
{
    private static async Task<ValidationOutcome> RunAsync(Cloud cloud, ProjectUnderTest project, Candidate candidate, RuleInfo rule, string text)
    {
        var stage = ValidationSetup.Stage(cloud.Sandbox, new RandomNonceSource(), (content, _) =>
            Task.FromResult(new ArtifactRef(Convert.ToHexStringLower(SHA256.HashData(content.Span)), content.Length, "application/zip")), text => text);
        var context = new EvidenceContext("csf_test", "test", "", "digest", "0", "0");
        return await stage.RunAsync(new ValidationInput(candidate, rule, project, [new SourceFile("index.js", text)], context, ValidationBudget.Default), TestContext.Current.CancellationToken);
    }

    private async Task Both(string vulnerable, string mended, Candidate candidate, RuleInfo rule)
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        foreach (var (text, verdict) in new[] { (vulnerable, ValidationVerdict.Confirmed), (mended, ValidationVerdict.NotReproduced) })
        {
            var outcome = await RunAsync(cloud, Project(("index.js", text)), candidate, rule, text);
            output.WriteLine($"{outcome.Summary.Verdict} {outcome.Summary.Level} after {outcome.Runs} runs: {outcome.Summary.Reason}");
            foreach (var attempt in outcome.Summary.Attempts) output.WriteLine($"  {attempt.Strategy}: {attempt.Outcome}, {attempt.Detail}");
            Assert.Equal(verdict, outcome.Summary.Verdict);
        }

        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public Task A_shell_command_is_seen_by_the_trace_of_program_starts() => Both(
        "const cp=require('child_process');module.exports=function(file,cb){cp.exec('ls \"'+file+'\"',(e,out)=>cb(null,'done'));};",
        "const cp=require('child_process');module.exports=function(file,cb){cp.execFile('ls',['--',file],(e,out)=>cb(null,'done'));};",
        Candidate("command-injection", Export("index.js", [], Shape("file", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")), Rule("command-injection", 78));

    [Fact]
    public Task A_polluted_prototype_is_seen() => Both(
        "module.exports=function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        "module.exports=function merge(a,b){for(const k in b){if(k==='__proto__'||k==='constructor')continue;if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        Candidate("prototype-pollution", Export("index.js", [], Shape("a", "object"), Shape("b", "object")), "", Input("arg1", "{key}")), Rule("prototype-pollution", 1321));

    [Fact]
    public Task A_file_outside_the_root_is_read_by_a_request() => Both(
        "const http=require('http'),fs=require('fs'),path=require('path');const root=process.cwd();http.createServer((req,res)=>{const file=path.join(root,decodeURIComponent(req.url.split('?')[0]));fs.readFile(file,(e,data)=>{res.statusCode=e?404:200;res.end(e?'none':data)})}).listen(80);",
        "const http=require('http'),fs=require('fs'),path=require('path');const root=process.cwd();http.createServer((req,res)=>{const file=path.join(root,decodeURIComponent(req.url.split('?')[0]));if(!file.startsWith(path.resolve(root)+path.sep)){res.statusCode=403;return res.end('no')}fs.readFile(file,(e,data)=>{res.statusCode=e?404:200;res.end(e?'none':data)})}).listen(80);",
        Candidate("path-traversal.read", new EntryPoint(EntryPointKind.HttpServer, Nowhere, "handler", "index.js", [], [], [], "*", null, "http", false, []), "fs.readFile", Input("request", "url")) with { SourceKind = "http-request" },
        Rule("path-traversal.read", 22));

    [Fact]
    public async Task Where_the_platform_has_no_room_the_verdict_is_inconclusive()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud();
        Assert.True((await cloud.Sandbox.ProbeAsync(TestContext.Current.CancellationToken)).Available);
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1000, 409, "ContainerGroupQuotaReached"));
        const string Text = "const cp=require('child_process');module.exports=function(file,cb){cp.exec('ls \"'+file+'\"',(e,out)=>cb(null,'done'));};";
        var outcome = await RunAsync(cloud, Project(("index.js", Text)),
            Candidate("command-injection", Export("index.js", [], Shape("file", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")), Rule("command-injection", 78), Text);
        Assert.Equal(ValidationVerdict.Inconclusive, outcome.Summary.Verdict);
        output.WriteLine(outcome.Summary.Reason);
    }
}
