using System.Globalization;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;

/// <summary>
/// The first process of a container group's container: reads the job, runs it under limits, writes the evidence to the log and waits for its deletion, which is how the
/// other side says that it has read it. It works only as root in a container of its own.
/// </summary>
[SupportedOSPlatform("linux")]
public static class SandboxRunner
{
    /// <summary>Set by the container group; without it nothing happens.</summary>
    public const string Variable = "CODEX_SECURITY_RUNNER";

    private const uint DefaultUser = 1000;
    private const string Mounts = "/mnt";

    /// <summary>Exit status: 0 where evidence was written, 2 where there is none.</summary>
    public static async Task<int> RunAsync(Stream log, TextWriter problems, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(problems);
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Variable) != "container" || LinuxNative.geteuid() != 0)
        {
            await problems.WriteLineAsync("sandbox-runner runs only as root in a container that was made for one run").ConfigureAwait(false);
            return 2;
        }

        try
        {
            Close();
            using var archive = await JobFolder.OpenAsync(ct).ConfigureAwait(false);
            var job = new JobPlacer(User).Place(archive);
            var run = await RunSafelyAsync(job).ConfigureAwait(false);
            byte[] evidence = EvidenceCodec.Encode(run, LogLines.MostBytes);
            foreach (string line in LogLines.Write(job.Job.Run, Convert.FromBase64String(job.Job.Key), evidence))
            {
                await log.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), ct).ConfigureAwait(false);
            }

            await log.FlushAsync(ct).ConfigureAwait(false);
            await Task.Delay(TimeSpan.FromSeconds(Math.Clamp(job.Job.HoldSeconds, 1, 3600)), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }
        catch (Exception error) when (error is IOException or InvalidDataException or UnauthorizedAccessException or System.Text.Json.JsonException or FormatException)
        {
            // Without a job there is no key, hence no evidence: the other side sees a container that ended.
            await problems.WriteLineAsync("sandbox-runner: " + error.Message).ConfigureAwait(false);
            return 2;
        }
    }

    private static uint User => uint.TryParse(Environment.GetEnvironmentVariable(Variable + "_USER"), NumberStyles.None, CultureInfo.InvariantCulture, out uint user) && user >= 1000 ? user : DefaultUser;

    // What goes wrong from here on has a key to be told by.
    private static async Task<SandboxRun> RunSafelyAsync(JobFrame job)
    {
        try
        {
            return await new RunnerSession(job, User, new ChildReaper()).RunAsync().ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or SocketException or TimeoutException or PlatformNotSupportedException)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = "in the container: " + error.Message };
        }
    }

    // The job holds what the payload must not see: the canaries' content and the key of the log.
    private static void Close()
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException();
        File.SetUnixFileMode(Mounts, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
