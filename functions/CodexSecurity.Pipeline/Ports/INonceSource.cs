namespace CodexSecurity.Pipeline.Ports;

/// <summary>Gives unguessable markers: 16 letters from a to p each (64 bits), never the same twice. No digits: they are what code on the way changes most.</summary>
public interface INonceSource
{
    /// <summary>A new nonce.</summary>
    string Next();
}
