using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Reporting;

namespace CodexSecurity.Pipeline.Flow.Repositories;

/// <summary>Adds an entry to the audit log, for flows: how something ended that a person asked for.</summary>
internal sealed class NoteStep(ScanServices services) : IFlowStep<AuditEntry, bool>
{
    public async Task<bool> RunAsync(AuditEntry input, CancellationToken ct)
    {
        await services.Scans.AddAuditAsync(input with { Detail = ReportText.Clean(input.Detail) }, ct).ConfigureAwait(false);
        return true;
    }
}
