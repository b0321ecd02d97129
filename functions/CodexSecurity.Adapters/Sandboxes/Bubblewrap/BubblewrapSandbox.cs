using System.Text;
using CodexSecurity.Adapters.Sandboxes.Launching;

namespace CodexSecurity.Adapters.Sandboxes.Bubblewrap;

/// <summary>The first choice on one machine: bubblewrap, which never runs as uid 0 (as root it would keep every capability).</summary>
public sealed class BubblewrapSandbox : LocalSandbox
{
    private const string Bwrap = "/usr/bin/bwrap";

    /// <inheritdoc />
    public override string Name => "bubblewrap";

    private protected override IReadOnlyList<string> Tools => [Bwrap];

    private protected override Launch Prepare(LaunchRequest request)
    {
        string options = string.Join('\0', BubblewrapArguments.Options(request.Layout, request.Spec.Limits.DiskBytes, request.Traced)) + '\0';
        List<(byte[], int)> files = [(Encoding.UTF8.GetBytes(options), Frame.Options), (request.Filter, Frame.Filter)];
        files.AddRange(request.Layout.Files.Select((file, i) => (file.Content, BubblewrapArguments.FirstFile + i)));
        List<string> frame = ["/bin/sh", "-c", Frame.Script(request.Spec, request.Layout.Copies)];
        if (request.Spec.NetworkCanaries.IsEmpty)
        {
            return new Launch([Bwrap, "--args", $"{Frame.Options}", "--", .. frame], files);
        }

        files.Add((ListenerProgram.Build(request.Numbers, request.Spec.NetworkCanaries, frame, request.Layout.Environment), ListenerProgram.Self));
        return new Launch([Bwrap, "--args", $"{Frame.Options}", "--", $"/proc/self/fd/{ListenerProgram.Self}"], files);
    }
}
