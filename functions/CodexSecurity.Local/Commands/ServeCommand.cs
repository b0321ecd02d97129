using System.CommandLine;
using System.Security.Cryptography;
using CodexSecurity.Local.Hosting;
using Microsoft.AspNetCore.Builder;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security serve</c>: the API over the scans of this machine.</summary>
internal static class ServeCommand
{
    private const string Variable = "CODEX_SECURITY_TOKEN";

    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0 for a free one", DefaultValueFactory = _ => 7410 };
        port.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 65535) r.AddError("--port is a number from 0 to 65535"); });
        var command = new Command("serve", "Serve findings, reports and evidence of this machine's scans over HTTP, on loopback") { port };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            var set = Environment.GetEnvironmentVariable(Variable);
            var token = set is { Length: >= 16 } ? set : set is { Length: > 0 } ? throw new CommandProblem($"{Variable} has to have 16 characters or more") : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            using var stores = LocalStores.Open(LocalHome.Find());
            await using var server = ApiServer.Create(stores, parsed.GetValue(port), token);
            await server.StartAsync(ct).ConfigureAwait(false);
            Console.Out.WriteLine("listening on " + string.Join(", ", server.Urls));
            if (set is null or "") Console.Out.WriteLine($"bearer token for this run: {token}");
            try { await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(false); }
            catch (OperationCanceledException) { await server.StopAsync(CancellationToken.None).ConfigureAwait(false); }
            return 0;
        }, ct));
        return command;
    }
}
