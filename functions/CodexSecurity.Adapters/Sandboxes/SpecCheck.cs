using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>Refuses malformed specs: a caller's mistake, hence an exception.</summary>
internal static class SpecCheck
{
    private static readonly string[] s_writable = ["/work/", "/tmp/", "/out/"];

    public static void Check(SandboxSpec spec)
    {
        Require(!spec.Command.IsDefaultOrEmpty, "a command is needed");
        Require(spec.Files.All(f => IsRelative(f.Path)), "file paths are relative, without '..'");
        Require(spec.Outputs.All(o => o.StartsWith('/') ? IsRelative(o[1..]) : IsRelative(o)), "output paths are without '..'");
        Require(spec.Outputs.All(o => !o.StartsWith('/') || s_writable.Any(root => o.StartsWith(root, StringComparison.Ordinal))),
            "outputs lie below /work, /tmp or /out");
        Require(spec.Trees.All(t => t.Target.StartsWith('/') && IsRelative(t.Target[1..])), "tree targets are absolute");
        Require(spec.FileCanaries.All(c => c.Path.StartsWith('/') && IsRelative(c.Path[1..])), "canary files are absolute");
        Require(spec.NetworkCanaries.All(c => c.Port is >= 1024 and < 65536), "canary ports are from 1024 up");
        Require(spec.Environment.Keys.All(name => name.Length > 0 && !name.Contains('=') && !name.Contains('\0')) && spec.Environment.Values.All(value => !value.Contains('\0')),
            "environment names are without '=', and nothing in it holds NUL");
        Require(spec.CommandCanaries.All(c => c.Length > 0 && !c.Contains('/') && !c.Contains('\0')), "canary commands are bare names");
        Require(spec.Command.All(a => !a.Contains('\0')), "arguments hold no NUL");
    }

    public static bool IsRelative(string path) =>
        path.Length > 0 && !path.Contains('\0') && !path.Contains('\n') && path.Split('/').All(part => part is not ("" or "." or ".."));

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new ArgumentException(message);
        }
    }
}
