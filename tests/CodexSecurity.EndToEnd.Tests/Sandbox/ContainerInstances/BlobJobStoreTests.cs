using System.Net;
using System.Text;
using Azure.Storage.Blobs;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.EndToEnd.Tests.Storage;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Addresses of jobs and deliveries on the storage emulator: each does one thing to one object. User delegation keys exist in the cloud only.</summary>
[Collection(Azurite.Name)]
public sealed class BlobJobStoreTests(Azurite azurite)
{
    private static readonly HttpClient s_http = new();
    private readonly BlobJobStore _store = new(new BlobServiceClient(azurite.Connection), TimeProvider.System, "jobs-" + Guid.NewGuid().ToString("N"));

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static async Task<HttpStatusCode> PutAsync(Uri address, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StringContent(text) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using var answer = await s_http.SendAsync(request, Ct);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> GetAsync(Uri address)
    {
        using var answer = await s_http.GetAsync(address, Ct);
        return answer.StatusCode;
    }

    [Fact]
    public async Task A_jobs_address_reads_that_job_only_and_while_it_is_there()
    {
        var address = await _store.PutAsync("one", new MemoryStream("content"u8.ToArray()), TimeSpan.FromMinutes(5), Ct);
        await _store.PutAsync("two", new MemoryStream("other"u8.ToArray()), TimeSpan.FromMinutes(5), Ct);
        Assert.Equal("content", await s_http.GetStringAsync(address, Ct));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(address, "changed"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(new UriBuilder(address) { Path = address.AbsolutePath.Replace("one", "two", StringComparison.Ordinal) }.Uri));
        using var delete = await s_http.DeleteAsync(address, Ct);
        Assert.Equal(HttpStatusCode.Forbidden, delete.StatusCode);
        Assert.Contains("se=", address.Query, StringComparison.Ordinal);
        await _store.DeleteAsync("one", Ct);
        await _store.DeleteAsync("one", Ct);
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(address));
    }

    [Fact]
    public async Task A_deliverys_address_takes_one_object_once_and_gives_nothing()
    {
        var address = await _store.OfferAsync("set-up", TimeSpan.FromMinutes(5), Ct);
        Assert.Null(await _store.OpenAsync("set-up", Ct));
        Assert.Equal(HttpStatusCode.Created, await PutAsync(address, "delivered"));
        Assert.NotEqual(HttpStatusCode.Created, await PutAsync(address, "replaced"));
        Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(address));
        Assert.Equal(HttpStatusCode.Forbidden, await PutAsync(new UriBuilder(address) { Path = address.AbsolutePath + "-2" }.Uri, "another"));
        await using var content = await _store.OpenAsync("set-up", Ct);
        using var reader = new StreamReader(content!);
        Assert.Equal("delivered", await reader.ReadToEndAsync(Ct));
    }

    [Fact]
    public async Task A_large_job_goes_through_it()
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        await using var cloud = new Cloud(Cloud.Settings with { MostSecretBytes = 2048, InputEndpoint = "127.0.0.1" }, jobs: _store);
        byte[] noise = System.Security.Cryptography.RandomNumberGenerator.GetBytes(2_000_000);
        var run = await cloud.Sandbox.RunAsync(new SandboxSpec { Command = ["/bin/sh", "-c", "wc -c <big"], Files = [new SandboxFile("big", noise)] }, Ct);
        Assert.True(run.Outcome == SandboxOutcome.Exited, run.Reason);
        Assert.Equal("2000000", Encoding.ASCII.GetString(run.Stdout.Span).Trim());
    }
}
