using System.Globalization;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>
/// The small shell program that frames the payload inside the sandbox: unpacks files, waits for "go", sets limits, starts the payload,
/// reports its exit code, sends the outputs and then stays until it is killed.
/// </summary>
internal static class Frame
{
    /// <summary>Descriptors that the frame starts with. A shell knows one digit only.</summary>
    public const int Options = 3, Status = 4, Go = 5, Input = 6, Output = 7, Info = 8, Filter = 9, Gate = 12;

    /// <summary>First arguments of the program that packs the outputs.</summary>
    public static readonly string[] Packing = ["tar", "-cf", "-", "-C", "/", "--"];

    // The payload starts only after "go" (observers are ready), and the frame ends only when it is killed after its
    // resource use was read. It closes every descriptor of the frame before the payload starts.
    public static string Script(SandboxSpec spec, IReadOnlyList<(string From, string To)> copies)
    {
        var limits = spec.Limits;
        var script = new StringBuilder();
        script.Append("read go <&5 || exit 1\nexec 3>&2 2>/dev/null 9<&- 8<&-\numask 022\nfail() { echo \"setup $1\" >&4; read go <&5; exit 1; }\n");
        if (!spec.Files.IsEmpty)
        {
            script.Append("tar -xf - --no-same-owner -C /work <&6 || fail files\n");
        }

        foreach (var (from, to) in copies)
        {
            script.Append(CultureInfo.InvariantCulture, $"mkdir -p {Quote(to)} && cp -R {Quote(from + "/.")} {Quote(to)} && chmod -R u+w {Quote(to)} || fail tree\n");
        }

        script.Append(CultureInfo.InvariantCulture, $"cd {Quote(spec.WorkingDirectory)} || fail folder\necho started >&4\n(\n");
        script.Append(CultureInfo.InvariantCulture, $"ulimit -c 0; ulimit -n 4096; ulimit -f {limits.FileBytes / 512}; ulimit -t {(long)limits.Cpu.TotalSeconds + 1}; ulimit -p {limits.Processes + 2}\n");
        script.Append(CultureInfo.InvariantCulture, $"exec 2>&3 3>&- 4>&- 5<&- 6<&- 7>&-\nexec {string.Join(' ', spec.Command.Select(Quote))}\n)\necho \"exit $?\" >&4\nset --\n");
        foreach (string output in spec.Outputs)
        {
            string path = Quote(output.StartsWith('/') ? output[1..] : "out/" + output);
            script.Append(CultureInfo.InvariantCulture, $"[ -e /{path} ] && set -- \"$@\" {path}\n");
        }

        script.Append(CultureInfo.InvariantCulture, $"[ $# = 0 ] || {string.Join(' ', Packing)} \"$@\" >&7\nexec 7>&-\necho done >&4\nread go <&5\n");
        return script.ToString();
    }

    private static string Quote(string text) => "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
