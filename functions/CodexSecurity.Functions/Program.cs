using CodexSecurity.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddCodexSecurity(HostSettings.OfProcess, await HostParts.ComposeAsync(HostSettings.OfProcess, CancellationToken.None).ConfigureAwait(false));
await builder.Build().RunAsync().ConfigureAwait(false);
