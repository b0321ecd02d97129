using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodexSecurity.Adapters.Sandboxes.Dependencies;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

/// <summary>A registry on this machine's loopback with packages made up here.</summary>
internal sealed class FakeRegistry : IDisposable
{
    private readonly HttpListener _listener;
    private readonly Dictionary<string, SortedDictionary<string, (byte[] Archive, object Manifest)>> _packages = [];
    private readonly string _address;

    public FakeRegistry()
    {
        (_listener, _address) = LoopbackListener.Start();
        _ = ServeAsync();
    }

    public int Requests { get; private set; }

    public NpmSettings Settings => new(new Uri(_address), "/nonexistent", "test");

    public FakeRegistry Add(string name, string version, string code, params (string Name, string Wanted)[] dependencies)
    {
        var wanted = dependencies.ToDictionary(d => d.Name, d => d.Wanted);
        using var stream = new MemoryStream();
        using (var zip = new GZipStream(stream, CompressionLevel.Fastest, true))
        using (var tar = new TarWriter(zip, TarEntryFormat.Ustar))
        {
            string manifest = JsonSerializer.Serialize(new { name, version, dependencies = wanted, scripts = new { postinstall = "touch /work/node_modules/SCRIPT-RAN" } });
            foreach (var (path, text) in new[] { ("package/package.json", manifest), ("package/index.js", code) })
            {
                using var content = new MemoryStream(Encoding.UTF8.GetBytes(text));
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, path) { DataStream = content });
            }
        }

        byte[] archive = stream.ToArray();
        if (!_packages.TryGetValue(name, out var versions))
        {
            _packages[name] = versions = new(StringComparer.Ordinal);
        }

        versions[version] = (archive, new
        {
            name, version, dependencies = wanted, hasInstallScript = true,
            dist = new { tarball = $"{_address}{name}/-/{version}.tgz", integrity = "sha512-" + Convert.ToBase64String(SHA512.HashData(archive)) },
        });
        return this;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                Requests++;
                string[] path = context.Request.Url!.AbsolutePath[1..].Split("/-/");
                byte[]? answer = !_packages.TryGetValue(Uri.UnescapeDataString(path[0]), out var versions) ? null
                    : path.Length == 2 ? versions[path[1][..^4]].Archive
                    : JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
                    {
                        ["name"] = Uri.UnescapeDataString(path[0]), ["dist-tags"] = new { latest = versions.Keys.Last() }, ["versions"] = versions.ToDictionary(v => v.Key, v => v.Value.Manifest),
                    });
                context.Response.StatusCode = answer is null ? 404 : 200;
                await context.Response.OutputStream.WriteAsync(answer ?? []);
                context.Response.Close();
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            return; // the test is over
        }
    }

    public void Dispose() => _listener.Close();
}
