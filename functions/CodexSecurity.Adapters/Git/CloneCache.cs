using CodexSecurity.Pipeline.Ports.Sources;
using LibGit2Sharp;

namespace CodexSecurity.Adapters.Git;

/// <summary>
/// Bare clones in the temporary folder. The last few are kept, so that the steps of one scan clone once; a clone goes when it was pushed out
/// and its last reader is done, and all go when the process ends.
/// </summary>
internal sealed class CloneCache
{
    private const int Kept = 3;
    private const long MaxBytes = 4L * 1024 * 1024 * 1024;
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(30);
    private static readonly Lazy<string> Root = new(CreateRoot);

    private readonly Lock _lock = new();
    private readonly LinkedList<Clone> _clones = [];

    /// <summary>A clone to read from until it is disposed.</summary>
    /// <param name="location">What to clone.</param>
    /// <param name="credential">With what; null for nothing.</param>
    /// <param name="fresh">Whether the origin's state of now is wanted, not that of an earlier clone.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<SourceOutcome<Lease>> GetAsync(Location location, CloneCredential? credential, bool fresh, CancellationToken ct)
    {
        var clone = Rent(location, credential, fresh, ct);
        try
        {
            // The library looks at the wish to stop only when bytes arrive: a silent server is left behind here.
            var outcome = await clone.Work.WaitAsync(MaxTime, ct).ConfigureAwait(false);
            if (outcome.Succeeded) return new(new Lease(clone.Folder, () => Release(clone, false)), "");
            Release(clone, true);
            return new(null, outcome.Problem, outcome.Transient);
        }
        catch (TimeoutException)
        {
            Release(clone, true);
            return new(null, $"'{location.Display}' could not be cloned within {MaxTime.TotalMinutes:0} minutes.", Transient: true);
        }
        catch (OperationCanceledException)
        {
            Release(clone, true);
            ct.ThrowIfCancellationRequested();
            return new(null, $"'{location.Display}' could not be cloned: another reader of the same clone stopped it.", Transient: true);
        }
    }

    private Clone Rent(Location location, CloneCredential? credential, bool fresh, CancellationToken ct)
    {
        lock (_lock)
        {
            if (!fresh && _clones.FirstOrDefault(c => c.Url == location.Text) is { } known)
            {
                known.Readers++;
                return known;
            }
            foreach (var old in _clones.Where(c => c.Url == location.Text).ToArray()) Retire(old);
            while (_clones.Count >= Kept) Retire(_clones.Last!.Value);
            var folder = Path.Combine(Root.Value, Path.GetRandomFileName());
            var clone = new Clone(location.Text, folder, Task.Run(() => Make(location, credential, folder, ct), CancellationToken.None)) { Readers = 1 };
            _clones.AddFirst(clone);
            return clone;
        }
    }

    private void Release(Clone clone, bool failed)
    {
        lock (_lock)
        {
            clone.Readers--;
            if (failed) _clones.Remove(clone);
            if (clone.Readers == 0 && !_clones.Contains(clone)) Remove(clone);
        }
    }

    private void Retire(Clone clone)
    {
        _clones.Remove(clone);
        if (clone.Readers == 0) Remove(clone);
    }

    // Not before the work on it has ended, which may be long after it was given up.
    private static void Remove(Clone clone) => clone.Work.ContinueWith(_ => Delete(clone.Folder), TaskScheduler.Default);

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder)) Directory.Delete(folder, true);
    }

    private static SourceOutcome<string> Make(Location location, CloneCredential? credential, string folder, CancellationToken ct)
    {
        var options = new CloneOptions { IsBare = true, Checkout = false, RecurseSubmodules = false };
        var tooLarge = false;
        if (credential is not null) options.FetchOptions.CredentialsProvider = Remotes.Provider(location, credential);
        options.FetchOptions.OnProgress = _ => !ct.IsCancellationRequested;
        options.FetchOptions.OnTransferProgress = progress => !ct.IsCancellationRequested && !(tooLarge = progress.ReceivedBytes > MaxBytes);
        try
        {
            Repository.Clone(location.Text, folder, options);
            return new(folder, "");
        }
        catch (Exception problem) when (problem is LibGit2SharpException or IOException or UnauthorizedAccessException)
        {
            Delete(folder);
            ct.ThrowIfCancellationRequested();
            return tooLarge ? new(null, $"'{location.Display}' is larger than {MaxBytes >> 30} GiB.") : Remotes.Failed<string>(location, problem.Message);
        }
    }

    private static string CreateRoot()
    {
        var root = Directory.CreateTempSubdirectory("codex-security-git-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Empty(root);
        return root;
    }

    // A clone that was given up may still be written to, so that its folder is not empty yet when it is removed.
    private static void Empty(string root)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                Delete(root);
                return;
            }
            catch (IOException) when (attempt < 20)
            {
                Thread.Sleep(25);
            }
            catch (IOException problem)
            {
                Console.Error.WriteLine($"codex-security: '{root}' could not be removed: {problem.Message}");
                return;
            }
        }
    }

    private sealed record Clone(string Url, string Folder, Task<SourceOutcome<string>> Work)
    {
        public int Readers { get; set; }
    }
}

/// <summary>A clone in use.</summary>
/// <param name="Folder">The bare repository.</param>
/// <param name="Release">Says that it is not used any more.</param>
internal sealed record Lease(string Folder, Action Release) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Release();
}
