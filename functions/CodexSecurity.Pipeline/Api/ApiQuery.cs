namespace CodexSecurity.Pipeline.Api;

/// <summary>What callers write in queries.</summary>
internal static class ApiQuery
{
    /// <summary>A value of an enumeration in kebab case; null where there is none.</summary>
    /// <exception cref="ArgumentException">No such value.</exception>
    public static T? Enum<T>(string name, string? text) where T : struct, Enum
    {
        if (string.IsNullOrEmpty(text)) return null;
        foreach (var value in System.Enum.GetValues<T>())
        {
            if (string.Equals(System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()), text, StringComparison.OrdinalIgnoreCase)) return value;
        }
        throw new ArgumentException($"{name} is one of: {string.Join(", ", System.Enum.GetValues<T>().Select(v => System.Text.Json.JsonNamingPolicy.KebabCaseLower.ConvertName(v.ToString())))}");
    }

    /// <summary>Length of a page.</summary>
    public static int Limit(int? limit) => limit ?? 100;

    /// <summary>What the caller got wrong becomes 400.</summary>
    public static async Task<ApiReply> GuardAsync(Func<Task<ApiReply>> answer)
    {
        try { return await answer().ConfigureAwait(false); }
        catch (ArgumentException e) { return ApiReply.Problem(400, "Bad request", e.Message); }
    }
}
