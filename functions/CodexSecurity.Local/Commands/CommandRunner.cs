using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.Storage;

namespace CodexSecurity.Local.Commands;

/// <summary>A problem that the user can understand and mend; its message is shown, and the exit status is 2.</summary>
internal sealed class CommandProblem(string message) : Exception(message);

/// <summary>The one place where problems of a command become a message and an exit status (contracts §2).</summary>
internal static class CommandRunner
{
    public const int Problem = 2, Interrupted = 130;

    public static async Task<int> RunAsync(Func<Task<int>> command, CancellationToken ct)
    {
        try
        {
            return await command().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("interrupted: the same command continues where it was").ConfigureAwait(false);
            return Interrupted;
        }
        catch (Exception e) when (e is CommandProblem or StoreUnavailableException or StoreCorruptException or StepFailedException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync("error: " + e.Message).ConfigureAwait(false);
            return Problem;
        }
    }
}
