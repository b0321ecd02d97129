using System.CommandLine;
using CodexSecurity.Adapters.LocalDisk;
using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Local.Commands;

ParserPool.Compiled = CompiledModuleFiles.Usual();
var root = new RootCommand("Codex Security: finds vulnerabilities, proves them by exploit in a sandbox, and patches them")
{
    ScanCommand.Create(), FindingsCommand.Create(), ThreatModelCommand.Create(), ReplayCommand.Create(), PatchCommand.Create(), PolicyCommand.Create(), ServeCommand.Create(), SandboxRunnerCommand.Create(),
};
var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors) Console.Error.WriteLine("error: " + error.Message);
    Console.Error.WriteLine("See codex-security --help.");
    return CommandRunner.Problem;
}
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) }).ConfigureAwait(false);
