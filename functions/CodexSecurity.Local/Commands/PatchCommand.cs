using System.CommandLine;
using System.Text;
using CodexSecurity.Analysis.Text;
using CodexSecurity.Local.Hosting;
using CodexSecurity.Pipeline.Domain;
using CodexSecurity.Pipeline.Ingest;

namespace CodexSecurity.Local.Commands;

/// <summary><c>codex-security patch show|apply</c></summary>
internal static class PatchCommand
{
    public static Command Create() => new("patch", "Show or apply the patch of a finding") { Show(), Apply() };

    private static Command Show()
    {
        var id = new Argument<string>("id") { Description = "Finding id (csf_…)" };
        var command = new Command("show", "The patch as a unified diff; its verdict goes to standard error") { id };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            using var stores = LocalStores.Open(LocalHome.Find());
            var patch = (await StoredFindings.GetAsync(stores, parsed.GetValue(id)!, ct).ConfigureAwait(false)).Finding.Patch;
            await Console.Error.WriteLineAsync($"{patch.Verdict.ToString().ToLowerInvariant()}: {patch.Reason}").ConfigureAwait(false);
            foreach (var gate in patch.Gates) await Console.Error.WriteLineAsync($"  {gate.Name}: {gate.Outcome}{(gate.Detail.Length > 0 ? ": " + gate.Detail : "")}").ConfigureAwait(false);
            Console.Out.Write(patch.Diff);
            return patch.Verdict == PatchVerdict.None ? CommandRunner.Problem : 0;
        }, ct));
        return command;
    }

    private static Command Apply()
    {
        var id = new Argument<string>("id") { Description = "Finding id (csf_…)" };
        var project = new Option<string>("--project") { Description = "The project's folder", DefaultValueFactory = _ => "." };
        var test = new Option<bool>("--with-test") { Description = "Write the proposed regression test too" };
        var command = new Command("apply", "Apply the patch to the project's files; nothing is changed unless all of it applies") { id, project, test };
        command.SetAction((parsed, ct) => CommandRunner.RunAsync(async () =>
        {
            using var stores = LocalStores.Open(LocalHome.Find());
            var record = await StoredFindings.GetAsync(stores, parsed.GetValue(id)!, ct).ConfigureAwait(false);
            var patch = record.Finding.Patch;
            if (patch.Verdict == PatchVerdict.None) throw new CommandProblem($"there is no patch: {patch.Reason}");
            var scan = await StoredFindings.ScanAsync(stores, record, ct).ConfigureAwait(false);
            var snapshot = await SnapshotArchive.LoadAsync(stores.Artifacts, scan.Record.Snapshot!, ct).ConfigureAwait(false);
            var folder = Path.GetFullPath(parsed.GetValue(project)!);
            var changed = new List<(string Path, byte[] Content)>();
            foreach (var file in patch.Edits.GroupBy(e => e.Path, StringComparer.Ordinal)) changed.Add(await EditedAsync(folder, snapshot, file.Key, [.. file], ct).ConfigureAwait(false));
            if (parsed.GetValue(test) && patch.RegressionTest is { } proposed)
            {
                var path = Inside(folder, proposed.Path);
                if (File.Exists(path)) throw new CommandProblem($"{proposed.Path} exists already");
                changed.Add((path, Encoding.UTF8.GetBytes(proposed.Content)));
            }
            foreach (var (path, content) in changed)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await OutputFile.WriteAsync(new FileInfo(path), content, ct).ConfigureAwait(false);
                Console.Out.WriteLine("changed " + Path.GetRelativePath(folder, path));
            }
            return 0;
        }, ct));
        return command;
    }

    private static async Task<(string Path, byte[] Content)> EditedAsync(string folder, Snapshot snapshot, string path, IReadOnlyList<FileEdit> edits, CancellationToken ct)
    {
        var full = Inside(folder, path);
        var scanned = snapshot.Files.FirstOrDefault(f => f.Path == path) ?? throw new CommandProblem($"{path} was not in the scan");
        if (!File.Exists(full) || !(await File.ReadAllBytesAsync(full, ct).ConfigureAwait(false)).AsSpan().SequenceEqual(scanned.Content.Span))
            throw new CommandProblem($"{path} is no longer as it was scanned; scan again first. Nothing was changed.");
        var source = SourceFile.FromBytes(path, scanned.Content.Span);
        var text = new StringBuilder(source.Text);
        foreach (var edit in edits.OrderByDescending(e => e.Start)) text.Remove(edit.Start, edit.End - edit.Start).Insert(edit.Start, edit.Replacement);
        return (full, SourceFile.ToBytes(text.ToString(), source.HasByteOrderMark));
    }

    // Paths come from the store, yet a link in the folder may lead elsewhere.
    private static string Inside(string folder, string path)
    {
        var full = Path.GetFullPath(Path.Combine(folder, path));
        if (!full.StartsWith(folder.TrimEnd('/') + "/", StringComparison.Ordinal)) throw new CommandProblem($"{path} leads out of {folder}");
        for (var at = full; at.Length > folder.Length; at = Path.GetDirectoryName(at)!)
            if (new FileInfo(at).LinkTarget is not null) throw new CommandProblem($"{path} goes through a link");
        return full;
    }
}
