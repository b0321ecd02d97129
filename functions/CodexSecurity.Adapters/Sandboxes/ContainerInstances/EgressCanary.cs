using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>Runs a spec in one region; as a group of one kind.</summary>
internal delegate Task<SandboxRun> CanaryRun(SandboxSpec spec, ContainerPlace place, GroupKind kind, CancellationToken ct);

/// <summary>
/// Proves for each region and subnet, before anything untrusted runs there, that a payload reaches nothing outside and that the limits inside the container hold. The
/// canary is an ordinary run, so it shows what a payload would see. It has to reach a listener of its own on loopback: a probe that can't connect at all proves nothing.
/// </summary>
internal sealed class EgressCanary(ImmutableArray<string> targets, TimeProvider time, CanaryRun run)
{
    /// <summary>The platform's own addresses (wire server, its agent's port, name server), the metadata address, and some of the internet.</summary>
    public static readonly ImmutableArray<string> Targets =
        ["168.63.129.16:80", "168.63.129.16:32526", "168.63.129.16:53", "169.254.169.254:80", "1.1.1.1:443", "8.8.8.8:53", "20.33.0.1:443"];

    private const int Listener = 18099;
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<(string, GroupKind), Task<Answer>> _known = new();

    private sealed record Answer(SandboxStatus Status, bool Final, long At);

    /// <summary>The answer for a region. That isolation holds, or does not, is kept; that the canary could not run is not.</summary>
    public async Task<SandboxStatus> ProbeAsync(ContainerPlace place, GroupKind kind, CancellationToken ct)
    {
        while (true)
        {
            var probe = _known.GetOrAdd((place.Location, kind), _ => Task.Run(() => ProbeOnceAsync(place, kind), CancellationToken.None));
            bool underWay = !probe.IsCompleted;
            // Not cancelled by one caller: the answer is for all.
            var answer = await probe.WaitAsync(ct).ConfigureAwait(false);
            if (answer.Final || underWay || time.GetElapsedTime(answer.At) < s_again)
            {
                return answer.Status;
            }

            _known.TryRemove(new((place.Location, kind), probe));
        }
    }

    private async Task<Answer> ProbeOnceAsync(ContainerPlace place, GroupKind kind)
    {
        var result = await run(Spec(kind), place, kind, CancellationToken.None).ConfigureAwait(false);
        if (result.Outcome is SandboxOutcome.Unavailable or SandboxOutcome.SetUpError)
        {
            return new Answer(new SandboxStatus(false, $"{place.Location}: the canary did not run: {result.Reason}"), false, time.GetTimestamp());
        }

        string text = Encoding.UTF8.GetString(result.Stdout.Span).Trim();
        string errors = Encoding.UTF8.GetString(result.Stderr.Span).Trim();
        return result is { Outcome: SandboxOutcome.Exited, ExitCode: 0 } && text == "PROBED"
            ? new Answer(new SandboxStatus(true, ""), true, time.GetTimestamp())
            : new Answer(new SandboxStatus(false, $"{place.Location}: isolation does not hold: {result.Outcome} {result.Kill} {result.ExitCode} {$"{text} {(errors.Length > 500 ? errors[..500] : errors)}".ReplaceLineEndings(" ").Trim()}"), true, time.GetTimestamp());
    }

    private SandboxSpec Spec(GroupKind kind) => new()
    {
        Command = ["/bin/sh", "-c", Inside + "exec node /work/egress.js\n"],
        Files = [new SandboxFile("egress.js", Encoding.UTF8.GetBytes(Outside.Replace("TARGETS", JsonSerializer.Serialize(targets), StringComparison.Ordinal)
            
            // Set-up needs names: it has to find the registry. What it may reach behind them is the subnet's matter.
            .Replace("SERVERS", kind == GroupKind.SetUp ? "[]" : "[null, '168.63.129.16', '8.8.8.8']", StringComparison.Ordinal).Replace("LISTENER", Listener.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)))],
        NetworkCanaries = [new NetworkCanary(Listener)],
        Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(60) },
    };

    private const string Inside = """
        bad() { echo "BAD $1"; }
        [ "$(id -u)" != 0 ] || bad uid
        cat /etc/shadow >/dev/null 2>&1 && bad shadow
        ls /mnt >/dev/null 2>&1 && bad job
        cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -vE '^(PATH|HOME|PWD|OLDPWD)=' | grep -q . && bad environ
        grep -q '^Seccomp:.2' /proc/self/status || bad seccomp
        grep -q '^CapEff:.0*$' /proc/self/status || bad capabilities
        grep -q '^CapBnd:.0*$' /proc/self/status || bad bounding
        grep -q '^NoNewPrivs:.1' /proc/self/status || bad privileges
        unshare -U true 2>/dev/null && bad namespace
        for f in /usr/x /etc/x /x /dev/x /opt/codex-security/x /var/tmp/x /run/x; do touch $f 2>/dev/null && bad "write $f"; done
        (echo x > /proc/sys/kernel/core_pattern) 2>/dev/null && bad core
        for p in /proc/[0-9]*; do case "$(readlink $p/fd/1 2>/dev/null)" in "") ;; *) [ -O $p ] || bad "descriptors of $p";; esac; done
        touch /work/ok /tmp/ok /out/ok || bad folders

        """;

    // A refusal is an answer: the packet went out. Only silence or "unreachable" is closed.
    private const string Outside = """
        const net = require('net'), { Resolver } = require('dns').promises;
        const reach = (host, port) => new Promise(done => {
          const socket = net.connect({ host, port });
          const end = answer => { socket.destroy(); done(answer); };
          socket.setTimeout(4000, () => end(false));
          socket.on('connect', () => end(true));
          socket.on('error', e => end(e.code === 'ECONNREFUSED' || e.code === 'ECONNRESET'));
        });
        const names = async server => {
          const resolver = new Resolver({ timeout: 3000, tries: 1 });
          if (server) resolver.setServers([server]);
          try { await resolver.resolve4('example.com'); return true; }
          catch (e) { return !['ECONNREFUSED', 'ETIMEOUT', 'ECANCELLED', 'EBADRESP'].includes(e.code); }
        };
        (async () => {
          if (!await reach('127.0.0.1', LISTENER)) console.log('BAD the probe itself does not connect');
          await Promise.all(TARGETS.map(async target => {
            const at = target.lastIndexOf(':');
            if (await reach(target.slice(0, at), +target.slice(at + 1))) console.log('BAD reached ' + target);
          }));
          for (const server of SERVERS) if (await names(server)) console.log('BAD names are answered by ' + (server || 'the resolver'));
          console.log('PROBED');
        })();
        """;
}
