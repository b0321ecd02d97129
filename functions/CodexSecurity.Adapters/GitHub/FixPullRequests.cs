using CodexSecurity.Pipeline.Ports.Flows;
using CodexSecurity.Pipeline.Ports.GitHub;
using Octokit;
using FileMode = Octokit.FileMode;

namespace CodexSecurity.Adapters.GitHub;

/// <summary>
/// Draft pull requests by the git data API: one commit on the branch's head. Whatever step a process dies at, the next call finds what is there and goes on:
/// a branch or a pull request with the same content is taken, one of another content is superseded.
/// </summary>
internal sealed class FixPullRequests(GitHubSettings settings, GitHubCalls calls, Installations installations) : IFixPullRequests
{
    private const int MostNames = 20;

    public async Task<FixPullRequest> OpenAsync(FixProposal proposal, CancellationToken ct)
    {
        var (owner, name) = (proposal.Repository.Owner, proposal.Repository.Name);
        return await installations.WithAsync(owner, name, client => new Attempt(settings, calls, client, owner, name, proposal).RunAsync(ct), ct).ConfigureAwait(false);
    }

    private sealed class Attempt(GitHubSettings settings, GitHubCalls calls, GitHubClient client, string owner, string name, FixProposal proposal)
    {
        private readonly RepositoryTree _trees = new(calls, client, owner, name);

        public async Task<FixPullRequest> RunAsync(CancellationToken ct)
        {
            var open = await OpenAsync(ct).ConfigureAwait(false);
            // The same finding may have a fix for another branch.
            var mine = open.Where(pull => IsOf(pull.Head.Ref) && pull.Base.Ref == proposal.Base).ToList();
            PullRequest? current = null;
            foreach (var pull in mine)
            {
                if (await _trees.HoldsAsync(await TreeAsync(pull.Head.Sha, ct).ConfigureAwait(false), proposal.Files, ct).ConfigureAwait(false)) current ??= pull;
            }
            current ??= await OpenNewAsync(open.Count - mine.Count, ct).ConfigureAwait(false);
            // Also of an attempt that died before it came to this.
            foreach (var stale in mine.Where(pull => pull.Number != current.Number)) await SupersedeAsync(stale, current, ct).ConfigureAwait(false);
            return new FixPullRequest(current.HtmlUrl, current.Head.Ref);
        }

        private async Task<PullRequest> OpenNewAsync(int others, CancellationToken ct)
        {
            if (others >= settings.MostOpenFixes) throw new StepRejectedException($"{others} fix pull requests are open in {owner}/{name}, and no more than {settings.MostOpenFixes} may be: merge or close one first");
            var head = await BaseAsync(ct).ConfigureAwait(false);
            return await PullAsync(await BranchAsync(head, ct).ConfigureAwait(false), ct).ConfigureAwait(false);
        }

        private async Task<List<PullRequest>> OpenAsync(CancellationToken ct)
        {
            var all = await calls.RunAsync(() => client.PullRequest.GetAllForRepository(owner, name, new PullRequestRequest { State = ItemStateFilter.Open }, new ApiOptions { PageSize = 100, PageCount = 10 }), ct).ConfigureAwait(false);
            // A fork may use such a name for its branch too: that one is not ours.
            return [.. all.Where(pull => pull.Head.Ref.StartsWith(FixProposal.Prefix, StringComparison.Ordinal) && pull.Head.Repository?.Id == pull.Base.Repository.Id)];
        }

        private bool IsOf(string branch) => branch == proposal.Head || branch.StartsWith(proposal.Head + "-", StringComparison.Ordinal) && int.TryParse(branch.AsSpan(proposal.Head.Length + 1), System.Globalization.NumberStyles.None, null, out _);

        private async Task<string> TreeAsync(string commit, CancellationToken ct) => (await calls.RunAsync(() => client.Git.Commit.Get(owner, name, commit), ct).ConfigureAwait(false)).Tree.Sha;

        // The head of the base branch, once it is known that the patched files are still those that the patch was verified on.
        private async Task<(string Commit, string Tree, Dictionary<string, string> Modes)> BaseAsync(CancellationToken ct)
        {
            var commit = await FindAsync(proposal.Base, ct).ConfigureAwait(false) ?? throw new StepRejectedException($"{owner}/{name} has no branch {proposal.Base} any more");
            var tree = await TreeAsync(commit, ct).ConfigureAwait(false);
            var modes = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var file in proposal.Files)
            {
                var entry = await _trees.FindAsync(tree, file.Path, ct).ConfigureAwait(false);
                if (entry?.Sha != (file.Before is { } before ? RepositoryTree.BlobName(before.Span) : null)) throw new StepRejectedException($"the patch does not fit any more: {file.Path} was changed on {proposal.Base} since it was verified. The next scan verifies a new one");
                if (entry is not null && entry.Mode is not (FileMode.File or FileMode.Executable)) throw new StepRejectedException($"{file.Path} is no ordinary file");
                modes[file.Path] = entry?.Mode ?? FileMode.File;
            }
            return (commit, tree, modes);
        }

        private async Task<string?> FindAsync(string branch, CancellationToken ct)
        {
            try { return (await calls.RunAsync(() => client.Git.Reference.Get(owner, name, "heads/" + branch), ct).ConfigureAwait(false)).Object.Sha; }
            catch (NotFoundException) { return null; }
        }

        private async Task<string> BranchAsync((string Commit, string Tree, Dictionary<string, string> Modes) head, CancellationToken ct)
        {
            string? made = null;
            for (var number = 1; number <= MostNames; number++)
            {
                var branch = number == 1 ? proposal.Head : $"{proposal.Head}-{number}";
                if (await FindAsync(branch, ct).ConfigureAwait(false) is { } there)
                {
                    var commit = await calls.RunAsync(() => client.Git.Commit.Get(owner, name, there), ct).ConfigureAwait(false);
                    // Made before a process died: it goes on from there. Any other is left as it is, for somebody may work on it.
                    if (commit.Parents is [{ Sha: var parent }] && parent == head.Commit && await _trees.HoldsAsync(commit.Tree.Sha, proposal.Files, ct).ConfigureAwait(false)) return branch;
                    continue;
                }
                made ??= await CommitAsync(head, ct).ConfigureAwait(false);
                var reference = new NewReference("refs/heads/" + branch, made);
                try { await calls.RunAsync(() => client.Git.Reference.Create(owner, name, reference), ct).ConfigureAwait(false); }
                catch (StepRejectedException)
                {
                    // Refused for it is there: made by the attempt whose answer was lost, or by somebody else.
                    if (await FindAsync(branch, ct).ConfigureAwait(false) is not { } now) throw;
                    if (now != made) continue;
                }
                return branch;
            }
            throw new StepRejectedException($"{owner}/{name} has {MostNames} branches for this finding already: delete those that are not needed");
        }

        private async Task<string> CommitAsync((string Commit, string Tree, Dictionary<string, string> Modes) head, CancellationToken ct)
        {
            var tree = new NewTree { BaseTree = head.Tree };
            foreach (var file in proposal.Files)
            {
                var content = new NewBlob { Content = Convert.ToBase64String(file.After.Span), Encoding = EncodingType.Base64 };
                var blob = await calls.RunAsync(() => client.Git.Blob.Create(owner, name, content), ct).ConfigureAwait(false);
                tree.Tree.Add(new NewTreeItem { Path = file.Path, Mode = head.Modes[file.Path], Type = TreeType.Blob, Sha = blob.Sha });
            }
            var made = await calls.RunAsync(() => client.Git.Tree.Create(owner, name, tree), ct).ConfigureAwait(false);
            // Without an author: the service then writes, and signs, as the app.
            var commit = new NewCommit(proposal.Title, made.Sha, head.Commit);
            return (await calls.RunAsync(() => client.Git.Commit.Create(owner, name, commit), ct).ConfigureAwait(false)).Sha;
        }

        private async Task<PullRequest> PullAsync(string branch, CancellationToken ct)
        {
            var pull = new NewPullRequest(proposal.Title, branch, proposal.Base) { Body = proposal.Body, Draft = true, MaintainerCanModify = true };
            try { return await calls.RunAsync(() => client.PullRequest.Create(owner, name, pull), ct).ConfigureAwait(false); }
            catch (StepRejectedException refused)
            {
                // There is one already: of the attempt whose answer was lost.
                return (await OpenAsync(ct).ConfigureAwait(false)).FirstOrDefault(p => p.Head.Ref == branch && p.Base.Ref == proposal.Base) is { } there ? there : throw new StepRejectedException($"no draft pull request can be opened for {branch}: {refused.Message}");
            }
        }

        private async Task SupersedeAsync(PullRequest stale, PullRequest by, CancellationToken ct)
        {
            await calls.RunAsync(() => client.Issue.Comment.Create(owner, name, stale.Number, $"Superseded by #{by.Number}: the files changed since this was verified."), ct).ConfigureAwait(false);
            await calls.RunAsync(() => client.PullRequest.Update(owner, name, stale.Number, new PullRequestUpdate { State = ItemState.Closed }), ct).ConfigureAwait(false);
        }
    }
}
