using CodexSecurity.Pipeline.Ports.GitHub;
using Octokit;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>The list of an app's webhook deliveries.</summary>
internal sealed class FailedDeliveries(GitHubCalls calls, AppIdentity app) : IFailedDeliveries
{
    private const int Most = 500, MostPages = 50;

    public async Task<IReadOnlyList<FailedDelivery>> ListAsync(DateTimeOffset since, CancellationToken ct)
    {
        var (arrived, failed) = (new HashSet<string>(StringComparer.Ordinal), new Dictionary<string, FailedDelivery>(StringComparer.Ordinal));
        var next = new Uri("app/hook/deliveries?per_page=100", UriKind.Relative);
        for (var page = 0; page < MostPages; page++)
        {
            var address = next;
            var answer = await RunAsync(client => client.Connection.Get<List<HookDelivery>>(address, new Dictionary<string, string>(), "application/vnd.github+json", ct), ct).ConfigureAwait(false);
            // Newest first: of the attempts of one delivery the first that is seen is the last that was made.
            foreach (var delivery in answer.Body.Where(d => d.DeliveredAt >= since))
            {
                if (delivery.StatusCode is >= 200 and < 300) arrived.Add(delivery.Guid);
                else failed.TryAdd(delivery.Guid, new FailedDelivery(delivery.Id, delivery.Guid, delivery.DeliveredAt));
            }
            if (answer.Body.Count == 0 || answer.Body[^1].DeliveredAt < since || !answer.HttpResponse.ApiInfo.Links.TryGetValue("next", out var link)) break;
            // Below our own root, whatever the answer says.
            next = new Uri("app/hook/deliveries" + link.Query, UriKind.Relative);
        }
        return [.. failed.Values.Where(d => !arrived.Contains(d.Guid)).OrderBy(d => d.At).ThenBy(d => d.Id).Take(Most)];
    }

    public Task RedeliverAsync(FailedDelivery delivery, CancellationToken ct) =>
        RunAsync(client => client.Connection.Post(new Uri($"app/hook/deliveries/{delivery.Id}/attempts", UriKind.Relative), ct), ct);

    private async Task<T> RunAsync<T>(Func<GitHubClient, Task<T>> call, CancellationToken ct)
    {
        var client = calls.Client(await app.TokenAsync(ct).ConfigureAwait(false), AuthenticationType.Bearer);
        try { return await calls.RunAsync(() => call(client), ct).ConfigureAwait(false); }
        catch (Exception refused) when (refused is ApiException or Pipeline.Ports.Flows.StepRejectedException)
        {
            throw new Pipeline.Ingest.SourceUnavailableException("GitHub does not give the app's deliveries: " + refused.Message);
        }
    }

    // Names as the API writes them, by the client's own naming rule.
    internal sealed class HookDelivery
    {
        public long Id { get; set; }

        public string Guid { get; set; } = "";

        public DateTimeOffset DeliveredAt { get; set; }

        public int StatusCode { get; set; }
    }
}
