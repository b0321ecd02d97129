using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CodexSecurity.Adapters.Sandboxes.Dependencies;

/// <summary>What the host's own npm says: registry, cache folder, versions. Asked once, outside any project, so that no file of a repository has a say.</summary>
internal sealed record NpmSettings(Uri Registry, string CacheFolder, string Versions)
{
    private static readonly Lazy<Task<NpmSettings?>> s_current = new(AskAsync);

    /// <summary>The settings, or null where there is no usable node and npm.</summary>
    public static Task<NpmSettings?> CurrentAsync() => s_current.Value;

    private static async Task<NpmSettings?> AskAsync()
    {
        if (HostTools.Node is not { } node || HostTools.NpmScript is not { } npm)
        {
            return null;
        }

        string[] answers = await Task.WhenAll(
            OutputAsync(node, [npm, "config", "get", "registry", "cache"]), OutputAsync(node, ["-p", "process.version + ' ' + process.arch + ' ' + process.report.getReport().header.glibcVersionRuntime"])).ConfigureAwait(false);
        var values = answers[0].Split('\n').Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.Ordinal);
        return Uri.TryCreate(values.GetValueOrDefault("registry", ""), UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https") && uri.UserInfo.Length == 0 && uri.Query.Length == 0
            ? new NpmSettings(new Uri(uri.AbsoluteUri.TrimEnd('/') + "/"), values.GetValueOrDefault("cache", ""), string.Create(CultureInfo.InvariantCulture, $"{answers[1]} npm {VersionOf(npm)} {RuntimeInformation.RuntimeIdentifier}"))
            : null;
    }

    // NPM/bin/npm-cli.js says its version in NPM/package.json; asking the script itself takes as long as asking for its settings.
    private static string VersionOf(string script)
    {
        try
        {
            using var manifest = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(script)!, "..", "package.json")));
            return manifest.RootElement.GetProperty("version").GetString() ?? "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "";
        }
    }

    private static async Task<string> OutputAsync(string program, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
            var errors = process.StandardError.ReadToEndAsync();
            string text = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            return text.Trim();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ""; // cannot be started: as if it were not there
        }
    }
}
