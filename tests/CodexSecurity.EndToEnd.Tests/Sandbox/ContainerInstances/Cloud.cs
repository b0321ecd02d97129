using System.Collections.Immutable;
using Azure.Core;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using Microsoft.Extensions.Time.Testing;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>A fake cloud with a driver on it.</summary>
internal sealed class Cloud : IAsyncDisposable
{
    public const string Subscription = "00000000-0000-0000-0000-000000000001";
    public const string Image = "registry.example/validator@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    public static readonly ContainerInstancesSettings Settings = new()
    {
        Subscription = Subscription, ResourceGroup = "runs", Image = Image, Poll = TimeSpan.FromMilliseconds(40),
        Places = [new ContainerPlace("westeurope", Subnet("run"), Subnet("setup"), Subnet("input")), new ContainerPlace("northeurope", Subnet("run-north"))],
    };

    public Cloud(ContainerInstancesSettings? settings = null, TimeProvider? time = null, ImmutableArray<string>? targets = null, bool store = false, IJobStore? jobs = null)
    {
        Sandbox = new ContainerInstancesSandbox(settings ?? Settings, new Credential(), jobs ?? (store ? new Store(Manager) : null), null, time ?? TimeProvider.System, Manager.Transport, targets ?? ["192.0.2.1:443"]);
    }

    public FakeResourceManager Manager { get; } = new();

    public ContainerInstancesSandbox Sandbox { get; }

    public static string Subnet(string name) => $"/subscriptions/{Subscription}/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/net/subnets/{name}";

    /// <summary>Lets a clock run quickly until a task ends.</summary>
    public static async Task<T> HurryAsync<T>(FakeTimeProvider time, Task<T> task, TimeSpan step)
    {
        for (int i = 0; i < 20_000 && !task.IsCompleted; i++)
        {
            time.Advance(step);
            await Task.WhenAny(task, Task.Delay(2));
        }

        Assert.True(task.IsCompleted, "it does not end");
        return await task;
    }

    public async ValueTask DisposeAsync()
    {
        Sandbox.Dispose();
        await Manager.DisposeAsync();
    }

    private sealed class Credential : TokenCredential
    {
        private static readonly AccessToken s_token = new("test", DateTimeOffset.MaxValue);

        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => s_token;

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(s_token);
    }

    private sealed class Store(FakeResourceManager manager) : IJobStore
    {
        public async Task<Uri> PutAsync(string name, Stream content, TimeSpan life, CancellationToken ct)
        {
            using var bytes = new MemoryStream();
            await content.CopyToAsync(bytes, ct);
            manager.Jobs[name] = bytes.ToArray();
            return new Uri($"http://storage.example:{manager.Address.Port}/jobs/{name}?sig=once");
        }

        public Task<Uri> OfferAsync(string name, TimeSpan life, CancellationToken ct) => Task.FromResult(new Uri($"http://storage.example:{manager.Address.Port}/jobs/{name}?sig=once"));

        public Task<Stream?> OpenAsync(string name, CancellationToken ct) => Task.FromResult<Stream?>(manager.Jobs.TryGetValue(name, out byte[]? bytes) ? new MemoryStream(bytes) : null);

        public Task DeleteAsync(string name, CancellationToken ct)
        {
            manager.Jobs.TryRemove(name, out _);
            return Task.CompletedTask;
        }
    }
}
