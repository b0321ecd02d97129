using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Writes who changed what.</summary>
internal sealed class AuditTrail(IEventLog log)
{
    /// <summary>Adds an entry; the same of one time is one.</summary>
    public Task AddAsync(ApiRequest request, string action, string subject, string detail, CancellationToken ct)
    {
        var actor = request.Caller.Length > 0 ? request.Caller : "github";
        var key = string.Join('\0', request.At.UtcTicks.ToString(CultureInfo.InvariantCulture), actor, action, subject, detail);
        return log.AddAuditAsync(new AuditEntry(request.At, "aud_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..24], actor, action, subject, detail), ct);
    }
}
