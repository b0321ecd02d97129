using CodexSecurity.Pipeline.Api;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Functions.Hosting;

/// <summary>Handles a request of the API.</summary>
public delegate Task<ApiReply> ApiHandler(ApiRequest request, CancellationToken ct);

/// <summary>What this host runs.</summary>
/// <param name="Flows">Steps and flows.</param>
/// <param name="Api">The shared handlers over a flow runtime, which exists for one invocation at a time; null where none are composed: the host then says so and serves nothing.</param>
public sealed record HostParts(FlowRegistry Flows, Func<IFlowRuntime, ApiHandler>? Api)
{
    /// <summary>Composes them from the settings.</summary>
    /// <remarks>Not wired yet: the Azure stores, the Container Instances driver, GitHub and the shared router are composed here once they are there. Until then every request is refused.</remarks>
    public static HostParts Compose(HostSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return new HostParts(new FlowRegistry(), null);
    }
}
