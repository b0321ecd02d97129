namespace CodexSecurity.Pipeline.Api;

/// <summary>A request to the API, from any host.</summary>
/// <param name="Method">"GET", "POST" …</param>
/// <param name="Path">Path from "/", percent-decoded once.</param>
/// <param name="Query">Query; of a name given twice the first value.</param>
/// <param name="Headers">Headers; names compare without case.</param>
/// <param name="Body">The raw body, bounded by the host.</param>
/// <param name="Caller">Who is authenticated; "" for nobody.</param>
/// <param name="At">UTC.</param>
public sealed record ApiRequest(
    string Method, string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Headers, ReadOnlyMemory<byte> Body, string Caller, DateTimeOffset At);
