using CodexSecurity.Functions.Hosting;
using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Microsoft.Extensions.Logging;

namespace CodexSecurity.Functions.Http;

/// <summary>Triggers of the API. The platform's own keys are not asked for: the gate decides.</summary>
public sealed class ApiFunctions(HostParts parts, CallerGate gate, TimeProvider time, ILogger<ApiFunctions> log)
{
    /// <summary>Everything below /api.</summary>
    [Function("api")]
    public async Task<IResult> ApiAsync([HttpTrigger(AuthorizationLevel.Anonymous, Route = "api/{*path}")] HttpRequest request, [DurableClient] DurableTaskClient client, CancellationToken ct) =>
        new ReplyResult(await AnswerAsync(request, client, ct).ConfigureAwait(false));

    /// <summary>Whether this host can serve; says nothing else to nobody in particular.</summary>
    [Function("health")]
    public IResult Health([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health")] HttpRequest request) => new ReplyResult(parts.Api is null
        ? ApiReply.Problem(503, "Unavailable", "this host is not composed: its stores are missing")
        : ApiReply.Of(new { status = "ok", version = ToolInfo.Version }));

    private async Task<ApiReply> AnswerAsync(HttpRequest request, DurableTaskClient client, CancellationToken ct)
    {
        // The gate comes first: nobody unknown has a body read, or learns how the host is set up.
        var (caller, refusal) = gate.Check(request);
        if (refusal is not null) return refusal;
        if (parts.Api is null) return ApiReply.Problem(503, "Unavailable", "this host is not composed: its stores are missing");
        try
        {
            return await RequestReader.ReadAsync(request, caller, time.GetUtcNow(), ct).ConfigureAwait(false) is { } read
                ? await parts.Api(new DurableFlowRuntime(client, parts.Flows))(read, ct).ConfigureAwait(false)
                : ApiReply.Problem(413, "Content too large", "the body is larger than this path takes");
        }
        catch (BadHttpRequestException e) { return ApiReply.Problem(e.StatusCode, "Bad request", e.Message); }
        catch (StoreUnavailableException e)
        {
            log.LogWarning(e, "A store can't be used");
            return ApiReply.Problem(503, "Unavailable", "a store can't be used now");
        }
        catch (StoreCorruptException e)
        {
            log.LogError(e, "Stored content is damaged");
            return ApiReply.Problem(500, "Stored content is damaged", "what was stored is absent or altered");
        }
    }
}
