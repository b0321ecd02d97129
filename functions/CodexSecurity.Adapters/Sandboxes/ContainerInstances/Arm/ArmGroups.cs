using System.Runtime.CompilerServices;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.ResourceManager;
using Azure.ResourceManager.Resources;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

/// <summary>
/// Container groups by way of the Resource Manager. Creation, state and deletion go through generic resources, since the typed package is not to be had
/// everywhere; logs and lists through the same pipeline by hand. Nothing is repeated here: <see cref="ArmRetry"/> does that by the run's own clock.
/// </summary>
internal sealed class ArmGroups
{
    private const string Type = "Microsoft.ContainerInstance/containerGroups";
    private const int MostLogBytes = 8 << 20;
    private readonly ContainerInstancesSettings _settings;
    private readonly ArmClient _client;
    private readonly HttpPipeline _pipeline;
    private readonly Uri _endpoint;

    public ArmGroups(ContainerInstancesSettings settings, TokenCredential credential, HttpPipelineTransport? transport = null)
    {
        _settings = settings;
        var options = new ArmClientOptions();
        options.SetApiVersion(new ResourceType(Type), settings.ApiVersion);
        options.Retry.MaxRetries = 0;
        options.Retry.NetworkTimeout = TimeSpan.FromSeconds(60);
        if (transport is not null)
        {
            options.Transport = transport;
        }

        var environment = ArmEnvironment.AzurePublicCloud;
        _endpoint = environment.Endpoint;
        _client = new ArmClient(credential, settings.Subscription, options);
        _pipeline = HttpPipelineBuilder.Build(options, new BearerTokenAuthenticationPolicy(credential, environment.DefaultScope));
    }

    /// <summary>Asks for a group; returns once the request is accepted.</summary>
    /// <exception cref="RequestFailedException">Refused, or no answer.</exception>
    public async Task CreateAsync(GroupPlan plan, CancellationToken ct)
    {
        var data = new GenericResourceData(new AzureLocation(plan.Location)) { Properties = plan.Properties };
        foreach (var (name, value) in plan.Tags)
        {
            data.Tags[name] = value;
        }

        await _client.GetGenericResources().CreateOrUpdateAsync(WaitUntil.Started, Id(plan.Name), data, ct).ConfigureAwait(false);
    }

    /// <summary>The state of a group, or null where there is none.</summary>
    public async Task<GroupState?> FindAsync(string name, CancellationToken ct)
    {
        try
        {
            var data = (await _client.GetGenericResource(Id(name)).GetAsync(ct).ConfigureAwait(false)).Value.Data;
            using var properties = JsonDocument.Parse(data.Properties ?? BinaryData.FromString("{}"));
            bool identity = data.Identity is { } i && i.ManagedServiceIdentityType != Azure.ResourceManager.Models.ManagedServiceIdentityType.None;
            return GroupState.Read(name, properties.RootElement, new Dictionary<string, string>(data.Tags, StringComparer.Ordinal), identity);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Asks for a group's deletion; one that is not there any more is fine.</summary>
    public async Task DeleteAsync(string name, CancellationToken ct)
    {
        try
        {
            await _client.GetGenericResource(Id(name)).DeleteAsync(WaitUntil.Started, ct).ConfigureAwait(false);
        }
        catch (RequestFailedException error) when (error.Status == 404)
        {
            return;
        }
    }

    /// <summary>The log of the container that runs the job: its last lines, or all that is kept. "" where there is none yet.</summary>
    public async Task<string> LogAsync(string name, int? tail, CancellationToken ct)
    {
        string query = tail is { } lines ? $"&tail={lines.ToString(System.Globalization.CultureInfo.InvariantCulture)}" : "";
        var body = await GetAsync(new Uri(_endpoint, $"{Id(name)}/containers/{PlanTranslator.Container}/logs?api-version={_settings.ApiVersion}{query}"), ct).ConfigureAwait(false);
        if (body is null)
        {
            return "";
        }

        using var json = JsonDocument.Parse(body);
        return json.RootElement.TryGetProperty("content", out var content) ? content.GetString() ?? "" : "";
    }

    /// <summary>Names and tags of all container groups in the resource group.</summary>
    public async IAsyncEnumerable<(string Name, IReadOnlyDictionary<string, string> Tags)> ListAsync([EnumeratorCancellation] CancellationToken ct)
    {
        const int MostPages = 200;
        var next = new Uri(_endpoint, $"/subscriptions/{_settings.Subscription}/resourceGroups/{_settings.ResourceGroup}/providers/{Type}?api-version={_settings.ApiVersion}");
        for (int page = 0; page < MostPages && next is not null; page++)
        {
            using var json = JsonDocument.Parse(await GetAsync(next, ct).ConfigureAwait(false) ?? BinaryData.FromString("{}"));
            foreach (var item in json.RootElement.TryGetProperty("value", out var value) ? value.EnumerateArray() : [])
            {
                var tags = new Dictionary<string, string>(StringComparer.Ordinal);
                foreach (var tag in item.TryGetProperty("tags", out var all) && all.ValueKind == JsonValueKind.Object ? all.EnumerateObject() : default)
                {
                    tags[tag.Name] = tag.Value.GetString() ?? "";
                }

                yield return (item.GetProperty("name").GetString()!, tags);
            }

            // Only where it leads to the service itself: the request carries a token.
            next = json.RootElement.TryGetProperty("nextLink", out var link) && Uri.TryCreate(link.GetString(), UriKind.Absolute, out var address)
                && address.Host == _endpoint.Host && address.Scheme == Uri.UriSchemeHttps ? address : null;
        }
    }

    private async Task<BinaryData?> GetAsync(Uri address, CancellationToken ct)
    {
        using var message = _pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Get;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("Accept", "application/json");
        await _pipeline.SendAsync(message, ct).ConfigureAwait(false);
        var response = message.Response;
        if (response.Status == 404)
        {
            return null;
        }

        return response.IsError ? throw new RequestFailedException(response)
            : response.Content.ToMemory().Length > MostLogBytes ? throw new IOException("the answer is too large")
            : response.Content;
    }

    private ResourceIdentifier Id(string name) => new($"/subscriptions/{_settings.Subscription}/resourceGroups/{_settings.ResourceGroup}/providers/{Type}/{name}");
}
