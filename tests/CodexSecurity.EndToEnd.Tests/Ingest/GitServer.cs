using System.Diagnostics;
using System.Net;

namespace CodexSecurity.EndToEnd.Tests.Ingest;

/// <summary>Serves the repositories of a folder over HTTP by git's own program, and refuses in the ways servers do.</summary>
internal class GitServer : IDisposable
{
    private readonly HttpListener _listener;
    private readonly string _root;

    public GitServer(string root)
    {
        _root = root;
        (_listener, Url) = LoopbackListener.Start();
        _ = Task.Run(Serve);
    }

    public string Url { get; }

    /// <summary>Where the repositories are.</summary>
    protected string Root => _root;

    public void Dispose() => _listener.Close();

    /// <summary>Whether it was answered by something else than git.</summary>
    protected virtual Task<bool> AnsweredAsync(HttpListenerRequest request, HttpListenerResponse response) => Task.FromResult(false);

    private async Task Serve()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = Task.Run(() => Answer(context));
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        var (request, response) = (context.Request, context.Response);
        if (await AnsweredAsync(request, response))
        {
            response.Close();
            return;
        }
        switch (request.Url!.AbsolutePath.Split('/')[1])
        {
            case "silent":
                return;
            case "locked":
                response.StatusCode = 401;
                response.AddHeader("WWW-Authenticate", "Basic realm=\"x\"");
                break;
            case "broken":
                response.StatusCode = 500;
                break;
            case "moved":
                response.Redirect("http://ann:hunter2@127.0.0.1:9/moved" + request.Url.PathAndQuery[6..]);
                break;
            default:
                await Backend(request, response);
                break;
        }
        response.Close();
    }

    private async Task Backend(HttpListenerRequest request, HttpListenerResponse response)
    {
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in new (string, string)[]
        {
            ("GIT_PROJECT_ROOT", _root), ("GIT_HTTP_EXPORT_ALL", "1"), ("REQUEST_METHOD", request.HttpMethod), ("QUERY_STRING", request.Url!.Query.TrimStart('?')),
            ("PATH_INFO", request.Url.AbsolutePath), ("CONTENT_TYPE", request.ContentType ?? ""), ("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"),
        }) start.Environment[name] = value;
        using var git = Process.Start(start)!;
        await request.InputStream.CopyToAsync(git.StandardInput.BaseStream);
        git.StandardInput.Close();
        using var output = new MemoryStream();
        await git.StandardOutput.BaseStream.CopyToAsync(output);
        var bytes = output.ToArray();
        var end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        foreach (var line in System.Text.Encoding.ASCII.GetString(bytes, 0, end).Split("\r\n"))
        {
            var colon = line.IndexOf(':');
            if (line.StartsWith("Status:", StringComparison.Ordinal)) response.StatusCode = int.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            else response.Headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        await response.OutputStream.WriteAsync(bytes.AsMemory(end + 4));
    }
}
