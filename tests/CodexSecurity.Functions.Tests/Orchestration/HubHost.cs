using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Ports.Flows;
using DurableTask.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.DurableTask;
using Microsoft.DurableTask.Client;
using Microsoft.DurableTask.Testing.Sidecar.Grpc;
using Microsoft.DurableTask.Worker;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>The genuine worker and client of Durable Task over a hub: what a functions host is to the adapter.</summary>
internal sealed class HubHost : IAsyncDisposable
{
    private readonly WebApplication _hub;
    private readonly IHost _worker;
    private readonly GrpcChannel _channel;

    private HubHost(WebApplication hub, IHost worker, GrpcChannel channel) => (_hub, _worker, _channel) = (hub, worker, channel);

    public DurableTaskClient Client => _worker.Services.GetRequiredService<DurableTaskClient>();

    public static async Task<HubHost> StartAsync(TaskHub service, FlowRegistry registry)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(System.Net.IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton<IOrchestrationService>(service).AddSingleton<IOrchestrationServiceClient>(service).AddSingleton<TaskHubGrpcServer>();
        var hub = builder.Build();
        hub.MapGrpcService<TaskHubGrpcServer>();
        await hub.StartAsync();
        var channel = GrpcChannel.ForAddress(hub.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

        var steps = new DurableSteps(registry, TimeProvider.System, TimeSpan.FromMilliseconds(50));
        DurableTaskClient? client = null;
        var hosting = Host.CreateEmptyApplicationBuilder(null);
        var stopping = new CancellationTokenSource();
        hosting.Services.AddDurableTaskWorker(b => b.UseGrpc(channel).AddTasks(t => t
            .AddOrchestratorFunc<FlowInput, string>(FlowNames.Orchestrator, (context, input) => new DurableFlowRun(context, registry).RunAsync(input))
            .AddActivityFunc<StepCall, StepReply>(FlowNames.Step, (_, call) => steps.RunAsync(call, client!, stopping.Token))
            .AddActivityFunc<JoinCall, JoinReply>(FlowNames.Join, (_, call) => steps.JoinAsync(call, client!, stopping.Token))));
        hosting.Services.AddDurableTaskClient(b => { b.UseGrpc(channel); b.RegisterDirectly(); });
        var worker = hosting.Build();
        client = worker.Services.GetRequiredService<DurableTaskClient>();
        worker.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stopping.Cancel);
        await worker.StartAsync();
        return new HubHost(hub, worker, channel);
    }

    public async ValueTask DisposeAsync()
    {
        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _worker.StopAsync(soon.Token);
        await _hub.StopAsync(soon.Token);
        _channel.Dispose();
        _worker.Dispose();
        await _hub.DisposeAsync();
    }
}
