using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

public abstract partial class SandboxContract
{
    [Fact]
    public async Task Files_processes_and_signals_of_the_host_are_out_of_reach()
    {
        using var victim = Process.Start("/usr/bin/sleep", "60")!;
        var run = await Run($$"""
            import os
            for p in ['/etc/shadow', '/root', '/home', '/var', '/proc/{{victim.Id}}/environ', '/proc/1/root/etc/shadow']:
                try:
                    os.listdir(p) if os.path.isdir(p) else open(p).read()
                    print('BAD', p)
                except OSError: pass
            try:
                os.kill({{victim.Id}}, 9); print('BAD kill')
            except OSError: pass
            for p in os.listdir('/proc'):
                try:
                    for e in open(f'/proc/{p}/environ').read().split('\0'):
                        if e and e.split('=')[0] not in ('PATH', 'HOME', 'PWD', 'OLDPWD', 'MARK'): print('BAD environ', p, e)
                except OSError: pass
            if '/tmp/' in open('/proc/1/cmdline').read(): print('BAD host path')
            print('end')
            """);
        Assert.Equal("end\n", Text(run.Stdout));
        Assert.False(victim.HasExited);
        victim.Kill();
    }

    [Fact]
    public async Task Sockets_of_the_host_are_out_of_reach()
    {
        using var tcp = new TcpListener(IPAddress.Any, 0);
        tcp.Start();
        string name = "codex-" + Path.GetRandomFileName();
        using var local = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        local.Bind(new UnixDomainSocketEndPoint("\0" + name));
        local.Listen();
        var run = await Run($$"""
            import socket
            def t(n, f, a, k=socket.SOCK_STREAM):
                try:
                    s = socket.socket(f, k); s.settimeout(1); s.connect(a); print('BAD', n)
                except OSError: pass
            t('tcp', socket.AF_INET, ('127.0.0.1', {{((IPEndPoint)tcp.LocalEndpoint).Port}}))
            t('meta', socket.AF_INET, ('169.254.169.254', 80))
            t('abstract', socket.AF_UNIX, '\0{{name}}')
            for f, k in [(40, 1), (38, 5), (17, 3), (2, 3), (16, 3)]:
                try:
                    if f == 16: socket.socket(16, 3, 15)
                    else: socket.socket(f, k)
                    print('BAD family', f, k)
                except OSError: pass
            print('end')
            """);
        Assert.Equal("end\n", Text(run.Stdout));
    }

    [Fact]
    public async Task Dangerous_system_calls_are_refused()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/gcc"), "gcc is not installed");
        Assert.SkipUnless(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64, "the program is for x86-64");
        const string Program = """
            #define _GNU_SOURCE
            #include <stdio.h>
            #include <unistd.h>
            #include <sys/syscall.h>
            #include <sys/ioctl.h>
            #include <sys/wait.h>
            #include <fcntl.h>
            #define T(n, ...) do { if (syscall(__VA_ARGS__) >= 0) printf("BAD %s\n", n); } while (0)
            int main(void) {
              char z[512] = {0}; int f = 0;
              T("ptrace", 101, 0, 0, 0, 0); T("mount", 165, "none", "/tmp", "tmpfs", 0, 0); T("chroot", 161, "/tmp");
              T("unshare", 272, 0x10000000); T("unshare0", 272, 0); T("setns", 308, 0, 0); T("clone", 56, 0x10000011, 0, 0, 0, 0);
              T("clone3", 435, z, 88); T("io_uring", 425, 4, z); T("userfaultfd", 323, 1); T("keyctl", 250, 0, -3, 1);
              T("add_key", 248, "user", "a", "b", 1, -3); T("perf", 298, z, 0, -1, -1, 0); T("bpf", 321, 0, z, 128);
              T("fsopen", 430, "tmpfs", 0); T("pivot", 155, ".", "."); T("high", 600); T("vm_readv", 310, 1, 0, 0, 0, 0, 0);
              T("tiocsti", SYS_ioctl, 0, 0x5412, &f); T("tiocsti-high", SYS_ioctl, 0, 0x100005412UL, &f); T("open_by_handle", 304, 0, z, 0);
              if (open("/proc/sys/kernel/core_pattern", O_WRONLY) >= 0) puts("BAD core_pattern");
              if (open("/proc/sysrq-trigger", O_WRONLY) >= 0) puts("BAD sysrq");
              fflush(stdout);
              if (fork() == 0) { int r; __asm__ volatile("int $0x80" : "=a"(r) : "a"(20)); printf("BAD int80 %d\n", r); fflush(stdout); _exit(0); }
              wait(&f); puts("end"); return 0;
            }
            """;
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(folder + "/a.c", Program, Ct);
            using (var gcc = Process.Start("/usr/bin/gcc", ["-O0", "-o", folder + "/a", folder + "/a.c"]))
            {
                await gcc.WaitForExitAsync(Ct);
                Assert.Equal(0, gcc.ExitCode);
            }

            var run = await RunAsync(new SandboxSpec
            {
                Command = ["/work/a"], Limits = s_small,
                Files = [new SandboxFile("a", await File.ReadAllBytesAsync(folder + "/a", Ct), 0x1ED)],
            });
            Assert.Equal("end\n", Text(run.Stdout));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    [Fact]
    public async Task The_disk_and_the_file_size_are_limited()
    {
        var run = await Run("""
            import os
            for p in ['/tmp', '/work', '/out', '/dev/shm', '/dev', '/', '/usr', '/proc', '/etc', '/canary']:
                n = 0
                try:
                    with open(p + '/f', 'wb', 0) as f:
                        while n < 200: n += f.write(b'x' * (1 << 20)) >> 20
                except OSError: pass
                print('BAD' if n > 17 else 'ok' if n else 'refused', p)
            """);
        Assert.Equal("ok /tmp\nok /work\nok /out\nok /dev/shm\nrefused /dev\nrefused /\nrefused /usr\nrefused /proc\nrefused /etc\nrefused /canary\n", Text(run.Stdout));
    }

    [Fact]
    public async Task Only_regular_files_come_out_and_only_up_to_the_limit()
    {
        var run = await Run("""
            import os
            open('/out/a', 'w').write('a'); os.symlink('/etc/passwd', '/out/link'); os.mkfifo('/out/fifo'); os.link('/out/a', '/out/z')
            """, ["a", "link", "fifo", "z"]);
        Assert.Equal(["/out/a"], run.Outputs.Select(o => o.Path));
        var big = await Run("f = open('/out/a', 'wb'); f.truncate(1 << 33)", ["a"]);
        Assert.True(big.Outcome == SandboxOutcome.Killed || big.Outputs.IsEmpty || big.Outputs[0].Content.Length <= s_small.OutputBytes);
        var huge = await Run("open('/out/a', 'wb').write(b'x' * (8 << 20))", ["a"]);
        Assert.Empty(huge.Outputs);
        Assert.True(huge.Truncated);
    }

    [Fact]
    public async Task Host_trees_cannot_be_changed()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            await File.WriteAllTextAsync(folder + "/x", "1", Ct);
            var run = await RunAsync(new SandboxSpec
            {
                Command = ["/bin/sh", "-c", "cat /work/app/x /work/copy/x; echo 2 > /work/copy/x && cat /work/copy/x; echo 2 > /work/app/x || echo refused"],
                Trees = [new SandboxTree(folder, "/work/app"), new SandboxTree(folder, "/work/copy", true)],
                Limits = s_small,
            });
            Assert.Equal("112\nrefused\n", Text(run.Stdout));
            Assert.Equal("1", await File.ReadAllTextAsync(folder + "/x", Ct));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }
}
