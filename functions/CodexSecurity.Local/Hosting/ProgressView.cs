using System.Diagnostics;
using System.Globalization;
using CodexSecurity.Pipeline.Ports.Flows;

namespace CodexSecurity.Local.Hosting;

/// <summary>Progress on standard error: one line that is written over on a terminal, else a plain line a phase.</summary>
public sealed class ProgressView(TextWriter error, bool terminal)
{
    private readonly Stopwatch _time = Stopwatch.StartNew();
    private string _phase = "";

    /// <summary>Shows how far the scan is.</summary>
    public void Show(FlowProgress progress)
    {
        var line = progress.Phase + (progress.Total > 0 ? FormattableString.Invariant($" {progress.Done}/{progress.Total}") : "")
            + FormattableString.Invariant($", {progress.Findings} findings, ") + _time.Elapsed.TotalSeconds.ToString("0.0 s", CultureInfo.InvariantCulture);
        if (terminal)
        {
            error.Write("\r\u001b[K" + line);
        }
        else if (progress.Phase != _phase)
        {
            error.WriteLine(line);
        }
        _phase = progress.Phase;
    }

    /// <summary>Ends the line.</summary>
    public void End()
    {
        if (terminal && _phase.Length > 0) error.Write("\r\u001b[K");
    }
}
