using CodexSecurity.Functions.Http;
using CodexSecurity.Functions.Orchestration;
using Microsoft.Extensions.DependencyInjection;

namespace CodexSecurity.Functions.Hosting;

/// <summary>Dependency injection of the triggers.</summary>
public static class HostServices
{
    // A look at the instance costs one read of a table row, so a step under way takes a few a minute.
    private static readonly TimeSpan CancellationWatch = TimeSpan.FromSeconds(10);

    /// <summary>Adds what the triggers are made of.</summary>
    public static IServiceCollection AddCodexSecurity(this IServiceCollection services, HostSettings settings, HostParts parts) => services
        .AddSingleton(settings)
        .AddSingleton(parts)
        .AddSingleton(parts.Flows)
        .AddSingleton(TimeProvider.System)
        .AddSingleton<CallerGate>()
        .AddSingleton(new DurableSteps(parts.Flows, TimeProvider.System, CancellationWatch));
}
