using CodexSecurity.Pipeline.Validation.Library;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Http;

/// <summary>The files of a run: client, preload, starter and a small site in the folder that servers are told to serve.</summary>
public static class HttpFiles
{
    /// <summary>Files below <c>/work</c>.</summary>
    public static IReadOnlyList<ProofFile> Of(HttpInput input) =>
    [
        HarnessFiles.Get("http-client.js"), HarnessFiles.Get("http-preload.js"), HarnessFiles.Get("http-start.js"), HarnessFiles.Get("http-app.js"), HarnessFiles.Get("http-drivers.js"), HarnessFiles.Get("http-visitor.js"), HarnessFiles.Get("values.js"), HarnessFiles.Get("archive.js"),
        new ProofFile("poc/http-input.json", input.ToJson()),
        new ProofFile("run/index.html", "<!doctype html><title>benign</title><p>benign</p>\n"), new ProofFile("run/benign.txt", "benign\n"),
    ];
}
