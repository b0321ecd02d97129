using System.Text;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;
using CodexSecurity.Pipeline.Ports.Sandbox;
using Microsoft.Extensions.Time.Testing;

namespace CodexSecurity.EndToEnd.Tests.Sandbox.ContainerInstances;

/// <summary>Everything that a platform does wrong: a result is either the run's own or none, and no group stays.</summary>
public sealed class FaultTests
{
    private static readonly SandboxSpec s_hello = new() { Command = ["/bin/echo", "hello"] };
    private static readonly ContainerInstancesSettings s_one = Cloud.Settings with { Places = [Cloud.Settings.Places[0]] };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    // Probed first, so that the faults meet the run itself.
    private static async Task<Cloud> ReadyAsync(ContainerInstancesSettings? settings = null)
    {
        Assert.SkipWhen(FakeContainer.Missing is not null, FakeContainer.Missing ?? "");
        var cloud = new Cloud(settings ?? s_one);
        var status = await cloud.Sandbox.ProbeAsync(Ct);
        Assert.True(status.Available, status.Reason);
        cloud.Manager.Requests.Clear();
        return cloud;
    }

    private static async Task AssertHelloAsync(Cloud cloud)
    {
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal((SandboxOutcome.Exited, "hello\n", ""), (run.Outcome, Encoding.ASCII.GetString(run.Stdout.Span), run.Reason));
        Assert.Empty(cloud.Manager.Left);
    }

    [Theory]
    [InlineData("PUT group", 429)]
    [InlineData("PUT group", 503)]
    [InlineData("GET group", 500)]
    [InlineData("GET logs", 429)]
    [InlineData("GET logs", 502)]
    [InlineData("DELETE group", 503)]
    [InlineData("DELETE group", 409)]
    public async Task A_request_that_fails_for_now_is_repeated(string what, int status)
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.Faults.Enqueue(new Fault(what, 1, status, status == 409 ? "ContainerGroupTransitioning" : "TooManyRequests"));
        await AssertHelloAsync(cloud);
        Assert.True(cloud.Manager.Requests.Count(request => request == what) >= 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(500)]
    public async Task A_creation_whose_answer_is_lost_is_found_again_and_made_once(int status)
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1, status, "InternalServerError", done: true));
        await AssertHelloAsync(cloud);
        Assert.Equal(2, cloud.Manager.Made.Count);
        Assert.Equal(1, cloud.Manager.Requests.Count(request => request == "PUT group"));
    }

    [Fact]
    public async Task A_deletion_whose_answer_is_lost_is_repeated()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.Faults.Enqueue(new Fault("DELETE group", 1, 0, done: true));
        await AssertHelloAsync(cloud);
    }

    [Theory]
    [InlineData(409, "ContainerGroupQuotaReached")]
    [InlineData(503, "InsufficientCapacity")]
    [InlineData(400, "LocationNotAvailableForResourceType")]
    public async Task A_region_without_room_is_followed_by_the_next(int status, string code)
    {
        await using var cloud = await ReadyAsync(Cloud.Settings);
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1, status, code));
        await AssertHelloAsync(cloud);
        // The other region is probed before anything runs there.
        Assert.Equal(["westeurope", "northeurope", "northeurope"], cloud.Manager.Made.Select(group => group.Location));
        Assert.Equal(Cloud.Subnet("run-north"), (string)cloud.Manager.Made.Last().Properties["subnetIds"]![0]!["id"]!);
    }

    [Fact]
    public async Task A_group_that_was_accepted_but_finds_no_room_is_made_in_the_next_region()
    {
        await using var cloud = await ReadyAsync(Cloud.Settings);
        cloud.Manager.OnMade = group =>
        {
            if (group.Location != "westeurope") return true;
            (group.Provisioning, group.Event) = ("Failed", "The container group quota 'StandardCores' exceeded in region");
            return false;
        };
        await AssertHelloAsync(cloud);
        Assert.Equal("northeurope", cloud.Manager.Made.Last().Location);
    }

    [Fact]
    public async Task A_container_that_ends_without_evidence_is_no_result_and_says_what_the_runner_said()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.OnMade = group =>
        {
            group.Properties["volumes"]![0]!["secret"]!["part-0000"] = Convert.ToBase64String("no archive"u8);
            return true;
        };
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("the container ended and its evidence is not whole", run.Reason, StringComparison.Ordinal);
        Assert.Contains("sandbox-runner: ", run.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_container_that_is_killed_in_the_middle_is_no_result()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.OnMade = group =>
        {
            _ = Task.Run(async () =>
            {
                while (group.State != "Running") await Task.Delay(10);
                await Task.Delay(500);
                group.Stop();
            });
            return true;
        };
        var run = await cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/sleep", "30"], Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(40) } }, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("the container ended", run.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task Without_room_anywhere_nothing_ran_and_the_reason_says_so()
    {
        await using var cloud = await ReadyAsync(Cloud.Settings);
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 100, 409, "ContainerGroupQuotaReached"));
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.Unavailable, run.Outcome);
        Assert.Contains("westeurope: the group was not made: 409 ContainerGroupQuotaReached", run.Reason, StringComparison.Ordinal);
        Assert.Contains("northeurope", run.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_refused_group_is_not_asked_for_again()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 100, 403, "AuthorizationFailed"));
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Equal(1, cloud.Manager.Requests.Count(request => request == "PUT group"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_that_is_cut_is_no_result(bool head)
    {
        await using var cloud = await ReadyAsync(s_one with { MostReading = TimeSpan.FromSeconds(2) });
        // What a stopped container keeps, or a log that is delivered late.
        cloud.Manager.Cut = log => head ? log[Math.Min(log.Length, 400)..] : log.Replace("codex-evidence", "codex-evidenc", StringComparison.Ordinal);
        var run = await cloud.Sandbox.RunAsync(s_hello with { Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(4) } }, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("no whole evidence in time", run.Reason, StringComparison.Ordinal);
        Assert.Equal(0, run.Stdout.Length);
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_log_that_comes_late_is_waited_for()
    {
        await using var cloud = await ReadyAsync();
        int looks = 0;
        cloud.Manager.Cut = log => log.Contains(" end/", StringComparison.Ordinal) && Interlocked.Increment(ref looks) < 6 ? log[..(log.Length / 2)] : log;
        await AssertHelloAsync(cloud);
        Assert.True(looks >= 6);
    }

    [Fact]
    public async Task A_group_that_takes_long_to_vanish_is_followed_until_it_has()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.OnMade = group => { group.HalfDeleted = 3; return true; };
        await AssertHelloAsync(cloud);
    }

    [Fact]
    public async Task A_group_that_vanishes_in_the_middle_is_no_result()
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.OnMade = group =>
        {
            _ = Task.Run(async () =>
            {
                while (group.State != "Running") await Task.Delay(10);
                (group.HalfDeleted, group.Deleted) = (2, true);
                group.Stop();
            });
            return true;
        };
        var run = await cloud.Sandbox.RunAsync(s_hello with { Command = ["/bin/sleep", "30"], Limits = SandboxLimits.Default with { Wall = TimeSpan.FromSeconds(40) } }, Ct);
        Assert.Equal(SandboxOutcome.SetUpError, run.Outcome);
        Assert.Contains("vanished", run.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
    }

    [Theory]
    [InlineData("identity")]
    [InlineData("subnet")]
    [InlineData("image")]
    [InlineData("address")]
    public async Task Evidence_of_a_group_that_is_not_as_asked_for_is_worth_nothing(string what)
    {
        await using var cloud = await ReadyAsync();
        cloud.Manager.OnMade = group =>
        {
            if (what == "identity") group.Identity = true;
            else if (what == "subnet") group.Properties["subnetIds"]![0]!["id"] = Cloud.Subnet("other");
            else if (what == "image") group.Properties["containers"]![0]!["properties"]!["image"] = "registry.example/other@sha256:00";
            else group.Properties["ipAddress"] = new System.Text.Json.Nodes.JsonObject { ["type"] = "Public", ["ip"] = "192.0.2.7" };
            return true;
        };
        var run = await cloud.Sandbox.RunAsync(s_hello, Ct);
        Assert.Equal((SandboxOutcome.SetUpError, 0), (run.Outcome, run.Stdout.Length));
        Assert.Empty(cloud.Manager.Left);
    }

    [Fact]
    public async Task A_creation_that_is_stuck_ends_at_its_time_limit_in_every_region()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var cloud = new Cloud(Cloud.Settings, time);
        cloud.Manager.OnMade = group => { (group.Provisioning, group.Event) = ("Pending", "pulling the image"); return false; };
        var status = await Cloud.HurryAsync(time, cloud.Sandbox.ProbeAsync(Ct), TimeSpan.FromSeconds(1));
        Assert.False(status.Available);
        Assert.Contains("westeurope: the canary did not run: westeurope: the group did not start in time: Pending Waiting Fake pulling the image", status.Reason, StringComparison.Ordinal);
        Assert.Contains("northeurope", status.Reason, StringComparison.Ordinal);
        Assert.Empty(cloud.Manager.Left);
        // Five minutes a region at least; while a request is under way this clock runs on quickly.
        Assert.InRange(time.GetUtcNow() - DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromMinutes(10), TimeSpan.FromHours(2));
    }

    [Fact]
    public async Task What_the_service_asks_to_wait_is_waited_for()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var cloud = new Cloud(s_one, time);
        cloud.Manager.OnMade = group => { group.Provisioning = "Failed"; return false; };
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1, 429, "TooManyRequests", "120"));
        await Cloud.HurryAsync(time, cloud.Sandbox.ProbeAsync(Ct), TimeSpan.FromSeconds(1));
        Assert.InRange(time.GetUtcNow() - DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.FromSeconds(120), TimeSpan.FromMinutes(30));
        Assert.Equal(2, cloud.Manager.Requests.Count(request => request == "PUT group"));
    }

    [Theory]
    [InlineData("7", 7)]
    [InlineData("Fri, 01 May 2026 12:00:30 GMT", 30)]
    [InlineData("Fri, 01 May 2026 11:00:00 GMT", null)]
    [InlineData("soon", null)]
    [InlineData(null, null)]
    public void A_wait_may_be_seconds_or_a_date(string? header, int? seconds)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
        var error = new Azure.RequestFailedException(new Answer(header));
        Assert.Equal(seconds, (int?)ArmFailure.RetryAfter(error, time)?.TotalSeconds);
    }

    private sealed class Answer(string? retryAfter) : Azure.Response
    {
        public override int Status => 429;

        public override string ReasonPhrase => "";

        public override Stream? ContentStream { get; set; }

        public override string ClientRequestId { get; set; } = "";

        public override void Dispose()
        {
        }

        protected override bool ContainsHeader(string name) => TryGetHeader(name, out _);

        protected override IEnumerable<Azure.Core.HttpHeader> EnumerateHeaders() => retryAfter is null ? [] : [new Azure.Core.HttpHeader("Retry-After", retryAfter)];

        protected override bool TryGetHeader(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? value) => (value = name == "Retry-After" ? retryAfter : null) is not null;

        protected override bool TryGetHeaderValues(string name, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out IEnumerable<string>? values)
        {
            values = TryGetHeader(name, out string? value) ? [value] : null;
            return values is not null;
        }
    }

    [Fact]
    public async Task A_wait_beyond_the_limit_is_not_begun()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var cloud = new Cloud(s_one, time);
        cloud.Manager.Faults.Enqueue(new Fault("PUT group", 1, 429, "TooManyRequests", "3600"));
        var status = await Cloud.HurryAsync(time, cloud.Sandbox.ProbeAsync(Ct), TimeSpan.FromSeconds(1));
        Assert.Contains("429", status.Reason, StringComparison.Ordinal);
        Assert.InRange(time.GetUtcNow() - DateTimeOffset.UnixEpoch.AddYears(56), TimeSpan.Zero, TimeSpan.FromMinutes(45));
    }
}
