using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Core.Pipeline;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>A Resource Manager on this machine's loopback that knows container groups and really starts them; faults are put in by the test.</summary>
internal sealed class FakeResourceManager : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, FakeGroup> _groups = new(StringComparer.OrdinalIgnoreCase);

    public FakeResourceManager()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(o => o.Limits.MaxRequestBodySize = 64 << 20);
        _server = builder.Build();
        _server.Run(AnswerAsync);
        _server.Start();
        Address = new Uri(_server.Urls.First());
    }

    public Uri Address { get; }

    /// <summary>Faults, asked in order before each request; the first that answers takes it.</summary>
    public ConcurrentQueue<Fault> Faults { get; } = new();

    /// <summary>Method and last parts of the path of each request.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Every group that was ever made, as asked for.</summary>
    public ConcurrentQueue<FakeGroup> Made { get; } = new();

    /// <summary>Changes a log on its way out.</summary>
    public Func<string, string> Cut { get; set; } = log => log;

    /// <summary>Does something to a group as soon as it is made, before it starts. False: it never starts.</summary>
    public Func<FakeGroup, bool> OnMade { get; set; } = _ => true;

    /// <summary>What is served below /jobs/.</summary>
    public ConcurrentDictionary<string, byte[]> Jobs { get; } = new();

    public IEnumerable<string> Left => _groups.Keys;

    public HttpPipelineTransport Transport => new HttpClientTransport(new HttpClient(new ToLoopback(Address)));

    public void Add(FakeGroup group)
    {
        _groups[group.Name] = group;
        Made.Enqueue(group);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path;
        if (path.StartsWith("/jobs/", StringComparison.Ordinal))
        {
            if (context.Request.Method == "PUT")
            {
                using var delivered = new MemoryStream();
                await context.Request.Body.CopyToAsync(delivered);
                // An address to create with: what is there is not replaced.
                context.Response.StatusCode = context.Request.Query["sig"] == "once" && context.Request.Headers["x-ms-blob-type"] == "BlockBlob" && Jobs.TryAdd(path[6..], delivered.ToArray()) ? 201 : 403;
                return;
            }

            byte[]? job = Jobs.GetValueOrDefault(path[6..]);
            context.Response.StatusCode = job is null || context.Request.Query["sig"] != "once" ? 403 : 200;
            await context.Response.Body.WriteAsync(context.Response.StatusCode == 200 ? job! : []);
            return;
        }

        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string what = $"{context.Request.Method} {(parts is [.., "logs"] ? "logs" : parts.Length == 8 ? "group" : "list")}";
        Requests.Enqueue(what);
        Assert.StartsWith("Bearer ", context.Request.Headers.Authorization.ToString(), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(context.Request.Query["api-version"]));
        if (Faults.FirstOrDefault(f => f.Takes(what)) is { } fault)
        {
            if (fault.Done) await HandleAsync(context, what, parts, discard: true);
            if (fault.Status == 0) { context.Abort(); return; }
            if (fault.RetryAfter is { } after) context.Response.Headers.RetryAfter = after;
            await WriteAsync(context, fault.Status, new JsonObject { ["error"] = new JsonObject { ["code"] = fault.Code, ["message"] = "a fault of the test" } });
            return;
        }

        await HandleAsync(context, what, parts, discard: false);
    }

    private async Task HandleAsync(HttpContext context, string what, string[] parts, bool discard)
    {
        var (status, body) = what switch
        {
            "PUT group" => await PutAsync(context, parts[7]),
            "GET group" => Get(parts[7]),
            "DELETE group" => Delete(parts[7]),
            "GET logs" => Logs(parts[7], context.Request.Query["tail"]),
            "GET list" => (200, new JsonObject { ["value"] = new JsonArray([.. _groups.Values.Select(g => new JsonObject { ["name"] = g.Name, ["tags"] = g.Tags.DeepClone() })]) }),
            _ => (400, Error("BadRequest")),
        };
        if (!discard) await WriteAsync(context, status, body);
    }

    private async Task<(int, JsonObject)> PutAsync(HttpContext context, string name)
    {
        if (context.Request.ContentLength > 4 << 20) return (413, Error("RequestContentTooLarge"));
        var body = (await JsonNode.ParseAsync(context.Request.Body))!.AsObject();
        if (_groups.ContainsKey(name)) return (409, Error("ContainerGroupTransitioning"));
        var properties = body["properties"]!.AsObject();
        if (properties["standbyPoolProfile"] is not null)
        {
            // The profile gives everything but the job.
            var map = properties["containers"]![0]!["properties"]!["configMap"]!.DeepClone();
            properties = PoolProfile!.DeepClone().AsObject();
            properties["containers"]![0]!["properties"]!["configMap"] = map;
        }

        var group = new FakeGroup { Name = name, Location = (string)body["location"]!, Tags = body["tags"]!.DeepClone().AsObject(), Properties = properties.DeepClone().AsObject() };
        _groups[name] = group;
        Made.Enqueue(group);
        if (OnMade(group)) group.Start();
        return (201, Show(group));
    }

    /// <summary>Properties of the groups of the standby pool.</summary>
    public JsonObject? PoolProfile { get; set; }

    private (int, JsonObject) Get(string name)
    {
        if (!_groups.TryGetValue(name, out var group)) return (404, Error("ResourceNotFound"));
        if (group.Deleted && group.HalfDeleted-- <= 0)
        {
            _groups.TryRemove(name, out _);
            return (404, Error("ResourceNotFound"));
        }

        return (200, Show(group));
    }

    private (int, JsonObject) Delete(string name)
    {
        if (!_groups.TryGetValue(name, out var group)) return (204, []);
        group.Stop();
        group.Deleted = true;
        if (group.HalfDeleted <= 0) _groups.TryRemove(name, out _);
        return (200, Show(group));
    }

    private (int, JsonObject) Logs(string name, string? tail)
    {
        if (!_groups.TryGetValue(name, out var group) || group.Deleted) return (404, Error("ResourceNotFound"));
        string log = Cut(group.Log);
        if (int.TryParse(tail, out int lines)) log = string.Join('\n', log.TrimEnd('\n').Split('\n').TakeLast(lines));
        return (200, new JsonObject { ["content"] = log });
    }

    private static JsonObject Show(FakeGroup group)
    {
        var properties = group.Properties.DeepClone().AsObject();
        foreach (var volume in (properties["volumes"] as JsonArray ?? []).OfType<JsonObject>()) volume["secret"] = new JsonObject();
        properties["provisioningState"] = group.Deleted ? "Deleting" : group.Provisioning;
        properties["instanceView"] = new JsonObject { ["state"] = group.State, ["events"] = new JsonArray(new JsonObject { ["name"] = "Fake", ["message"] = group.Event }) };
        properties["containers"]![0]!["properties"]!["instanceView"] = new JsonObject { ["currentState"] = new JsonObject { ["state"] = group.State, ["detailStatus"] = "" } };
        return new JsonObject
        {
            ["identity"] = group.Identity ? new JsonObject { ["type"] = "SystemAssigned", ["principalId"] = Cloud.Subscription, ["tenantId"] = Cloud.Subscription } : null,
            ["id"] = $"/subscriptions/{Cloud.Subscription}/resourceGroups/runs/providers/Microsoft.ContainerInstance/containerGroups/{group.Name}",
            ["name"] = group.Name, ["type"] = "Microsoft.ContainerInstance/containerGroups", ["location"] = group.Location, ["tags"] = group.Tags.DeepClone(), ["properties"] = properties,
        };
    }

    private static JsonObject Error(string code) => new() { ["error"] = new JsonObject { ["code"] = code, ["message"] = code } };

    private static Task WriteAsync(HttpContext context, int status, JsonObject body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return status == 204 ? Task.CompletedTask : context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(body.ToJsonString())).AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        foreach (var group in Made) group.Dispose();
    }

    // The clients speak https to the Resource Manager, since a bearer token needs it; here they come to loopback.
    private sealed class ToLoopback(Uri address) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            Assert.Equal("https", request.RequestUri!.Scheme);
            request.RequestUri = new UriBuilder(request.RequestUri) { Scheme = "http", Host = address.Host, Port = address.Port }.Uri;
            return base.SendAsync(request, ct);
        }
    }
}

/// <summary>Takes the next requests of a kind, "PUT group" for instance. Done: the request has its effect, only the answer is another. Status 0: no answer at all.</summary>
internal sealed class Fault(string what, int times, int status, string code = "", string? retryAfter = null, bool done = false)
{
    private int _left = times;

    public int Status => status;

    public string Code => code;

    public string? RetryAfter => retryAfter;

    public bool Done => done;

    public bool Takes(string request) => request == what && Interlocked.Decrement(ref _left) >= 0;
}
