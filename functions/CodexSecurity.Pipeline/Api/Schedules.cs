using Cronos;

namespace CodexSecurity.Pipeline.Api;

/// <summary>Schedules of full rescans: cron expressions of five fields, in UTC.</summary>
public static class Schedules
{
    /// <summary>The expression, checked; "" for none.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static string Checked(string text)
    {
        if (text.Length == 0) return text;
        if (text.Length > 100 || !CronExpression.TryParse(text, out var cron)) throw new ArgumentException("schedule is a cron expression of five fields, in UTC, such as \"0 3 * * 1\"");
        return cron.GetOccurrences(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddDays(1), TimeZoneInfo.Utc).Take(25).Count() <= 24 ? text : throw new ArgumentException("schedule is at most hourly");
    }

    /// <summary>The latest time in (<paramref name="after"/>, <paramref name="until"/>] at which a scan is due; null for none.</summary>
    public static DateTimeOffset? LatestDue(string schedule, DateTimeOffset after, DateTimeOffset until)
    {
        if (!CronExpression.TryParse(schedule, out var cron)) return null;
        DateTimeOffset? due = null;
        for (var next = cron.GetNextOccurrence(after, TimeZoneInfo.Utc); next is { } at && at <= until; next = cron.GetNextOccurrence(at, TimeZoneInfo.Utc)) due = at;
        return due;
    }
}
