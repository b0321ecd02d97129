using System.Globalization;
using System.Net;
using Azure;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;

/// <summary>What a failed request means for a run.</summary>
internal enum ArmFailureKind
{
    /// <summary>The same request may succeed later.</summary>
    Transient,

    /// <summary>No room in this region: another one may have some.</summary>
    Quota,

    /// <summary>There is no such resource.</summary>
    Absent,

    /// <summary>The resource is just being changed or removed.</summary>
    Conflict,

    /// <summary>The request itself is refused; again it would be refused again.</summary>
    Refused,
}

/// <summary>Reads failures of the Resource Manager.</summary>
internal static class ArmFailure
{
    // Words of the codes by which the platform says that a region or a subscription has no room.
    private static readonly string[] s_quota = ["quota", "capacity", "notavailable", "skunavailable", "insufficient", "limitexceeded"];

    /// <summary>Whether an exception is the failure of a request (a time limit of the pipeline is one), as opposed to a cancellation or a mistake of ours.</summary>
    public static bool Is(Exception error, CancellationToken ct) => error is RequestFailedException or HttpRequestException or IOException
        || (error is OperationCanceledException && !ct.IsCancellationRequested);

    public static ArmFailureKind KindOf(Exception error) => error is not RequestFailedException { Status: not 0 } failed ? ArmFailureKind.Transient
        : IsQuota(failed.ErrorCode) ? ArmFailureKind.Quota
        : failed.Status switch
        {
            404 => ArmFailureKind.Absent,
            409 => ArmFailureKind.Conflict,
            408 or 429 or >= 500 => ArmFailureKind.Transient,
            _ => ArmFailureKind.Refused,
        };

    /// <summary>Whether a code says that there is no room.</summary>
    public static bool IsQuota(string? code) => code is not null && s_quota.Any(word => code.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>How long the service asks to wait; null where it does not say.</summary>
    public static TimeSpan? RetryAfter(Exception error, TimeProvider time)
    {
        if (error is not RequestFailedException failed || failed.GetRawResponse()?.Headers.TryGetValue("Retry-After", out string? text) is not true)
        {
            return null;
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) && at > time.GetUtcNow() ? at - time.GetUtcNow()
            : null;
    }

    /// <summary>One line for a reason: status and code, never an address or a body.</summary>
    public static string Describe(Exception error) => error switch
    {
        RequestFailedException { Status: not 0 } failed => string.Create(CultureInfo.InvariantCulture, $"{failed.Status} {failed.ErrorCode ?? ((HttpStatusCode)failed.Status).ToString()}"),
        _ => "no answer (" + error.GetType().Name + ")",
    };
}
