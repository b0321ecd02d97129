using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Runner;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Win32.SafeHandles;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// Outputs that are too large for a log: the runner puts them as one archive to an address that takes one object, and its digest comes by the evidence. What was not put
/// by this run is not taken.
/// </summary>
internal static class Delivery
{
    private const string Receipt = "/delivery";
    private static readonly TimeSpan s_most = TimeSpan.FromMinutes(4);

    /// <summary>In the container: sends what the packer writes. The result holds the digest, or says that it is cut.</summary>
    /// <exception cref="IOException">It was not taken.</exception>
    public static async Task<(ImmutableArray<SandboxFile> Files, bool Cut)> SendAsync(SafeFileHandle packer, JobDelivery delivery, long most, Action tooMuch)
    {
        using var content = new FileStream(Path.GetTempFileName(), FileMode.Create, FileAccess.ReadWrite, FileShare.None, 65536, FileOptions.DeleteOnClose);
        bool cut = await Task.Factory.StartNew(() => Copy(packer, content, most, tooMuch), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
        if (cut || content.Length == 0)
        {
            return ([], cut);
        }

        content.Position = 0;
        string digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content).ConfigureAwait(false));
        content.Position = 0;
        var address = new Uri(delivery.Address);
        using var http = EndpointHttp.For(address, IPAddress.Parse(delivery.Endpoint)) ?? throw new IOException("the delivery's address and endpoint do not go together");
        using var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(content) };
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        using var limit = new CancellationTokenSource(s_most);
        try
        {
            using var answer = await http.SendAsync(request, limit.Token).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new IOException($"the outputs were not taken: {(int)answer.StatusCode}");
            }
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            throw new IOException("the outputs could not be delivered: " + error.GetType().Name, error);
        }

        return ([new SandboxFile(Receipt, Encoding.ASCII.GetBytes(digest))], false);
    }

    /// <summary>On the host: takes over what a run delivered, checked against its evidence; regular files only, below an empty folder.</summary>
    /// <exception cref="IOException">It can't be read or stored, or is not what was sent.</exception>
    public static async Task<SandboxRun> TakeAsync(SandboxRun run, IJobStore store, string name, long most, string folder, CancellationToken ct)
    {
        if (run.Outputs is not [{ Path: Receipt } receipt])
        {
            return run with { Outputs = [] };
        }

        string path = Path.GetTempFileName();
        try
        {
            await using (var source = await store.OpenAsync(name, ct).ConfigureAwait(false) ?? throw new IOException("the outputs are not where they were delivered"))
            await using (var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite))
            {
                byte[] buffer = new byte[1 << 16];
                int read;
                while ((read = await source.ReadAsync(buffer, ct).ConfigureAwait(false)) > 0)
                {
                    await file.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
                    if (file.Length > most + (1 << 20))
                    {
                        throw new IOException("the outputs are larger than they may be");
                    }
                }

                file.Position = 0;
                if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct).ConfigureAwait(false)) != Encoding.ASCII.GetString(receipt.Content.Span))
                {
                    throw new IOException("the outputs are not those that were sent");
                }
            }

            using var handle = File.OpenHandle(path);
            var (files, cut) = await TarStreams.UnpackAsync(handle, most, folder, static () => { }).ConfigureAwait(false);
            return run with { Outputs = files, Truncated = run.Truncated || cut };
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool Copy(SafeFileHandle packer, FileStream content, long most, Action tooMuch)
    {
        byte[] buffer = new byte[1 << 16];
        bool cut = false;
        int read;
        while ((read = LinuxNative.Read(packer, buffer)) > 0)
        {
            if (cut)
            {
                continue; // reading on keeps the packer from holding the pipe until it is ended
            }

            content.Write(buffer, 0, read);
            if (content.Length > most)
            {
                cut = true;
                tooMuch();
            }
        }

        return cut;
    }
}
