using CodexSecurity.Functions.Hosting;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

var builder = FunctionsApplication.CreateBuilder(args);
builder.ConfigureFunctionsWebApplication();
builder.Services.AddCodexSecurity(HostSettings.OfProcess, HostParts.Compose(HostSettings.OfProcess));
await builder.Build().RunAsync().ConfigureAwait(false);
