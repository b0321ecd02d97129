using CodexSecurity.Analysis.Results;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Sandbox;
using CodexSecurity.Pipeline.Validation;
using CodexSecurity.Pipeline.Validation.Http;
using static CodexSecurity.EndToEnd.Tests.Validation.Lab;

namespace CodexSecurity.EndToEnd.Tests.Validation;

/// <summary>Servers that are started in every usual way: vulnerable ones are confirmed by a real request, mended ones are not.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class HttpProofs(ITestOutputHelper output)
{
    private const string Handler = "(req,res)=>{const file=path.join(root,decodeURIComponent(req.url.split('?')[0]));CHECKfs.readFile(file,(e,data)=>{res.statusCode=e?404:200;res.end(e?'none':data)})}";
    private const string Check = "if(!file.startsWith(path.resolve(root)+path.sep)){res.statusCode=403;return res.end('no')}";
    private const string Head = "const http=require('http'),fs=require('fs'),path=require('path');";

    private readonly Lab _lab = new(output);

    private static Candidate Server(string module, string rule, string sink, TaintedInput input, string? route = null, string? method = "*", params AccessSegment[] access)
    {
        var entry = new EntryPoint(route is null ? EntryPointKind.HttpServer : EntryPointKind.HttpRoute, Nowhere with { Path = module }, "handler", module, access, [], [], method, route, "http", false, []);
        return Candidate(rule, entry, sink, input) with { SourceKind = "http-request", Sink = Nowhere with { Path = module } };
    }

    private static Candidate Files(string module, params AccessSegment[] access) => Server(module, "path-traversal.read", "fs.readFile", Input("request", "url"), null, "*", access);

    private Task Both(string vulnerable, string mended, Candidate candidate, int cwe, params (string, string)[] more) => Both(vulnerable, mended, candidate, cwe, ValidationLevel.Reproduced, more);

    private async Task Both(string vulnerable, string mended, Candidate candidate, int cwe, ValidationLevel level, params (string, string)[] more)
    {
        string module = candidate.EntryPoint!.ModulePath;
        (string, string)[] bad = [(module, vulnerable), .. more], good = [(module, mended), .. more];
        var project = Project(bad);
        var rule = Rule(candidate.RuleId, cwe);
        var confirmed = await _lab.RunAsync(project, candidate, rule, bad);
        Assert.Equal((ValidationVerdict.Confirmed, level), (confirmed.Summary.Verdict, confirmed.Summary.Level));
        byte[] bundle = _lab.Bundle;
        var fixedProject = Project(good);
        var gate = await GateAsync(confirmed, fixedProject);
        Assert.True(gate.Ran && !gate.Fired, gate.AttackReading.Detail);
        var same = await GateAsync(confirmed, project);
        Assert.True(same.AttackReading.Seen);
        Assert.Equal(confirmed.ControlObservable, same.ControlObservable);
        Assert.Equal(ValidationVerdict.Confirmed, (await ReplayAsync(bundle, project)).Verdict);
        Assert.Equal(ValidationVerdict.NotReproduced, (await _lab.RunAsync(fixedProject, candidate, rule, good)).Summary.Verdict);
    }

    private Task Traversal(string program, string module = "index.js", AccessSegment[]? access = null, params (string, string)[] more)
    {
        string text = Head + program.Replace("HANDLER", Handler, StringComparison.Ordinal);
        return Both(text.Replace("CHECK", "", StringComparison.Ordinal), text.Replace("CHECK", Check, StringComparison.Ordinal), Files(module, access ?? []), 22, more);
    }

    [Fact]
    public Task A_server_that_listens_when_its_main_file_is_loaded() => Traversal("const root=process.cwd();http.createServer(HANDLER).listen(80);");

    [Fact]
    public Task A_server_on_a_random_port() => Traversal("const root=__dirname;http.createServer(HANDLER).listen(0,'0.0.0.0');");

    [Fact]
    public Task A_command_that_wants_a_port_and_a_folder() => Traversal(
        "const a=process.argv.slice(2),p=a.indexOf('-p');if(p<0||!a[p+2]){console.error('usage: serve -p PORT FOLDER');process.exit(1)}const root=path.resolve(a[p+2]);http.createServer(HANDLER).listen(+a[p+1]);",
        "bin/serve.js", null, ("package.json", """{"name":"x","bin":{"serve":"./bin/serve.js"}}"""));

    [Fact]
    public Task A_start_function_with_options() => Traversal("exports.start=function(options,ready){const root=options.root;if(!Number.isInteger(options.port))throw new Error('port');http.createServer(HANDLER).listen(options.port,ready)};",
        access: [Property("start")]);

    [Fact]
    public Task A_class_that_listens() => Traversal("class Server{constructor(port,dir){this.port=port;this.dir=dir} listen(){const root=this.dir;return http.createServer(HANDLER).listen(this.port)}}module.exports=Server;",
        access: [new AccessSegment(AccessKind.New, "", [Shape("port", "number"), Shape("dir", "string")]), Property("listen")]);

    // What stands before the routes, and below which address, is the server's to say: by themselves they show nothing.
    [Fact]
    public Task Routes_that_the_server_mounts_below_an_address()
    {
        const string App = """
            const http=require('http');
            const app={mounts:[],use(at,f){this.mounts.push([at,f])},handle(req,res){for(const [at,f] of this.mounts)if(req.url.startsWith(at+'/')){req.url=req.url.slice(at.length);return f.handle(req,res)}res.statusCode=404;res.end('none')}};
            app.use('/api/v1', require('./routes/files'));
            http.createServer((req,res)=>{req.term=new URL(req.url,'http://x').searchParams.get('term');app.handle(req,res)}).listen(80);
            """;
        const string Routes = "const cp=require('child_process');const router={get(at,f){this.at=at;this.f=f},handle(req,res){if(req.url.split('?')[0]===this.at)return this.f(req,res);res.statusCode=404;res.end('none')}};\nrouter.get('/list', (req,res)=>{const term=String(req.term);RUN});\nmodule.exports=router;";
        return Both(
            Routes.Replace("RUN", "cp.exec('echo '+term,(e,o)=>res.end(o))", StringComparison.Ordinal), Routes.Replace("RUN", "cp.execFile('echo',[term],(e,o)=>res.end(o))", StringComparison.Ordinal),
            Server("routes/files.js", "injection.command", "child_process.exec", Input("request", "query", "term"), "/list", "GET"), 78, ("app.js", App));
    }

    // The handler's file says nothing of addresses: another registers it, below what a third one mounts.
    [Fact]
    public Task Routes_that_another_file_registers()
    {
        const string App = """
            const http=require('http');
            const app={mounts:[],use(at,f){this.mounts.push([at,f])},handle(req,res){for(const [at,f] of this.mounts)if(req.url.startsWith(at+'/')){req.url=req.url.slice(at.length);return f.handle(req,res)}res.statusCode=404;res.end('none')}};
            app.use('/app', require('./routes/app')());
            http.createServer((req,res)=>{req.term=new URL(req.url,'http://x').searchParams.get('term');app.handle(req,res)}).listen(80);
            """;
        const string Routes = "const handlers=require('../core/handlers');const router={get(at,f){this.at=at;this.f=f},handle(req,res){if(req.url.split('?')[0]===this.at)return this.f(req,res);res.statusCode=404;res.end('none')}};\nmodule.exports=function(){\nrouter.get('/list', handlers.list);\nreturn router};";
        const string Handlers = "const cp=require('child_process');exports.list=(req,res)=>{const term=String(req.term);RUN};";
        return Both(
            Handlers.Replace("RUN", "cp.exec('echo '+term,(e,o)=>res.end(o))", StringComparison.Ordinal), Handlers.Replace("RUN", "cp.execFile('echo',[term],(e,o)=>res.end(o))", StringComparison.Ordinal),
            Server("core/handlers.js", "injection.command", "child_process.exec", Input("request", "query", "term"), "/list", "GET"), 78, ("app.js", App), ("routes/app.js", Routes));
    }

    private static readonly (string, string)[] s_packages =
    [
        ("package.json", """{"name":"x","dependencies":{"mongoose":"1","bcrypt":"1","express-session":"1","jsonwebtoken":"1"}}"""),
        ("node_modules/bcrypt/index.js", "module.exports=require('./lib/binding/bcrypt_lib.node');"),
        ("node_modules/jsonwebtoken/index.js", "exports.verify=()=>{throw new Error('invalid signature')};"),
    ];

    private const string Waiting = "const cp=require('child_process'),http=require('http'),mongoose=require('mongoose'),session=require('express-session'),jwt=require('jsonwebtoken');require('bcrypt').hashSync('x');"
        + "mongoose.connect('mongodb://db/x').then(()=>http.createServer((req,res)=>session({secret:'x'})(req,res,()=>{const token=(req.headers.authorization||'').split(' ')[1];"
        + "if(!req.session.userId||jwt.verify(token,'k').role!=='admin'){res.statusCode=401;return res.end('no')}const term=String(new URL(req.url,'http://x').searchParams.get('term'));RUN})).listen(80));";

    // There is neither a database in the sandbox nor anybody who may sign in, and nothing of a package is compiled: what stands in for them is said, and the level is a lower one.
    [Fact]
    public Task A_server_that_needs_a_database_a_compiled_module_and_a_visitor_who_is_signed_in() => Both(
        Waiting.Replace("RUN", "cp.exec('echo '+term,(e,o)=>res.end(o))", StringComparison.Ordinal), Waiting.Replace("RUN", "cp.execFile('echo',[term],(e,o)=>res.end(o))", StringComparison.Ordinal),
        Server("index.js", "injection.command", "child_process.exec", Input("request", "query", "term")), 78, ValidationLevel.Harness, s_packages);

    [Fact]
    public Task A_server_of_es_modules_that_needs_a_database()
    {
        const string Code = "import cp from 'child_process';import http from 'http';import mongoose from 'mongoose';import { MongoClient } from 'mongodb';import session from 'express-session';await mongoose.connect('mongodb://db/x');await new MongoClient('mongodb://db').connect();"
            + "http.createServer((req,res)=>session({secret:'x'})(req,res,()=>{if(!req.session.userId){res.statusCode=401;return res.end('no')}const term=String(new URL(req.url,'http://x').searchParams.get('term'));RUN})).listen(80);";
        (string, string)[] packages =
        [
            ("package.json", """{"name":"x","type":"module","dependencies":{"mongoose":"1","mongodb":"1","express-session":"1"}}"""),
            .. new[] { "mongoose", "mongodb", "express-session" }.SelectMany(n => new[] { ($"node_modules/{n}/package.json", $$"""{"name":"{{n}}","main":"lib/index.js"}"""), ($"node_modules/{n}/lib/index.js", "exports.MongoClient=null;throw new Error('no server')") }),
        ];
        return Both(
            Code.Replace("RUN", "cp.exec('echo '+term,(e,o)=>res.end(o))", StringComparison.Ordinal), Code.Replace("RUN", "cp.execFile('echo',[term],(e,o)=>res.end(o))", StringComparison.Ordinal),
            Server("index.js", "injection.command", "child_process.exec", Input("request", "query", "term")), 78, ValidationLevel.Harness, packages);
    }

    [Fact]
    public Task A_slow_expression_behind_a_database() => Both(
        Waiting.Replace("RUN", "res.end(String(/^(a|a)+$/.test(term)))", StringComparison.Ordinal), Waiting.Replace("RUN", "res.end(String(/^a+$/.test(term)))", StringComparison.Ordinal),
        Slow(Server("index.js", "redos.pattern", "RegExp.prototype.test", Input("request", "query", "term")), "^(a|a)+$"), 1333, ValidationLevel.Harness, s_packages);

    [Fact]
    public Task A_statement_that_a_mapper_is_given()
    {
        (string, string)[] packages =
        [
            ("package.json", """{"name":"x","dependencies":{"sequelize":"1"}}"""),
            ("node_modules/sequelize/index.js", "class Sequelize{constructor(name,options){this.options=options} query(){throw new Error('no server')}}module.exports=Sequelize;Sequelize.Sequelize=Sequelize;"),
        ];
        const string Code = "const S=require('sequelize'),db=new S('x',{dialect:'mysql'});require('http').createServer((req,res)=>{const term=String(new URL(req.url,'http://x').searchParams.get('term'));db.query(SQL).then(()=>res.end('done'))}).listen(80);";
        return Both(
            Code.Replace("SQL", "\"SELECT id FROM users WHERE login='\"+term+\"'\"", StringComparison.Ordinal), Code.Replace("SQL", "'SELECT id FROM users WHERE login=?',{replacements:[term]}", StringComparison.Ordinal),
            Server("index.js", "injection.sql", "sequelize.Connection.query", Input("request", "query", "term")), 89, ValidationLevel.Harness, packages);
    }

    [Fact]
    public Task What_an_uploaded_file_holds()
    {
        const string Code = "require('http').createServer((req,res)=>{let body='';req.on('data',d=>body+=d).on('end',()=>{const held=/\\r\\n\\r\\n([\\s\\S]*?)\\r\\n--/.exec(body);let value='';try{value=String(held?RUN(held[1]):'')}catch(e){value='no'}res.end(value)})}).listen(80);";
        return Both(
            Code.Replace("RUN", "eval", StringComparison.Ordinal), Code.Replace("RUN", "JSON.parse", StringComparison.Ordinal),
            Server("index.js", "injection.code", "eval", Input("request", "files", "list", "data"), null, "POST"), 94);
    }

    [Fact]
    public Task A_factory_of_middleware() => Traversal("module.exports=function(root){return function(req,res,next){if(req.method!=='GET')return next();return (HANDLER)(req,res)}};", access: [new AccessSegment(AccessKind.Call, "", [Shape("root", "string")])]);

    [Fact]
    public Task A_handler_below_a_folder_of_addresses() => Traversal("const root='/work/run';const serve=HANDLER;module.exports=(req,res)=>{if(!req.url.startsWith('/assets/')){res.statusCode=404;return res.end()}req.url=req.url.slice('/assets'.length);serve(req,res)};");

    // "site" is not there: on the way up the system would not get past it.
    [Fact]
    public Task A_root_that_only_the_code_names() => Both(
        "const fs=require('fs'),u=require('url');require('http').createServer((q,r)=>fs.readFile('site'+u.parse(q.url).pathname,(e,d)=>{if(e)r.statusCode=404;r.end(d)})).listen(8080);",
        "const fs=require('fs'),u=require('url'),path=require('path');require('http').createServer((q,r)=>fs.readFile('site'+path.posix.normalize(u.parse(q.url).pathname),(e,d)=>{if(e)r.statusCode=404;r.end(d)})).listen(8080);",
        Files("index.js") with { SinkShape = [new ShapePiece("site", -1), new ShapePiece(null, 0)] }, 22);

    // Only files of that ending can be read, and "pages" below the working directory is not there.
    [Fact]
    public Task Files_of_an_ending_that_the_code_names() => Both(
        "const fs=require('fs'),u=require('url');require('http').createServer((q,r)=>fs.readFile(process.cwd()+'/pages'+u.parse(q.url).pathname+'.htm',(e,d)=>{if(e)r.statusCode=404;r.end(d)})).listen(8080);",
        "const fs=require('fs'),u=require('url'),path=require('path');require('http').createServer((q,r)=>fs.readFile(process.cwd()+'/pages'+path.posix.normalize(u.parse(q.url).pathname)+'.htm',(e,d)=>{if(e)r.statusCode=404;r.end(d)})).listen(8080);",
        Files("index.js") with { SinkShape = [new ShapePiece(null, -1), new ShapePiece("/pages", -1), new ShapePiece(null, 0), new ShapePiece(".htm", -1)] }, 22);

    [Fact]
    public async Task A_server_whose_root_is_the_disk_is_no_traversal()
    {
        var project = Project(("index.js", Head + "const root='/';http.createServer(" + Handler.Replace("CHECK", "", StringComparison.Ordinal) + ").listen(8080);"));
        Assert.Equal(ValidationVerdict.NotReproduced, (await _lab.RunAsync(project, Files("index.js"), Rule("path-traversal.read", 22))).Summary.Verdict);
    }

    [Fact]
    public async Task A_server_that_logs_but_does_not_send_the_file_is_not_confirmed()
    {
        var project = Project(("index.js", Head + "http.createServer((q,r)=>{fs.readFile('.'+q.url,(e,d)=>{console.log(''+d);r.end('ok')})}).listen(8080);"));
        Assert.Equal(ValidationVerdict.NotReproduced, (await _lab.RunAsync(project, Files("index.js"), Rule("path-traversal.read", 22))).Summary.Verdict);
    }

    [Fact]
    public async Task A_server_that_can_not_start_is_inconclusive_with_the_reason()
    {
        var project = Project(("index.js", "require('a-module-that-is-not-there')"));
        var outcome = await _lab.RunAsync(project, Files("index.js"), Rule("path-traversal.read", 22));
        Assert.Equal(ValidationVerdict.Inconclusive, outcome.Summary.Verdict);
        Assert.Contains("a-module-that-is-not-there", outcome.Summary.Reason, StringComparison.Ordinal);
        // Loading fails, so other arguments are not tried.
        Assert.Single(outcome.Summary.Attempts);
    }

    [Fact]
    public Task A_command_built_from_a_query_value() => Both(
        "const cp=require('child_process'),u=require('url');require('http').createServer((q,r)=>{const {query}=u.parse(q.url,true);cp.exec('echo '+query.host,(e,o)=>r.end('done'))}).listen(8080);",
        "const cp=require('child_process'),u=require('url');require('http').createServer((q,r)=>{const {query}=u.parse(q.url,true);cp.execFile('echo',[''+query.host],(e,o)=>r.end('done'))}).listen(8080);",
        Server("index.js", "injection.command", "child_process.exec", Input("request", "query", "host")), 78);

    [Fact]
    public Task Routes_that_are_registered_on_an_application_that_is_given() => Both(
        "const cp=require('child_process');module.exports=function(app){app.use((q,r,n)=>n());app.get('/ping/:host?',function(req,res){cp.exec('echo '+req.params.host,(e,o)=>res.send('done'))})};",
        "const cp=require('child_process');module.exports=function(app){app.use((q,r,n)=>n());app.get('/ping/:host?',function(req,res){cp.execFile('echo',[''+req.params.host],(e,o)=>res.send('done'))})};",
        Server("routes.js", "injection.command", "child_process.exec", Input("request", "params", "host"), "/ping/:host?", "GET"), 78);

    [Fact]
    public Task Files_that_are_sent_by_an_application_that_is_given() => Both(
        "module.exports=(router)=>{router.route('/files').post((req,res)=>res.sendFile(require('path').resolve('/work/run',req.body.name)))};",
        "module.exports=(router)=>{router.route('/files').post((req,res)=>res.sendFile(''+req.body.name,{root:'/work/run'}))};",
        Server("routes.js", "path-traversal.read", "response.sendFile", Input("request", "body", "name"), "/files", "POST"), 22);

    private const string Body = "let t='';q.on('data',d=>t+=d);q.on('end',()=>{";

    [Fact]
    public Task Code_in_a_json_body() => Both(
        "require('http').createServer((q,r)=>{" + Body + "try{const b=JSON.parse(t);r.end(''+eval(b.preTax))}catch(e){r.end('no')}})}).listen(8080);",
        "require('http').createServer((q,r)=>{" + Body + "try{const b=JSON.parse(t);r.end(''+Number(b.preTax))}catch(e){r.end('no')}})}).listen(8080);",
        Server("index.js", "injection.code", "eval", Input("request", "body", "preTax")), 94);

    [Fact]
    public Task A_polluting_json_body() => Both(
        "function m(a,b){for(const k in b){if(typeof b[k]==='object'&&a[k])m(a[k],b[k]);else a[k]=b[k]}}require('http').createServer((q,r)=>{" + Body + "try{m({},JSON.parse(t))}catch(e){}r.end('ok')})}).listen(8080);",
        "function m(a,b){for(const k of Object.keys(b)){if(k==='__proto__'||k==='constructor')continue;if(typeof b[k]==='object'&&a[k])m(a[k],b[k]);else a[k]=b[k]}}require('http').createServer((q,r)=>{" + Body + "try{m({},JSON.parse(t))}catch(e){}r.end('ok')})}).listen(8080);",
        Server("index.js", "prototype-pollution.write", "", Input("request", "body", "{key}")), 1321);

    [Fact]
    public Task Markup_in_a_page() => Both(
        "require('http').createServer((q,r)=>{const name=new URL(q.url,'http://x').searchParams.get('name');r.setHeader('content-type','text/html');r.end('<p>'+name+'</p>')}).listen(8080);",
        "require('http').createServer((q,r)=>{const name=new URL(q.url,'http://x').searchParams.get('name');r.setHeader('content-type','text/html');r.end('<p title=\"'+(''+name).replace(/[\"&<]/g,c=>'&#'+c.charCodeAt(0)+';')+'\">x</p>')}).listen(8080);",
        Server("index.js", "xss.html", "http.ServerResponse.end", Input("request", "url")), 79);

    private const string Page = "const h=t=>(''+t).replace(/[\"'&<>]/g,c=>'&#'+c.charCodeAt(0)+';');require('http').createServer((q,r)=>{const name=new URL(q.url,'http://x').searchParams.get('name');r.setHeader('content-type','text/html');r.end(PAGE)}).listen(8080);";

    // What is encoded for HTML is still the attacker's in these places.
    [Theory]
    [InlineData("script", "'<script>var a='+h(name)+';</script>'", "'<script>var a=\"'+h(name)+'\";</script>'")]
    [InlineData("unquoted", "'<input value='+h(name)+' >'", "'<input value=\"'+h(name)+'\">'")]
    [InlineData("address", "'<a href=\"'+h(name)+'\">x</a>'", "'<a href=\"/'+h(name)+'\">x</a>'")]
    public Task A_value_in_a_place_of_a_template(string place, string vulnerable, string mended)
    {
        var candidate = Server("index.js", "xss.html", "express.Response.render", Input("request", "query", "name")) with { Properties = new Dictionary<string, string> { [CandidateProperties.TemplatePlace] = place } };
        return Both(Page.Replace("PAGE", vulnerable, StringComparison.Ordinal), Page.Replace("PAGE", mended, StringComparison.Ordinal), candidate, 79);
    }

    // What the page shows is the attacker's, and nothing of it is run.
    [Theory]
    [InlineData("script", "'<script type=\"application/json\">'+h(name)+'</script>'")]
    [InlineData("script", "'<script>var r=/\\'/,a=\\''+h(name)+'\\';</script>'")]
    [InlineData("script", "'<script>/* '+h(name)+' */</script>'")]
    [InlineData("address", "'<img src=\"'+h(name)+'\"><link href=\"'+h(name)+'\">'")]
    public async Task A_value_that_is_not_run_is_not_confirmed(string place, string page)
    {
        var candidate = Server("index.js", "xss.html", "express.Response.render", Input("request", "query", "name")) with { Properties = new Dictionary<string, string> { [CandidateProperties.TemplatePlace] = place } };
        var project = Project(("index.js", Page.Replace("PAGE", page, StringComparison.Ordinal)));
        Assert.Equal(ValidationVerdict.NotReproduced, (await _lab.RunAsync(project, candidate, Rule("xss.html", 79))).Summary.Verdict);
    }

    [Fact]
    public Task A_redirect_to_another_host() => Both(
        "require('http').createServer((q,r)=>{const to=new URL(q.url,'http://x').searchParams.get('next');r.writeHead(302,{Location:to||'/'});r.end()}).listen(8080);",
        "require('http').createServer((q,r)=>{const to=new URL(q.url,'http://x').searchParams.get('next');r.writeHead(302,{Location:/^\\/\\w+$/.test(to)?to:'/'});r.end()}).listen(8080);",
        Server("index.js", "redirect.open", "http.ServerResponse.writeHead", Input("request", "query", "next")), 601);

    [Fact]
    public Task A_statement_built_from_a_query_value() => Both(
        "const db=require('mysql').createConnection({});require('http').createServer((q,r)=>{const id=new URL(q.url,'http://x').searchParams.get('id');db.query(\"SELECT * FROM t WHERE id='\"+id+\"'\",(e,rows)=>r.end(JSON.stringify(rows)))}).listen(8080);",
        "const db=require('mysql').createConnection({});require('http').createServer((q,r)=>{const id=new URL(q.url,'http://x').searchParams.get('id');db.query('SELECT * FROM t WHERE id=?',[id],(e,rows)=>r.end(JSON.stringify(rows)))}).listen(8080);",
        Server("index.js", "injection.sql", "mysql.Connection.query", Input("request", "query", "id")), 89, ValidationLevel.Harness);

    [Fact]
    public Task An_operator_in_a_filter() => Both(
        "const {MongoClient}=require('mongodb');" + "require('http').createServer((q,r)=>{" + Body + "try{const b=JSON.parse(t);MongoClient.connect('x',(e,c)=>c.db('a').collection('u').findOne({name:b.name},(e,u)=>r.end('ok')))}catch(e){r.end('no')}})}).listen(8080);",
        "const {MongoClient}=require('mongodb');" + "require('http').createServer((q,r)=>{" + Body + "try{const b=JSON.parse(t);MongoClient.connect('x',(e,c)=>c.db('a').collection('u').findOne({name:''+b.name},(e,u)=>r.end('ok')))}catch(e){r.end('no')}})}).listen(8080);",
        Server("index.js", "injection.nosql", "mongodb.Collection.findOne", Input("request", "body", "name")), 943, ValidationLevel.Harness);

    [Fact]
    public Task An_exponential_expression_over_a_field_of_a_body() => Both(
        "require('http').createServer((q,r)=>{" + Body + "try{r.end(/^(\\w+-?)*$/.test(JSON.parse(t).title)?'yes':'no')}catch(e){r.end('no')}})}).listen(8080);",
        "require('http').createServer((q,r)=>{" + Body + "try{r.end(/^[\\w-]*$/.test(JSON.parse(t).title)?'yes':'no')}catch(e){r.end('no')}})}).listen(8080);",
        Slow(Server("index.js", "redos.pattern", "RegExp.prototype.test", Input("request", "body", "title")), "^(\\w+-?)*$"), 1333);

    // What a header may hold is little: one request takes some ten milliseconds, so several are sent. Which header it is, only the code says.
    [Fact]
    public Task A_quadratic_expression_over_a_header_of_requests_that_send_something() => Both(
        "const name='X-Tag-List'.toLowerCase();require('http').createServer((q,r)=>{if(q.method!=='POST')return r.end('none');r.end(String((q.headers[name]||'').split(/ *, */).length))}).listen(8080);",
        "const name='X-Tag-List'.toLowerCase();require('http').createServer((q,r)=>{if(q.method!=='POST')return r.end('none');r.end(String((q.headers[name]||'').split(',').map(t=>t.trim()).length))}).listen(8080);",
        Slow(Server("index.js", "redos.pattern", "String.prototype.split", Input("request", "headers")), " *, *"), 1333);

    // No expression of the program is slow: the request writes one.
    [Fact]
    public Task An_expression_that_a_request_writes() => Both(
        "const names=['Christopher Robinson of Lower Saxony'];require('http').createServer((q,r)=>{const name=new URL(q.url,'http://a').searchParams.get('name')||'';r.end(String(names.filter(n=>new RegExp('^'+name+'$').test(n)).length))}).listen(8080);",
        "const names=['Christopher Robinson of Lower Saxony'];require('http').createServer((q,r)=>{const name=new URL(q.url,'http://a').searchParams.get('name')||'';r.end(String(names.filter(n=>n===name).length))}).listen(8080);",
        Server("index.js", "injection.regex", "RegExp", Input("request", "query", "name")), 1333);

    private static Candidate Slow(Candidate candidate, string pattern) => candidate with { Properties = new Dictionary<string, string> { ["regex.pattern"] = pattern } };

    [Fact]
    public void Only_what_is_code_of_a_statement_counts()
    {
        Assert.Equal("select   where a=  and b", SqlText.Code("select 'it''s' where a=\"x\" and b", false));
        Assert.DoesNotContain("evil", SqlText.Code("select 'a\\' or evil='1'", true), StringComparison.Ordinal);
        Assert.Contains("evil", SqlText.Code("select 'a\\' or evil='1'", false), StringComparison.Ordinal);
        Assert.DoesNotContain("evil", SqlText.Code("select 1 -- evil\n /* evil */ from t", false), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("throw new Error('no database');", 0)]
    [InlineData(Head + "http.createServer((q,r)=>r.end('none')).listen(80);", 1)]
    public async Task A_server_that_does_not_start_is_not_started_again_for_other_requests(string program, int more)
    {
        var project = Project(("index.js", program));
        var sandbox = new Counted(Lab.Sandbox);
        var stage = Stage(_ => { }, sandbox);
        var command = Server("index.js", "command-injection", "child_process.exec", Input("request", "url"));
        var first = await stage.RunAsync(Of(project, Files("index.js"), Rule("path-traversal.read", 22)), TestContext.Current.CancellationToken);
        int before = sandbox.Runs;
        var second = await stage.RunAsync(Of(project, command, Rule("command-injection", 78)), TestContext.Current.CancellationToken);
        Assert.NotEqual(0, before);
        Assert.Equal(more, Math.Min(1, sandbox.Runs - before));
        if (more == 0) Assert.Equal((first.Summary.Verdict, first.Summary.Reason, first.Runs), (second.Summary.Verdict, second.Summary.Reason, second.Runs));
    }

    private sealed class Counted(ISandbox inner) : ISandbox
    {
        private int _runs;

        public int Runs => _runs;
        public string Name => inner.Name;

        public Task<SandboxStatus> ProbeAsync(CancellationToken ct) => inner.ProbeAsync(ct);

        public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
        {
            Interlocked.Increment(ref _runs);
            return inner.RunAsync(spec, ct);
        }
    }

    [Fact]
    public Task A_route_parameter_of_a_router() => Both(
        Router("const file=path.join('/work/run',params.name);"), Router("const file=path.join('/work/run',path.basename(params.name));"),
        Server("index.js", "path-traversal.read", "fs.readFile", Input("request", "params", "name"), "/files/:name", "GET"), 22);

    private static string Router(string line) => Head
        + "const routes=[];const app=(q,r)=>{const hit=routes.map(([re,f])=>[re.exec(q.url),f]).find(([m])=>m);if(!hit){r.statusCode=404;return r.end()}hit[1]({name:decodeURIComponent(hit[0][1])},r)};app.handle=app;app.use=()=>app;"
        + "routes.push([/^\\/files\\/([^/?]+)$/,(params,res)=>{" + line + "fs.readFile(file,(e,d)=>res.end(e?'none':d))}]);module.exports=app;";

    [Fact]
    public void Only_elements_of_a_page_count() =>
        Assert.Equal(["p", "b", "script", "i"], Markup.Elements("<p title='<x1>'><!-- <x2> --><b a=\"<x3>\"><script>'<x4>'</script></b>1 < 2 <i>").Select(e => e.Name));

    [Fact]
    public void Attributes_and_scripts_are_read_as_browsers_do()
    {
        PageElement[] page = [.. Markup.Elements("<a href = '&#106;s:x' b/c=d=e disabled>x</a><script src=y>1 < 2; a()</script><input value=x y=1 z")];
        Assert.Equal([("href", "js:x"), ("b", ""), ("c", "d=e"), ("disabled", "")], page[0].Attributes);
        Assert.Equal(("script", "1 < 2; a()"), (page[1].Name, page[1].Text));
        Assert.Equal(["value", "y", "z"], page[2].Attributes.Select(a => a.Name));
    }
}
