using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.EndToEnd.Tests.Sandbox;

public abstract partial class SandboxContract
{
    [Theory]
    [InlineData("fork bomb", "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass")]
    [InlineData("memory over several processes", "import os,time\nfor i in range(5): \n  if os.fork()==0: b=bytearray(120<<20); time.sleep(60)\ntime.sleep(60)", SandboxKill.Memory)]
    [InlineData("endless loop", "while True: pass", SandboxKill.Cpu)]
    [InlineData("sleep", "import time; time.sleep(60)", SandboxKill.Wall)]
    [InlineData("flood", "import sys\nwhile True: sys.stdout.write('x'*65536)", SandboxKill.Output)]
    [InlineData("inodes", "import os,time\ni=0\nwhile True:\n  try: os.mknod(f'/tmp/{i}')\n  except OSError: time.sleep(0.1)\n  i+=1")]
    [InlineData("daemon", "import os,time,ctypes\nif os.fork()==0:\n  os.setsid(); ctypes.CDLL(None).prctl(1,0); \n  if os.fork()==0: time.sleep(61)\n  os._exit(0)\ntime.sleep(60)", SandboxKill.Wall)]
    [InlineData("kills its frame", "import os; os.kill(-1, 9)", SandboxKill.None)]
    public async Task Exhaustion_is_ended_and_nothing_is_left(string name, string program, SandboxKill? expected = null)
    {
        // On a busy machine a second of CPU takes long: the time limit is short only where it is what must end the run.
        var limits = s_small with
        {
            Wall = TimeSpan.FromSeconds(expected == SandboxKill.Wall ? 3 : 60), Cpu = TimeSpan.FromSeconds(expected == SandboxKill.Memory ? 30 : 1),
        };
        string mark = NewMark();
        var run = await Run(limits, program, null, mark);
        AssertNothingLeft(mark);
        Assert.True(run.Duration < limits.Wall + TimeSpan.FromSeconds(30), name);
        if (expected is { } kill)
        {
            Assert.Equal(kill, run.Kill);
        }
        else
        {
            Assert.Equal(SandboxOutcome.Killed, run.Outcome);
        }
    }

    [Fact]
    public async Task The_check_for_what_is_left_sees_a_running_sandbox()
    {
        string mark = NewMark();
        var run = Run(s_small with { Wall = TimeSpan.FromSeconds(15) }, "import time; time.sleep(60)", null, mark);
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            for (int i = 0; i < 1000; i++)
            {
                AssertNothingLeft(mark);
                await Task.Delay(10, Ct);
            }
        });
        await run;
        AssertNothingLeft(mark);
    }

    [Fact]
    public async Task A_daemon_does_not_outlive_a_normal_end()
    {
        string mark = NewMark();
        var run = await Run(s_small, "import os,time\nif os.fork()==0:\n  os.setsid(); time.sleep(62)\nprint('end')", null, mark);
        AssertNothingLeft(mark);
        Assert.Equal((SandboxOutcome.Exited, "end\n"), (run.Outcome, Text(run.Stdout)));
    }
}
