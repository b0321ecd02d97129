using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes;

/// <summary>The core of the attack set, run once before anything untrusted: any deviation means "unavailable".</summary>
internal static class CoreProbe
{
    public static async Task<SandboxStatus> RunAsync(Func<SandboxSpec, Task<SandboxRun>> run)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        string script = string.Create(CultureInfo.InvariantCulture, $$"""
            bad() { echo "BAD $1"; }
            [ "$(id -u)" = 1000 ] || bad uid
            cat /etc/shadow >/dev/null 2>&1 && bad shadow
            ls /root >/dev/null 2>&1 && bad root
            [ -e /proc/{{Environment.ProcessId}}/environ ] && [ {{Environment.ProcessId}} -gt 50 ] && bad process
            cat /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' | grep -vE '^(PATH|HOME|PWD|OLDPWD)=' | grep -q . && bad environ
            [ "$(grep -c . /proc/net/dev)" = 3 ] || bad interfaces
            grep -q '^Seccomp:.2' /proc/self/status || bad seccomp
            grep -q '^CapEff:.0*$' /proc/self/status || bad capabilities
            grep -q '^CapBnd:.0*$' /proc/self/status || bad bounding
            grep -q '^NoNewPrivs:.1' /proc/self/status || bad privileges
            unshare -U true 2>/dev/null && bad namespace
            mount -t tmpfs none /tmp 2>/dev/null && bad mount
            for f in /usr/x /etc/x /x /dev/x; do touch $f 2>/dev/null && bad write; done
            (echo x > /proc/sys/kernel/core_pattern) 2>/dev/null && bad core
            touch /work/ok /tmp/ok /out/ok || bad folders
            [ -x /usr/bin/bash ] && /usr/bin/bash -c 'exec 3<>/dev/tcp/127.0.0.1/{{port}}' 2>/dev/null && bad loopback
            echo PROBED
            """);
        var result = await run(new SandboxSpec { Command = ["/bin/sh", "-c", script] }).ConfigureAwait(false);
        string text = Encoding.UTF8.GetString(result.Stdout.Span);
        return result.Outcome == SandboxOutcome.Exited && text == "PROBED\n"
            ? new SandboxStatus(true, "")
            : new SandboxStatus(false, $"isolation does not hold: {result.Outcome} {result.Kill} {result.Reason} {text.Trim()}");
    }
}
