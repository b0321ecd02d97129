using System.Reflection;
using System.Text.Json;
using CodexSecurity.Functions.Hosting;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;

namespace CodexSecurity.Functions.Tests;

/// <summary>What the worker tells the platform: a function that is missing there is never called.</summary>
public class MetadataTests
{
    private static readonly Assembly Host = typeof(HostParts).Assembly;

    private static List<string> Declared => [.. Host.GetTypes().SelectMany(t => t.GetMethods()).Select(m => m.GetCustomAttribute<FunctionAttribute>()?.Name).OfType<string>().Order(StringComparer.Ordinal)];

    [Fact]
    public async Task Every_function_is_in_the_generated_metadata_with_its_trigger()
    {
        var provider = (IFunctionMetadataProvider)Activator.CreateInstance(Assert.Single(Host.GetTypes(), t => typeof(IFunctionMetadataProvider).IsAssignableFrom(t)))!;
        var found = (await provider.GetFunctionMetadataAsync(AppContext.BaseDirectory)).ToDictionary(f => f.Name!, f => string.Join(' ', f.RawBindings!.Select(b => JsonDocument.Parse(b).RootElement.GetProperty("type").GetString()!)));
        Assert.Equal(Declared, found.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("orchestrationTrigger", found["flow"]);
        Assert.Equal("activityTrigger durableClient", found["step"]);
        Assert.Equal("activityTrigger durableClient", found["join"]);
        Assert.Equal("httpTrigger durableClient http", found["api"]);
        Assert.Equal("httpTrigger http", found["health"]);
        Assert.Equal("timerTrigger", found["tidy"]);
        Assert.All(["purge-history", "wake-parked", "upkeep"], name => Assert.Equal("timerTrigger durableClient", found[name]));
    }

    [Fact]
    public async Task Every_function_can_be_made_from_the_services_of_the_host()
    {
        var settings = new HostSettings(_ => null);
        await using var services = new ServiceCollection().AddLogging().AddCodexSecurity(settings, await HostParts.ComposeAsync(settings, CancellationToken.None)).BuildServiceProvider();
        var classes = Host.GetTypes().Where(t => t.GetMethods().Any(m => m.GetCustomAttribute<FunctionAttribute>() is not null)).ToList();
        Assert.NotEmpty(classes);
        Assert.All(classes, c => Assert.NotNull(ActivatorUtilities.CreateInstance(services, c)));
    }

    [Fact]
    public void The_settings_of_the_host_lie_beside_it()
    {
        var settings = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "host.json"))).RootElement.GetProperty("extensions").GetProperty("durableTask");
        Assert.False(settings.GetProperty("extendedSessionsEnabled").GetBoolean());
        Assert.False(settings.GetProperty("tracing").GetProperty("traceInputsAndOutputs").GetBoolean());
    }
}
