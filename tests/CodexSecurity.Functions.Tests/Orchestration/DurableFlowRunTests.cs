using CodexSecurity.Functions.Orchestration;
using CodexSecurity.Pipeline.Flow.Replay;
using CodexSecurity.Pipeline.Ports.Flows;
using Microsoft.DurableTask;
using Moq;

namespace CodexSecurity.Functions.Tests.Orchestration;

/// <summary>What a turn asks of Durable, where the hub in memory can't bring it about.</summary>
public class DurableFlowRunTests
{
    private readonly Mock<TaskOrchestrationContext> _context = new();
    private FlowMark? _mark;

    public DurableFlowRunTests()
    {
        _context.SetupGet(c => c.InstanceId).Returns("run");
        _context.SetupGet(c => c.CurrentUtcDateTime).Returns(new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        _context.Setup(c => c.WaitForExternalEvent<FlowSignal?>(FlowNames.Signal, It.IsAny<CancellationToken>())).Returns(new TaskCompletionSource<FlowSignal?>().Task);
        _context.Setup(c => c.SetCustomStatus(It.IsAny<object?>())).Callback((object? mark) => _mark = (FlowMark?)mark);
        _context.Setup(c => c.CreateTimer(It.IsAny<DateTime>(), It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);
    }

    private static FlowRegistry OneStep() => new FlowRegistry().AddFlow<int, int>("flow", 1, (c, x) => c.StepAsync<int, int>("double", x, StepOptions.Once));

    private static StepReply Done => new("double", FlowCommand.DigestOf("4"), "8", null);

    private void Answers(params Func<Task<StepReply>>[] replies)
    {
        var calls = 0;
        _context.Setup(c => c.CallActivityAsync<StepReply>(It.Is<TaskName>(n => n.Name == FlowNames.Step), new StepCall("run", "double", "4", false), It.IsAny<TaskOptions?>())).Returns(() => replies[calls++]());

    }

    [Fact]
    public async Task A_step_that_was_interrupted_is_run_again_and_that_is_no_attempt()
    {
        Answers(() => Task.FromResult(Done with { Output = null, Failure = new FlowFailure(StepReply.Interrupted, "the host goes down") }),
            () => throw new TaskFailedException(FlowNames.Step, 1, new TaskFailureDetails("Crash", "the worker is gone", null, null, null)), () => Task.FromResult(Done));
        Assert.Equal("8", await new DurableFlowRun(_context.Object, OneStep()).RunAsync(new FlowInput("flow", 1, "4", "")));
    }

    [Fact]
    public async Task A_step_that_is_always_interrupted_fails_in_the_end()
    {
        var calls = 0;
        _context.Setup(c => c.CallActivityAsync<StepReply>(It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<TaskOptions?>()))
            .Returns(() => { calls++; throw new TaskFailedException(FlowNames.Step, 1, new TaskFailureDetails("Crash", "the worker is gone", null, null, null)); });
        await Assert.ThrowsAsync<FlowEndedException>(() => new DurableFlowRun(_context.Object, OneStep()).RunAsync(new FlowInput("flow", 1, "4", "")));
        Assert.Equal((6, FlowState.Failed, "the worker is gone"), (calls, _mark!.State, _mark.Failure!.Message));
    }

    [Fact]
    public async Task A_reply_to_another_question_fails_the_run()
    {
        Answers(() => Task.FromResult(Done with { Input = FlowCommand.DigestOf("5") }));
        await Assert.ThrowsAsync<FlowEndedException>(() => new DurableFlowRun(_context.Object, OneStep()).RunAsync(new FlowInput("flow", 1, "4", "")));
        Assert.Equal(nameof(FlowNotDeterministicException), _mark!.Failure!.Type);
    }

    [Fact]
    public async Task The_parent_is_told_the_end()
    {
        Answers(() => Task.FromResult(Done));
        await new DurableFlowRun(_context.Object, OneStep()).RunAsync(new FlowInput("flow", 1, "4", "parent"));
        var told = FlowJson.Write(new FlowOutcome(FlowState.Completed, "8", null));
        _context.Verify(c => c.SendEvent("parent", FlowNames.Signal, new FlowSignal(FlowSignalKind.Ended, "run", told)), Times.Once);
    }

    [Fact]
    public void A_run_of_an_unknown_version_asks_for_nothing()
    {
        var run = new DurableFlowRun(_context.Object, OneStep()).RunAsync(new FlowInput("flow", 2, "4", ""));
        Assert.False(run.IsCompleted);
        Assert.True(_mark!.Parked);
        _context.Verify(c => c.CallActivityAsync<StepReply>(It.IsAny<TaskName>(), It.IsAny<object?>(), It.IsAny<TaskOptions?>()), Times.Never);
        _context.Verify(c => c.WaitForExternalEvent<FlowSignal?>(It.IsAny<string>(), It.IsAny<CancellationToken>()), Times.Never);
    }
}
