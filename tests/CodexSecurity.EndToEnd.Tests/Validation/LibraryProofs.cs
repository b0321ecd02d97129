using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Validation;
using static CodexSecurity.EndToEnd.Tests.Validation.Lab;

namespace CodexSecurity.EndToEnd.Tests.Validation;

/// <summary>Vulnerable programs are confirmed, their mended twins are not.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Collection(MeasuredRuns.Name)]
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
    public Task A_function_that_a_cloud_calls_with_a_request_is_called_with_an_event() => Check(
        "const cp=require('child_process');exports.handler=async event=>{cp.execSync('ls '+event.queryStringParameters.dir);return {statusCode:200}};",
        "const cp=require('child_process');exports.handler=async event=>{cp.execFileSync('ls',['--',event.queryStringParameters.dir]);return {statusCode:200}};",
        Candidate("command-injection", Export("index.js", [Property("handler")], Shape("event") with { Properties = [Shape("queryStringParameters") with { Properties = [Shape("dir")] }] }), "child_process.execSync",
            Input("arg0", "queryStringParameters", "dir")) with { SourceKind = "http-request" },
        Rule("command-injection", 78));

    [Fact]
    public Task Work_that_begins_only_when_its_outcome_is_wanted_is_begun() => Check(
        "const cp=require('child_process');module.exports=function(name){return {fork:(no,yes)=>{cp.exec('ls '+name,(e,out)=>e?no(e):yes('done'))}}};",
        "const cp=require('child_process');module.exports=function(name){return {fork:(no,yes)=>{cp.execFile('ls',['--',name],(e,out)=>e?no(e):yes('done'))}}};",
        Candidate("command-injection", Export("index.js", [], Shape("name", "string")), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task Options_of_which_a_shell_is_one_are_filled_so_that_commands_run() => Check(
        "const cp=require('child_process');module.exports=function(line,options){return new Promise(done=>cp.exec('ls '+line,options||{},()=>done('done')));};",
        "const cp=require('child_process');module.exports=function(line,options){return new Promise(done=>cp.execFile('ls',['--',line],()=>done('done')));};",
        Candidate("command-injection", Export("index.js", [], Shape("line", "string"), Shape("options", "object") with { Properties = [Shape("shell", "string"), Shape("encoding", "string")] }), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_command_whose_first_word_is_replaced_is_confirmed() => Check(
        "const cp=require('child_process');module.exports=function(line,cb){const words=line.split(' ');words[0]='ls';cp.exec(words.join(' '),()=>cb(null,'done'));};",
        "const cp=require('child_process');module.exports=function(line,cb){const words=line.split(' ');cp.execFile('ls',['--',...words.slice(1)],()=>cb(null,'done'));};",
        Candidate("command-injection", Export("index.js", [], Shape("line", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")),
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
    public Task Code_that_looks_for_the_file_first_finds_it() => Check(
        "const cp=require('child_process'),fs=require('fs');module.exports=function(name){if(!fs.existsSync('.git')||!fs.existsSync(name))return;cp.execSync('ls '+name);};",
        "const cp=require('child_process'),fs=require('fs');module.exports=function(name){if(!fs.existsSync('.git')||!fs.existsSync(name))return;cp.execFileSync('ls',['--',name]);};",
        Candidate("command-injection", Export("index.js", [], Shape("name", "string")), "child_process.execSync", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_text_that_has_to_begin_in_some_way_does() => Check(
        "module.exports=function(text){if(text.indexOf('_$marked$_')!==0)return 0;return eval('('+text.substring(10)+')');};",
        "module.exports=function(text){if(text.indexOf('_$marked$_')!==0)return 0;return text.substring(10);};",
        Candidate("code-injection", Export("index.js", [], Shape("text", "string")), "eval", Input("arg0")) with { Conditions = [new PathCondition("arg0", [], "startsWith", "_$marked$_", true)] },
        Rule("code-injection", 94));

    [Fact]
    public Task A_promise_that_is_broken_for_its_arguments_is_asked_for_with_others() => Check(
        "const cp=require('child_process'),fs=require('fs');module.exports=function(data){return new Promise((yes,no)=>fs.existsSync(data.projectPath||'')?cp.exec('ls '+data.name,()=>yes('done')):no(new Error('no such project')));};",
        "const cp=require('child_process'),fs=require('fs');module.exports=function(data){return new Promise((yes,no)=>fs.existsSync(data.projectPath||'')?cp.execFile('ls',['--',data.name],()=>yes('done')):no(new Error('no such project')));};",
        Candidate("command-injection", Export("index.js", [], Shape("data", "object") with { Properties = [Shape("name", "string"), Shape("projectPath") with { Optional = true }] }), "child_process.exec", Input("arg0", "name")),
        Rule("command-injection", 78), ("README.md", "# Use\n\n```js\nrequire('.')({ name: 'x', projectPath: '/srv/project' })\n```\n"));

    [Fact]
    public Task A_call_may_end_at_the_attacked_argument() => Check(
        "const cp=require('child_process');module.exports=function(host,more){if(typeof more==='function')return more();cp.execSync('ls '+host);};",
        "const cp=require('child_process');module.exports=function(host,more){if(typeof more==='function')return more();cp.spawnSync('ls',['--',host]);};",
        Candidate("command-injection", Export("index.js", [], Shape("host", "string"), Shape("more", "function")), "child_process.execSync", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_stream_that_comes_back_is_fed() => Check(
        "const cp=require('child_process'),{Transform}=require('stream');module.exports=o=>new Transform({objectMode:true,transform(file,e,done){if(file.isNull())throw new Error('no');done();},flush(done){cp.exec('ls '+o.name,()=>done());}});",
        "const cp=require('child_process'),{Transform}=require('stream');module.exports=o=>new Transform({objectMode:true,transform(file,e,done){if(file.isNull())throw new Error('no');done();},flush(done){cp.execFile('ls',['--',o.name],()=>done());}});",
        Candidate("command-injection", Export("index.js", [], Shape("o", "object") with { Properties = [Shape("name", "string")] }), "child_process.exec", Input("arg0", "name")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_generator_that_comes_back_is_driven() => Check(
        "const cp=require('child_process');module.exports=function*(name){const both=yield [Promise.resolve(1),done=>done(null,2)];if(both[0]+both[1]!==3)return;try{yield Promise.reject(new Error('no'))}catch(e){cp.execSync('ls '+name);}};",
        "const cp=require('child_process');module.exports=function*(name){const both=yield [Promise.resolve(1),done=>done(null,2)];if(both[0]+both[1]!==3)return;try{yield Promise.reject(new Error('no'))}catch(e){cp.spawnSync('ls',['--',name]);}};",
        Candidate("command-injection", Export("index.js", [], Shape("name", "string")), "child_process.execSync", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task What_a_constructor_keeps_in_a_field_is_repaired() => Check(
        "const cp=require('child_process');module.exports=class{constructor(words){this.words=words;}run(name){this.words.forEach(w=>w);cp.execSync('ls '+name);}};",
        "const cp=require('child_process');module.exports=class{constructor(words){this.words=words;}run(name){this.words.forEach(w=>w);cp.spawnSync('ls',['--',name]);}};",
        Candidate("command-injection", Export("index.js", [new AccessSegment(AccessKind.New, "", [Shape("words", "string")]), Property("run")], Shape("name", "string")) with { ConstructorParameters = [Shape("words", "string")] }, "child_process.execSync", Input("arg0")),
        Rule("command-injection", 78));

    // Neither an ending nor a folder's index is named: node finds neither, a bundler does.
    [Fact]
    public async Task Modules_written_for_a_bundler_are_loaded()
    {
        (string, string)[] files = [("index.mjs", "export {list} from './lib';"), ("lib/index.mjs", "import {run} from './run';export const list=name=>run('ls '+name);"), ("lib/run.mjs", "import cp from 'child_process';export const run=command=>cp.execSync(command);")];
        var candidate = Candidate("command-injection", Export("index.mjs", [Property("list")], Shape("name", "string")), "child_process.execSync", Input("arg0"));
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("command-injection", 78), files);
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
    }

    [Fact]
    public Task A_program_that_is_asked_for_its_version_first_is_stood_in_for() => Check(
        "const cp=require('child_process');exports.notify=(text,cb)=>cp.exec('csy-notify --version',err=>err?cb(err):cp.exec('csy-notify '+text,cb));",
        "const cp=require('child_process');exports.notify=(text,cb)=>cp.exec('csy-notify --version',err=>err?cb(err):cp.execFile('csy-notify',['--',text],cb));",
        Candidate("command-injection", Export("index.js", [Property("notify")], Shape("text", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    [Fact]
    public Task A_folder_that_a_program_is_started_in_is_made() => Check(
        "const cp=require('child_process');module.exports=class{constructor(o){this.cwd=o.path;}run(name,cb){cp.exec('ls '+name,{cwd:this.cwd},cb);}};",
        "const cp=require('child_process');module.exports=class{constructor(o){this.cwd=o.path;}run(name,cb){cp.execFile('ls',['--',name],{cwd:this.cwd},cb);}};",
        Candidate("command-injection", Export("index.js", [new AccessSegment(AccessKind.New, "", [Shape("o", "object") with { Properties = [Shape("path", "string")] }]), Property("run")], Shape("name", "string"), Shape("cb", "function")), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    /// <summary>The best way is guarded, the next is not; what was tried by either is told.</summary>
    [Fact]
    public async Task The_next_way_to_a_sink_is_taken_where_the_best_led_nowhere()
    {
        var project = Project(("index.js", "const run=name=>require('child_process').execSync('ls '+name);exports.guarded=name=>{if(!/^\\w+$/.test(name))throw new Error('no');run(name);};exports.open=run;"));
        Candidate Way(string name) => Candidate("command-injection", Export("index.js", [Property(name)], Shape("name", "string")), "child_process.execSync", Input("arg0"));
        var alone = await _lab.RunAsync(project, Way("guarded"), Rule("command-injection", 78));
        Assert.Equal(ValidationVerdict.NotReproduced, alone.Summary.Verdict);
        var outcome = await _lab.RunAsync(project, Way("guarded") with { OtherWays = [Way("open")] }, Rule("command-injection", 78));
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
        Assert.Equal(alone.Summary.Attempts.Count + 2, outcome.Summary.Attempts.Count);
    }

    /// <summary>One run shows that a global is missing, and then all that a browser has are there.</summary>
    [Fact]
    public async Task A_library_for_browsers_gets_their_globals_together()
    {
        var project = Project(("index.js", "const from=navigator.userAgent,page=document.title,here=location.href;module.exports=function(file){require('child_process').execSync('ls '+file);};"));
        var outcome = await _lab.RunAsync(project, Candidate("command-injection", Export("index.js", [], Shape("file", "string")), "child_process.execSync", Input("arg0")), Rule("command-injection", 78));
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
        Assert.Equal(["no-effect", "explored", "confirmed"], outcome.Summary.Attempts.Select(a => a.Outcome));
    }

    [Fact]
    public Task A_recursive_merge_is_confirmed_as_prototype_pollution() => Check(
        "module.exports=function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        "module.exports=function merge(a,b){for(const k in b){if(k==='__proto__'||k==='constructor')continue;if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;};",
        Candidate("prototype-pollution", Export("index.js", [], Shape("a", "object"), Shape("b", "object")), "", Input("arg1", "{key}")),
        Rule("prototype-pollution", 1321));

    [Fact]
    public Task What_comes_late_after_many_calls_that_brought_nothing_is_seen() => Check(
        Later.Replace("GUARD", "", StringComparison.Ordinal), Later.Replace("GUARD", "if(p.includes('__proto__')||p.includes('constructor'))return done();", StringComparison.Ordinal),
        Candidate("prototype-pollution", Export("index.js", [], Shape("o", "object"), Shape("path", "string"), Shape("done", "function")), "", Input("arg1")),
        Rule("prototype-pollution", 1321));

    private const string Later = "const fs=require('fs');module.exports=function(o,p,done){if(typeof p!=='string'||p[0]!=='/')return;GUARDfs.stat('.',()=>setTimeout(()=>{const k=p.split('/').slice(1);let at=o;"
        + "for(const n of k.slice(0,-1))at=at[n]=at[n]||{};at[k[k.length-1]]=k[k.length-1];done(null,'done')},6));};";

    [Fact]
    public Task A_constructor_that_needs_more_than_the_attack_is_confirmed_as_prototype_pollution() => Check(
        "function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;}\nmodule.exports=class{constructor(config){if(!config.user)throw new Error('no user');this.config=merge({},config);}run(){return 'ran';}};",
        "function merge(a,b){for(const k in b){if(k==='__proto__'||k==='constructor')continue;if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;}\nmodule.exports=class{constructor(config){if(!config.user)throw new Error('no user');this.config=merge({},config);}run(){return 'ran';}};",
        Candidate("prototype-pollution", Export("index.js", [new AccessSegment(AccessKind.New, "", [Shape("config", "object") with { Properties = [Shape("user", "string")] }]), Property("run")]), "", Input("access0.arg0", "{key}")),
        Rule("prototype-pollution", 1321));

    [Fact]
    public Task A_guard_that_lists_slip_through_is_confirmed_as_prototype_pollution() => Check(
        "exports.set=function(path,value,o){let at=o;path.slice(0,-1).forEach(k=>{if(k==='__proto__'||k==='constructor')throw new Error('no');at=at[k]=at[k]||{}});at[path[path.length-1]]=value;return o;};",
        "exports.set=function(path,value,o){let at=o;path.slice(0,-1).map(String).forEach(k=>{if(k==='__proto__'||k==='constructor')throw new Error('no');at=at[k]=at[k]||{}});at[path[path.length-1]]=value;return o;};",
        Candidate("prototype-pollution", Export("index.js", [Property("set")], Shape("path", "array"), Shape("value"), Shape("o", "object")), "", Input("arg0", "[*]")),
        Rule("prototype-pollution", 1321));

    [Fact]
    public Task An_evaluated_argument_is_confirmed_as_code_injection() => Check(
        "exports.calc=function(x,o){return new Function('o','return \"'+x+'\".length')(o)};",
        "exports.calc=function(x,o){return String(x).length};",
        Candidate("code-injection", Export("index.js", [Property("calc")], Shape("x", "string"), Shape("o", "object")), "Function", Input("arg0")),
        Rule("code-injection", 94));

    [Fact]
    public Task A_file_name_that_leaves_the_root_is_confirmed_as_path_traversal() => Check(
        "const fs=require('fs'),path=require('path');exports.read=async function(o){return fs.promises.readFile(path.join('/work/app/data',o.name),'utf8')};",
        "const fs=require('fs'),path=require('path');exports.read=async function(o){const p=path.join('/work/app/data',o.name);if(!p.startsWith('/work/app/data/'))throw new Error('no');return fs.promises.readFile(p,'utf8')};",
        Candidate("path-traversal", Export("index.js", [Property("read")], Shape("o", "object")), "fs.readFile", Input("arg0", "name")),
        Rule("path-traversal", 22), ("data/input.txt", "hello"));

    [Fact]
    public Task A_written_name_that_leaves_the_root_is_confirmed_as_path_traversal() => Check(
        "const fs=require('fs'),path=require('path');exports.save=(name,text)=>fs.writeFileSync(path.join('/work/run',name),text);",
        "const fs=require('fs'),path=require('path');exports.save=(name,text)=>fs.writeFileSync(path.join('/work/run',path.basename(name)),text);",
        Candidate("path-traversal.write", Export("index.js", [Property("save")], Shape("name", "string"), Shape("text", "string")), "fs.writeFileSync", Input("arg0")),
        Rule("path-traversal.write", 22));

    [Fact]
    public Task A_removed_name_that_leaves_the_root_is_confirmed_as_path_traversal() => Check(
        "const fs=require('fs'),path=require('path');exports.drop=(name)=>fs.unlinkSync(path.join('/work/run',name));",
        "const fs=require('fs'),path=require('path');exports.drop=(name)=>fs.unlinkSync(path.join('/work/run',path.basename(name)));",
        Candidate("path-traversal.write", Export("index.js", [Property("drop")], Shape("name", "string")), "fs.unlinkSync", Input("arg0")),
        Rule("path-traversal.write", 22));

    // The way that detection found is none; what the package offers leads to the sink all the same. What fires from elsewhere is another weakness.
    [Theory]
    [InlineData(2, ValidationVerdict.Confirmed)]
    [InlineData(3, ValidationVerdict.Inconclusive)]
    public async Task Evaluated_text_is_reached_by_what_the_package_offers(int line, ValidationVerdict expected)
    {
        (string, string)[] files =
        [
            ("index.js", "const types=require('./types');exports.size=text=>text.length;exports.load=text=>types.all.get('js').construct(text);"),
            ("types.js", "exports.all=new Map([['js',{construct:text=>\n  eval('('+text+')'),\n  other:text=>eval(text)}]]);"),
        ];
        var candidate = Candidate("injection.code", Export("types.js", [Property("construct")], Shape("text", "string")), "eval", Input("arg0")) with { Sink = Nowhere with { Path = "types.js", StartLine = line, EndLine = line } };
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("injection.code", 94), files);
        Assert.Equal(expected, outcome.Summary.Verdict);
        if (expected == ValidationVerdict.Confirmed) Assert.StartsWith("calling load with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    // The same for a prototype: it counts where it was written, on a line that holds more as well.
    [Theory]
    [InlineData(1, true, ValidationVerdict.Confirmed)]
    [InlineData(1, false, ValidationVerdict.NotReproduced)]
    [InlineData(2, true, ValidationVerdict.NotReproduced)]
    public async Task A_prototype_is_reached_by_what_the_package_offers(int line, bool isMerge, ValidationVerdict expected)
    {
        const string Merge = "const all=new Map();function put(a,k,v){if(v===all)a[k]=v}function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k] = b[k];}return a;}\nexports.all=all;exports.put=put;exports.merge=merge;";
        int from = isMerge ? Merge.IndexOf("a[k] = b[k]", StringComparison.Ordinal) + 1 : Merge.IndexOf("a[k]=v", StringComparison.Ordinal) + 1;
        (string, string)[] files = [("index.js", "const m=require('./merge');exports.size=o=>Object.keys(o).length;exports.settings=(own,given)=>m.merge({name:'x'},given||own);"), ("merge.js", Merge)];
        var candidate = Candidate("prototype-pollution", Export("merge.js", [Property("put")], Shape("a", "object"), Shape("k", "string"), Shape("v", "string")), "", Input("arg1")) with
        {
            Sink = Nowhere with { Path = "merge.js", StartLine = line, EndLine = line, StartColumn = from, EndColumn = from + "a[k]".Length },
        };
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("prototype-pollution", 1321), files);
        Assert.Equal(expected, outcome.Summary.Verdict);
        if (expected == ValidationVerdict.Confirmed) Assert.StartsWith("calling settings with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    // The module makes objects with more methods than are tried, and holds itself: its own functions come first all the same, and the rest of the report fits.
    [Fact]
    public async Task What_a_package_offers_itself_comes_before_what_it_makes()
    {
        const string Merge = "function merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k]=b[k];}return a;}\nexports.put=()=>{};exports.merge=merge;";
        (string, string)[] files =
        [
            ("index.js", "function lib(value){this.value=value}for(let i=0;i<450;i++)lib.prototype['method'+i]=function(){return Promise.reject(new Error('not here: '+i+'.'.repeat(1500)))};\nlib.holder=lib;lib.settings=(own,given)=>require('./merge').merge({name:'x'},given||own);module.exports=lib;"),
            ("merge.js", Merge),
        ];
        int from = Merge.IndexOf("a[k]=b[k]", StringComparison.Ordinal) + 1;
        var candidate = Candidate("prototype-pollution", Export("merge.js", [Property("put")], Shape("a", "object")), "", Input("arg0")) with
        {
            Sink = Nowhere with { Path = "merge.js", StartLine = 1, EndLine = 1, StartColumn = from, EndColumn = from + "a[k]".Length },
        };
        // It is explored once for all findings, so those that come far behind others get it too.
        var outcome = await Stage(_ => { }).RunAsync(Of(Project(files), candidate, Rule("prototype-pollution", 1321), files) with { Budget = ValidationBudget.Brief }, TestContext.Current.CancellationToken);
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
        Assert.StartsWith("calling settings with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    // What the package offers stops before it comes there, whatever it is given: the function of the sink is called by itself, and the level says so.
    [Theory]
    [InlineData(true, ValidationVerdict.Confirmed, ValidationLevel.Harness)]
    [InlineData(false, ValidationVerdict.NotReproduced, ValidationLevel.Static)]
    public async Task A_prototype_is_reached_in_the_file_of_its_sink(bool isMerge, ValidationVerdict expected, ValidationLevel level)
    {
        const string Merge = "function put(a,k){if(k!=='__proto__'&&k!=='constructor')a[k]=1}\nfunction merge(a,b){for(const k in b){if(typeof b[k]==='object'&&typeof a[k]==='object')merge(a[k],b[k]);else a[k] = b[k];}return a;}\nexports.put=put;exports.merge=merge;";
        (string, string)[] files = [("index.js", "const m=require('./inside/merge'),known=new WeakSet();exports.save=(connection,given)=>{if(!known.has(connection))throw new Error('no such connection');m.merge({},given);m.put({},given);};"), ("inside/merge.js", Merge)];
        string sink = isMerge ? "a[k] = b[k]" : "a[k]=1";
        int at = Merge.IndexOf(sink, StringComparison.Ordinal), line = Merge[..at].Count(c => c == '\n') + 1, from = at - Merge.LastIndexOf('\n', at);
        var candidate = Candidate("prototype-pollution", Export("index.js", [Property("save")], Shape("connection", "object"), Shape("given", "object")), "", Input("arg1")) with
        {
            Sink = Nowhere with { Path = "inside/merge.js", StartLine = line, EndLine = line, StartColumn = from, EndColumn = from + "a[k]".Length },
        };
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("prototype-pollution", 1321), files);
        Assert.Equal((expected, level), (outcome.Summary.Verdict, outcome.Summary.Level));
        if (expected == ValidationVerdict.Confirmed) Assert.StartsWith("calling merge of inside/merge.js directly with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    // An exception names the function that has to be called first: for the way that detection found, and for what the package offers.
    [Theory]
    [InlineData("update")]
    [InlineData("hidden")]
    public async Task What_asks_for_a_call_is_tried_after_it(string entry)
    {
        const string Source = "let on=false;exports.enableUpdates=()=>{on=true};\nexports.update=(target,path,value)=>{if(!on)throw new Error('Updates are not loaded. To enable them, import and call `enableUpdates()` first.');const last=path.pop();let at=target;for(const k of path)at=at[k];at[last]=value;};";
        int at = Source.IndexOf("at[last]", StringComparison.Ordinal), from = at - Source.IndexOf('\n', StringComparison.Ordinal);
        var candidate = Candidate("prototype-pollution", Export("index.js", [Property(entry)], Shape("target", "object"), Shape("path", "array"), Shape("value")), "", Input("arg1")) with
        {
            Sink = Nowhere with { Path = "index.js", StartLine = 2, EndLine = 2, StartColumn = from, EndColumn = from + "at[last]".Length },
        };
        (string, string)[] files = [("index.js", Source)];
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("prototype-pollution", 1321), files);
        Assert.Equal(ValidationVerdict.Confirmed, outcome.Summary.Verdict);
        Assert.Equal(ValidationLevel.Reproduced, outcome.Summary.Level);
        Assert.StartsWith("calling update with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    // The same for a slow expression: the time counts that went into it, not what another one took of the same call.
    [Theory]
    [InlineData("\\s+$", ValidationVerdict.Confirmed)]
    [InlineData("#+$", ValidationVerdict.NotReproduced)]
    public async Task A_slow_expression_is_reached_by_what_the_package_offers(string pattern, ValidationVerdict expected)
    {
        (string, string)[] files =
        [
            ("index.js", "const rules=require('./rules');exports.size=text=>text.length;exports.Reader=function(){this.read=text=>[...rules.all.values()].map(r=>text.replace(r,''))};"),
            ("rules.js", "exports.all=new Map([['end',/\\s+$/]]);exports.quiet=text=>text.slice(0,100).replace(/#+$/,'');"),
        ];
        var candidate = Candidate("redos", Export("rules.js", [Property("quiet")], Shape("text", "string")), "String.prototype.replace", Input("arg0")) with { Properties = new Dictionary<string, string> { ["regex.pattern"] = pattern } };
        var outcome = await _lab.RunAsync(Project(files), candidate, Rule("redos", 1333), files);
        Assert.Equal(expected, outcome.Summary.Verdict);
        if (expected == ValidationVerdict.Confirmed) Assert.StartsWith("calling new Reader.read with ", outcome.Summary.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public Task Keys_that_come_from_fields_of_their_own_are_confirmed_as_prototype_pollution() => Check(
        "module.exports=function(branch){const all={};if(branch.type==='local')return all;const of=all[branch.name]=all[branch.name]||{};of[branch.ref]=branch;return all;};",
        "module.exports=function(branch){const all=new Map();if(branch.type==='local')return all;if(!all.has(branch.name))all.set(branch.name,new Map());all.get(branch.name).set(branch.ref,branch);return all;};",
        Candidate("prototype-pollution", Export("index.js", [], Shape("branch", "object") with { Properties = [Shape("name"), Shape("ref"), Shape("type")] }), "", Input("arg0", "name"), Input("arg0", "ref")),
        Rule("prototype-pollution", 1321));

    [Fact]
    public Task A_function_that_only_makes_the_one_which_starts_a_program_is_confirmed() => Check(
        "const cp=require('child_process');module.exports=function(command){return function(){return new Promise(done=>cp.exec('ls '+command,()=>done('done')))}};",
        "const cp=require('child_process');module.exports=function(command){return function(){return new Promise(done=>cp.execFile('ls',['--',command],()=>done('done')))}};",
        Candidate("command-injection", Export("index.js", [], Shape("command", "string")), "child_process.exec", Input("arg0")),
        Rule("command-injection", 78));

    // Detection knows the object that was copied, the sink the name that is read.
    [Fact]
    public Task An_option_that_was_copied_is_set_by_the_name_that_the_sink_reads() => Check(
        "module.exports=function(text,given){const all=Object.assign({},given);const f=new Function(all.variable||'o',\"return '\"+text.replace(/\\W/g,'')+\"'\");return data=>f(data)};",
        "module.exports=function(text,given){const all=Object.assign({},given);const f=new Function((all.variable||'o').replace(/\\W/g,'')||'o',\"return '\"+text.replace(/\\W/g,'')+\"'\");return data=>f(data)};",
        Candidate("injection.code", Export("index.js", [], Shape("text", "string"), Shape("given", "object")), "new Function", Input("arg1")) with { SinkExpression = "new Function(all.variable||'o',\"return '\"+text.replace(/\\W/g,'')+\"'\")" },
        Rule("injection.code", 94));

    [Fact]
    public Task The_name_of_a_function_that_is_written_into_code_is_confirmed() => Check(
        "module.exports=function(fn){if(typeof fn!=='function')throw new TypeError('no function');return eval('(function '+fn.name.replace(/\\s/g,'')+'(){\\nreturn fn()\\n})')};",
        "module.exports=function(fn){if(typeof fn!=='function')throw new TypeError('no function');return eval('(function '+fn.name.replace(/\\W/g,'')+'(){\\nreturn fn()\\n})')};",
        Candidate("injection.code", Export("index.js", [], Shape("fn", "function") with { Properties = [Shape("name", "string")] }), "eval", Input("arg0", "name")),
        Rule("injection.code", 94));

    [Fact]
    public Task Words_of_a_command_of_git_are_its_options() => Check(
        "const {execFile}=require('child_process');module.exports=(command,cb)=>execFile('git',command.split(' '),e=>cb(e));",
        "const {execFile}=require('child_process');module.exports=(command,cb)=>execFile('git',['show','--end-of-options',...command.split(' ')],e=>cb(e));",
        Candidate("injection.argument", Export("index.js", [], Shape("command", "string"), Shape("cb", "function")), "child_process.execFile", Input("arg0")),
        Rule("injection.argument", 88));

    [Fact]
    public Task A_quadratic_regular_expression_is_confirmed_by_its_growth() => Check(
        "exports.clean=function(text){return text.replace(/\\s+$/,'')};",
        "exports.clean=function(text){return text.trimEnd()};",
        Candidate("redos", Export("index.js", [Property("clean")], Shape("text", "string")), "String.prototype.replace", Input("arg0")) with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "\\s+$" } },
        Rule("redos", 1333));

    // What a function made of the text has properties, the text has none; and the slow part stands in braces.
    [Fact]
    public Task A_text_of_which_another_function_makes_an_object_is_attacked_as_a_text() => Check(
        Braces.Replace("EXPRESSION", "/^(.*,)+(.+)?$/", StringComparison.Ordinal), Braces.Replace("EXPRESSION", "/,.+$/", StringComparison.Ordinal),
        Candidate("redos", Export("index.js", [Property("expand")], Shape("str")), "RegExp.prototype.test", Input("arg0", "body")) with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "^(.*,)+(.+)?$" } },
        Rule("redos", 1333));

    private const string Braces = "function balanced(s){const m=/^([^{]*)\\{([^}]*)\\}/.exec(s);return m&&{pre:m[1],body:m[2]}}\nexports.expand=function(str){if(str.substr(0,2)==='{}')return [str];const m=balanced(str);return m?[m.pre,EXPRESSION.test(m.body)]:[str]};";

    // Of a sign that stands for a repetition few are needed, and a text that is long enough.
    [Fact]
    public Task An_expression_that_the_caller_writes_is_confirmed_by_its_growth() => Check(
        "module.exports=function(text,topics){return text.search('^'+topics.replace(/#/g,'([^.]+\\\\.?)+')+'$')!==-1};",
        "module.exports=function(text,topics){return text===topics.replace(/[^a-z]/g,'')};",
        Candidate("injection.regex-library", Export("index.js", [], Shape("text", "string"), Shape("topics", "string")), "String.search", Input("arg1")),
        Rule("injection.regex-library", 1333));

    [Fact]
    public Task An_exponential_regular_expression_is_confirmed_by_its_growth() => Check(
        "exports.check=function(text,cb){cb(/^(\\w+\\s?)*$/.test(text.trim()))};",
        "exports.check=function(text,cb){cb(/^[\\w\\s]*$/.test(text.trim()))};",
        Candidate("redos", Export("index.js", [Property("check")], Shape("text", "string"), Shape("cb", "function")), "RegExp.prototype.test", Input("arg0")) with { Properties = new Dictionary<string, string> { ["regex.pattern"] = "^(\\w+\\s?)*$" } },
        Rule("redos", 1333));

    [Fact]
    public Task An_address_from_an_argument_is_confirmed_as_request_forgery()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network canary needs root");
        return Check(
            "const http=require('http');exports.load=(u,cb)=>http.get(u,r=>{r.resume();cb(null,r.statusCode)});",
            "const http=require('http');exports.load=(u,cb)=>{if(!/^http:.{2}127.0.0.1:8643.benign$/.test(u))return cb(new Error('no'));http.get(u,r=>{r.resume();cb(null,r.statusCode)})};",
            Candidate("ssrf", Export("index.js", [Property("load")], Shape("u"), Shape("cb", "function")), "http.get", Input("arg0")),
            Rule("ssrf", 918));
    }

    [Fact]
    public Task An_unpacked_entry_that_leaves_the_folder_is_confirmed() => Check(
        Untar.Replace("CHECK", ""),
        Untar.Replace("CHECK", "if(!path.resolve(dest,name).startsWith(path.resolve(dest)+'/'))continue;"),
        Candidate("archive-extraction", Export("index.js", [Property("untar")], Shape("file", "string"), Shape("dest", "string")), "fs.writeFileSync", Input("arg0")),
        Rule("archive-extraction", 22));

    // Detection knows that an archive's entries name the file, not through which argument the archive comes.
    [Fact]
    public Task An_archive_that_is_read_by_whoever_is_called_is_an_argument_of_the_call() => Check(
        Untar.Replace("CHECK", ""),
        Untar.Replace("CHECK", "if(!path.resolve(dest,name).startsWith(path.resolve(dest)+'/'))continue;"),
        Candidate("archive-extraction", Export("index.js", [Property("untar")], Shape("file", "string"), Shape("dest", "string")), "fs.writeFileSync", Input("archive", "path")),
        Rule("archive-extraction", 22));

    [Fact]
    public Task An_archive_is_piped_into_a_stream_that_comes_back() => Check(
        Piped + Untar.Replace("CHECK", ""),
        Piped + Untar.Replace("CHECK", "if(!path.resolve(dest,name).startsWith(path.resolve(dest)+'/'))continue;"),
        Candidate("archive-extraction", Export("index.js", [Property("Extract")], Shape("dest", "string")), "fs.writeFileSync", Input("archive", "path")),
        Rule("archive-extraction", 22));

    // It takes objects as well as bytes, as readers of archives do that give out entries.
    private const string Piped = """
        exports.Extract=dest=>{const parts=[];return new (require('stream').Writable)({objectMode:true,write(chunk,encoding,done){parts.push(chunk);done()},
        final(done){fs.writeFileSync('/tmp/whole.tar',Buffer.concat(parts));exports.untar('/tmp/whole.tar',dest);done()}})};

        """;

    private const string Untar = """
        const fs=require('fs'),path=require('path');
        exports.untar=function(file,dest){const b=fs.readFileSync(file);for(let at=0;at+512<=b.length&&b[at];){const name=b.toString('utf8',at,at+100).replace(/\0.*/s,'');
        const size=parseInt(b.toString('utf8',at+124,at+135),8);at+=512;CHECK const to=path.join(dest,name);fs.mkdirSync(path.dirname(to),{recursive:true});fs.writeFileSync(to,b.subarray(at,at+size));at+=Math.ceil(size/512)*512}};
        """;
}
