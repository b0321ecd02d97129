using CodexSecurity.Adapters.LocalDisk;

namespace CodexSecurity.Local.Hosting;

/// <summary>The stores of this machine. Several processes may have them open.</summary>
public sealed class LocalStores : IDisposable
{
    private LocalStores(LocalHome home, LocalScanStore scans, LocalArtifactStore artifacts) => (Home, Scans, Artifacts) = (home, scans, artifacts);

    /// <summary>Where they lie.</summary>
    public LocalHome Home { get; }

    /// <summary>Records.</summary>
    public LocalScanStore Scans { get; }

    /// <summary>Bulk.</summary>
    public LocalArtifactStore Artifacts { get; }

    /// <summary>Opens or makes them.</summary>
    /// <exception cref="Pipeline.Ports.Storage.StoreUnavailableException">The disk can't be used.</exception>
    public static LocalStores Open(LocalHome home)
    {
        var scans = LocalScanStore.Open(home.Scans);
        try { return new LocalStores(home, scans, LocalArtifactStore.Open(home.Artifacts)); }
        catch { scans.Dispose(); throw; }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Artifacts.Dispose();
        Scans.Dispose();
    }
}
