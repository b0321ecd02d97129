namespace CodexSecurity.Pipeline.Ports;

/// <summary>Gives unguessable markers: 16 lower-case hex digits each, never the same twice.</summary>
public interface INonceSource
{
    /// <summary>A new nonce.</summary>
    string Next();
}
