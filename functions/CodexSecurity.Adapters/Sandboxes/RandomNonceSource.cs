using System.Security.Cryptography;
using CodexSecurity.Pipeline.Ports;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Nonces from the system's random number generator.</summary>
public sealed class RandomNonceSource : INonceSource
{
    /// <inheritdoc />
    public string Next() => RandomNumberGenerator.GetString("abcdefghijklmnop", 16);
}
