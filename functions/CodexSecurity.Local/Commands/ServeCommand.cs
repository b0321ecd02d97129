using System.CommandLine;
using System.Security.Cryptography;
using CodexSecurity.Adapters.AzureStorage;
using CodexSecurity.Adapters.GitHub;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Flow.Repositories;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.AspNetCore.Builder;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security serve</c>: the API, the webhook receiver, the scheduler and the flows of connected repositories.</summary>
internal static class ServeCommand
{
    private const string Variable = "CODEX_SECURITY_TOKEN", Secrets = "CODEX_SECURITY_WEBHOOK_SECRETS";

    public static Command Create()
    {
        var port = new Option<int>("--port") { Description = "Port on 127.0.0.1; 0 for a free one", DefaultValueFactory = _ => 7410 };
        port.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 0 or > 65535) r.AddError("--port is a number from 0 to 65535"); });
        var jobs = new Option<int>("--jobs") { Description = "Steps and sandbox runs at a time, 1 to 64", DefaultValueFactory = _ => 2 };
        jobs.Validators.Add(r => { if (r.GetValueOrDefault<int>() is < 1 or > 64) r.AddError("--jobs is a number from 1 to 64"); });
        var command = new Command("serve", "Scan connected repositories by webhook and schedule, and serve findings, reports and evidence over HTTP, on loopback") { port, jobs };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            var set = Environment.GetEnvironmentVariable(Variable);
            var token = set is { Length: >= 16 } ? set : set is { Length: > 0 } ? throw new CommandProblem($"{Variable} has to have 16 characters or more") : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
            var secrets = (Environment.GetEnvironmentVariable(Secrets) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var home = LocalHome.Find();
            using var local = LocalStores.Open(home);
            var (scans, artifacts) = await StoresAsync(local, ct).ConfigureAwait(false);
            await using var host = await PipelineHost.OpenAsync(scans, artifacts, home.Journal("serve"), parsed.GetValue(jobs), secrets, GitHub(), Keep(), Console.Error.WriteLine, ct).ConfigureAwait(false);
            await using var server = ApiServer.Create(host.Router, parsed.GetValue(port), token);
            await server.StartAsync(ct).ConfigureAwait(false);
            Console.Out.WriteLine("listening on " + string.Join(", ", server.Urls));
            if (set is null or "") Console.Out.WriteLine($"bearer token for this run: {token}");
            try { await Task.Delay(Timeout.Infinite, ct).ConfigureAwait(false); }
            catch (OperationCanceledException) { await server.StopAsync(CancellationToken.None).ConfigureAwait(false); }
            return 0;
        }, ct));
        return command;
    }

    private static TimeSpan Keep()
    {
        try { return Retention.Of(Environment.GetEnvironmentVariable(Retention.Setting)); }
        catch (ArgumentException e) { throw new CommandProblem(e.Message); }
    }

    private static GitHubParts GitHub()
    {
        try { return GitHubParts.From(Environment.GetEnvironmentVariable); }
        catch (ArgumentException e) { throw new CommandProblem(e.Message); }
    }

    // This machine's stores, or those of an Azure Storage account where one is configured.
    private static async Task<(IScanStore Scans, IArtifactStore Artifacts)> StoresAsync(LocalStores local, CancellationToken ct)
    {
        AzureStorageSettings? settings;
        try { settings = AzureStorageSettings.Of(Environment.GetEnvironmentVariable); }
        catch (ArgumentException e) { throw new CommandProblem(e.Message); }
        if (settings is null) return (local.Scans, local.Artifacts);
        var stores = await AzureStores.OpenAsync(settings, ct).ConfigureAwait(false);
        return (stores.Scans, stores.Artifacts);
    }
}
