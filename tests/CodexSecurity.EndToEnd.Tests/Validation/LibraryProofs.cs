using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using static CodexSecurity.EndToEnd.Tests.Validation.Lab;

namespace CodexSecurity.EndToEnd.Tests.Validation;

/// <summary>Vulnerable programs are confirmed, their mended twins are not.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LibraryProofs(ITestOutputHelper output)
{
    private readonly Lab _lab = new(output);

    private async Task Check(string vulnerable, string mended, Candidate candidate, RuleInfo rule, params (string, string)[] more)
    {
        var project = Project([("index.js", vulnerable), .. more]);
        var confirmed = await _lab.RunAsync(project, candidate, rule, [.. more]);
        Assert.Equal((ValidationVerdict.Confirmed, ValidationLevel.Reproduced), (confirmed.Summary.Verdict, confirmed.Summary.Level));
        byte[] bundle = _lab.Bundle;
        var fixedProject = Project([("index.js", mended), .. more]);
        var gate = await GateAsync(confirmed, fixedProject);
        Assert.True(gate.Ran && !gate.Fired, gate.AttackReading.Detail);
        Assert.True((await GateAsync(confirmed, project)).AttackReading.Seen);
        Assert.Equal(ValidationVerdict.Confirmed, (await ReplayAsync(bundle, project)).Verdict);
        Assert.Equal(ValidationVerdict.NotReproduced, (await ReplayAsync(bundle, fixedProject)).Verdict);
        var refuted = await _lab.RunAsync(fixedProject, candidate, rule, [.. more]);
        Assert.Equal(ValidationVerdict.NotReproduced, refuted.Summary.Verdict);
    }

    [Fact]
    public Task A_shell_command_built_from_an_argument_is_confirmed() => Check(
        "const cp=require('child_process');module.exports=function(file,cb){cp.exec('ls \"'+file+'\"',(e,out)=>cb(null,'done'));};",
        "const cp=require('child_process');module.exports=function(file,cb){cp.execFile('ls',['--',file],(e,out)=>cb(null,'done'));};",
        Candidate("command-injection", Export("index.js", [], Shape("file", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_call_that_fails_is_repaired_until_it_reaches_the_shell() => Check(
        "const cp=require('child_process');class Tool{constructor(o){this.o=o.deep.name} run(list,x,done){list.forEach(i=>0);if(!done)throw new TypeError('callback is required');cp.spawnSync('adbx');const r=cp.spawnSync('adbx');if(r.error)throw r.error;cp.execSync('adbx '+x.serial);done()}}\nexports.make=o=>new Tool(o);",
        "const cp=require('child_process');class Tool{constructor(o){this.o=o.deep.name} run(list,x,done){list.forEach(i=>0);if(!done)throw new TypeError('callback is required');cp.spawnSync('adbx');const r=cp.spawnSync('adbx');if(r.error)throw r.error;cp.spawnSync('adbx',[x.serial]);done()}}\nexports.make=o=>new Tool(o);",
        Candidate("command-injection",
            Export("index.js", [Property("make"), new AccessSegment(AccessKind.Call, "", [Shape("o") with { Properties = [Shape("deep") with { Properties = [Shape("name")] }] }]), Property("run")], Shape("list"), Shape("x"), Shape("d")),
            "child_process.execSync", Input("arg1", "serial")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_recursive_merge_is_confirmed_as_prototype_pollution() => Check(
        "module.exports=function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        "module.exports=function merge(a,b){for(const k in b){if(k==='__proto__'||k==='constructor')continue;if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        Candidate("prototype-pollution", Export("index.js", [], Shape("a", "object"), Shape("b", "object")), "", Input("arg1", "{key}")),
        Rule("prototype-pollution", 1321));

    [Fact]
    public Task A_guard_that_lists_slip_through_is_confirmed_as_prototype_pollution() => Check(
        "exports.set=function(path,value,o){let at=o;path.slice(0,-1).forEach(k=>{if(k==='__proto__'||k==='constructor')throw new Error('no');at=at[k]=at[k]||{}});at[path[path.length-1]]=value;return o;};",
        "exports.set=function(path,value,o){let at=o;path.slice(0,-1).map(String).forEach(k=>{if(k==='__proto__'||k==='constructor')throw new Error('no');at=at[k]=at[k]||{}});at[path[path.length-1]]=value;return o;};",
        Candidate("prototype-pollution", Export("index.js", [Property("set")], Shape("path", "array"), Shape("value"), Shape("o", "object")), "", Input("arg0", "[*]")),
        Rule("prototype-pollution", 1321));
}
