using System.Collections.Immutable;
using System.Security.Cryptography;
using Azure.Core;
using Azure.Core.Pipeline;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Arm;
using CodexSecurity.Adapters.Sandboxes.ContainerInstances.Transport;
using CodexSecurity.Pipeline.Ports.Sandbox;

namespace CodexSecurity.Adapters.Sandboxes.ContainerInstances;

/// <summary>
/// Runs each job in a container group of its own: a small virtual machine that the platform makes for it and that is deleted afterwards. Fail-closed: a region runs
/// something only after a canary group there has shown that nothing gets out; evidence that is not whole is no result.
/// </summary>
public sealed class ContainerInstancesSandbox : ISandbox, IDisposable
{
    private static readonly TimeSpan s_slack = TimeSpan.FromMinutes(10);
    private readonly ContainerInstancesSettings _settings;
    private readonly ArmGroups _groups;
    private readonly PlanTranslator _translator;
    private readonly QuotaBudget _budget;
    private readonly IJobStore? _store;
    private readonly RegistryTokens? _registry;
    private readonly EgressCanary _canary;
    private readonly TimeProvider _time;

    /// <param name="settings">Where and how.</param>
    /// <param name="credential">May make, read and delete container groups in the resource group and join them to the subnets.</param>
    /// <param name="store">Where large jobs are handed over; null where only jobs that fit the secret volume run.</param>
    /// <param name="pull">May pull the image; null where it is public.</param>
    /// <param name="time">The clock.</param>
    public ContainerInstancesSandbox(ContainerInstancesSettings settings, TokenCredential credential, IJobStore? store, TokenCredential? pull, TimeProvider time)
        : this(settings, credential, store, pull, time, null, EgressCanary.Targets)
    {
    }

    internal ContainerInstancesSandbox(
        ContainerInstancesSettings settings, TokenCredential credential, IJobStore? store, TokenCredential? pull, TimeProvider time, HttpPipelineTransport? transport, ImmutableArray<string> canaryTargets)
    {
        ArgumentNullException.ThrowIfNull(settings);
        (_settings, _store, _time) = (settings, store, time);
        _groups = new ArmGroups(settings, credential, transport);
        _translator = new PlanTranslator(settings);
        _budget = new QuotaBudget(settings.MostGroups, settings.MostCreationsAnHour, time);
        _registry = pull is null ? null : new RegistryTokens(pull, new HttpClient(), time);
        _canary = new EgressCanary(canaryTargets, time, (spec, place, kind, ct) => RunAtAsync(spec, [place], kind, null, false, ct));
    }

    /// <inheritdoc />
    public string Name => "container-instances";

    /// <inheritdoc />
    /// <remarks>Available as soon as one region is; the others are probed when a run has to go there.</remarks>
    public async Task<SandboxStatus> ProbeAsync(CancellationToken ct)
    {
        if (_settings.Problem() is { } problem)
        {
            return new SandboxStatus(false, $"{Name}: {problem}");
        }

        var reasons = new List<string>();
        foreach (var place in _settings.Places)
        {
            var status = await _canary.ProbeAsync(place, GroupKind.Run, ct).ConfigureAwait(false);
            if (status.Available)
            {
                return status;
            }

            reasons.Add(status.Reason);
        }

        return new SandboxStatus(false, $"{Name}: {string.Join("; ", reasons)}");
    }

    /// <inheritdoc />
    public Task<SandboxRun> RunAsync(SandboxSpec spec, CancellationToken ct)
    {
        SpecCheck.Check(spec);
        return _settings.Problem() is { } problem ? Task.FromResult(Nothing($"{Name}: {problem}")) : RunAtAsync(spec, _settings.Places, null, null, true, ct);
    }

    /// <summary>Whether dependencies can be installed: there is a subnet for it, and a place for what comes out.</summary>
    internal bool CanSetUp => _store is not null && _settings.InputEndpoint.Length > 0 && _settings.Places.Any(place => place.SetupSubnet is not null);

    /// <summary>Probes the set-up subnet of the first region that has one.</summary>
    internal Task<SandboxStatus> ProbeSetUpAsync(CancellationToken ct) => _settings.Places.FirstOrDefault(place => place.SetupSubnet is not null) is { } place
        ? _canary.ProbeAsync(place, GroupKind.SetUp, ct) : Task.FromResult(new SandboxStatus(false, "there is no subnet for set-up"));

    /// <summary>Runs a set-up job: it reaches the package registries, and its outputs come below <paramref name="outputFolder"/>, which is empty.</summary>
    internal async Task<SandboxRun> RunSetUpAsync(SandboxSpec spec, string outputFolder, CancellationToken ct)
    {
        SpecCheck.Check(spec);
        if (_settings.Problem() is { } problem || !CanSetUp)
        {
            return Nothing($"{Name}: {_settings.Problem() ?? "there is no subnet or no storage for set-up"}");
        }

        string delivery = "set-up-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        try
        {
            var address = await _store!.OfferAsync(delivery, LifeOf(spec), ct).ConfigureAwait(false);
            var run = await RunAtAsync(spec, _settings.Places, GroupKind.SetUp, new JobDelivery(address.AbsoluteUri, _settings.InputEndpoint), true, ct).ConfigureAwait(false);
            return run.Outcome == SandboxOutcome.Exited ? await Delivery.TakeAsync(run, _store, delivery, spec.Limits.DiskBytes * 2, outputFolder, ct).ConfigureAwait(false) : run;
        }
        catch (IOException error)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = error.Message };
        }
        finally
        {
            await _store!.DeleteAsync(delivery, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private TimeSpan LifeOf(SandboxSpec spec) => _settings.MostStart + spec.Limits.Wall + _settings.MostReading + s_slack;

    /// <summary>Removes groups that outlived their run. Called by a timer.</summary>
    public Task<SweepResult> SweepAsync(CancellationToken ct) => new GroupSweeper(_groups, _time).SweepAsync(ct);

    /// <inheritdoc />
    public void Dispose()
    {
        _budget.Dispose();
        _registry?.Dispose();
    }

    // kind: null where the job's size decides by which way it goes in.
    private async Task<SandboxRun> RunAtAsync(SandboxSpec spec, ImmutableArray<ContainerPlace> places, GroupKind? kind, JobDelivery? delivery, bool probed, CancellationToken ct)
    {
        if (spec.Trees.FirstOrDefault(tree => !Directory.Exists(tree.HostPath)) is { } absent)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = $"no folder for {absent.Target}" };
        }

        string run = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var life = LifeOf(spec);
        bool stored = false;
        try
        {
            using var job = JobArchive.Pack(spec, run, delivery, _settings.MostReading + s_slack, _settings.MostJobBytes);
            if (kind == GroupKind.SetUp && job.Length > _settings.MostSecretBytes)
            {
                return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = $"the manifests are {job.Length >> 10} KiB, the secret volume takes {_settings.MostSecretBytes >> 10} KiB" };
            }

            JobTicket ticket;
            var way = kind ?? (job.Length > _settings.MostSecretBytes ? GroupKind.Fetched : GroupKind.Run);
            places = [.. places.Where(place => place.SubnetOf(way) is not null)];
            if (way == GroupKind.Fetched)
            {
                if (_store is null || _settings.InputEndpoint.Length == 0 || places.IsEmpty)
                {
                    return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = $"the job is {job.Length >> 10} KiB, the secret volume takes {_settings.MostSecretBytes >> 10} KiB, and there is no subnet and storage for larger ones" };
                }

                stored = true;
                ticket = new JobTicket(way, run, spec.Limits, job.Digest, null, await _store.PutAsync(run, job.Open(), life, ct).ConfigureAwait(false));
            }
            else
            {
                ticket = new JobTicket(way, run, spec.Limits, job.Digest, job.ToArray(), null);
            }

            return await RunTicketAsync(ticket, job.Key, places, probed, life, ct).ConfigureAwait(false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = error.Message };
        }
        finally
        {
            if (stored)
            {
                await _store!.DeleteAsync(run, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private async Task<SandboxRun> RunTicketAsync(JobTicket ticket, byte[] key, ImmutableArray<ContainerPlace> places, bool probed, TimeSpan life, CancellationToken ct)
    {
        var reasons = new List<string>();
        foreach (var place in places)
        {
            if (probed && await _canary.ProbeAsync(place, ticket.Kind, ct).ConfigureAwait(false) is { Available: false } closed)
            {
                reasons.Add(closed.Reason);
                continue;
            }

            using var room = await _budget.EnterAsync(_settings.MostQueue, ct).ConfigureAwait(false);
            if (room is null)
            {
                return Nothing($"no room within {_settings.MostQueue.TotalMinutes:F0} min: {_settings.MostGroups} groups run at a time");
            }

            foreach (var (plan, mostStart) in await PlansAsync(ticket, place, life, ct).ConfigureAwait(false))
            {
                if (!await _budget.CreateAsync(_settings.MostQueue, ct).ConfigureAwait(false))
                {
                    return Nothing($"no room: {_settings.MostCreationsAnHour} groups were made within the hour");
                }

                string subnet = place.SubnetOf(ticket.Kind)!;
                var attempt = await new GroupAttempt(_settings, _groups, _time, plan, [subnet], ticket.Run, key).RunAsync(ticket.Limits.Wall, mostStart, ct).ConfigureAwait(false);
                if (attempt.Run is { } result)
                {
                    return result;
                }

                reasons.Add(attempt.Reason);
                // A pool that gives nothing, for whatever reason, is followed by a cold start.
                if (!attempt.TryElsewhere && (attempt.Made || !plan.FromPool))
                {
                    return new SandboxRun { Outcome = SandboxOutcome.SetUpError, Reason = string.Join("; ", reasons) };
                }
            }
        }

        return Nothing(string.Join("; ", reasons));
    }

    // A group out of the standby pool first, where there is one and the job fits; it either starts quickly or not at all.
    private async Task<ImmutableArray<(GroupPlan Plan, TimeSpan MostStart)>> PlansAsync(JobTicket ticket, ContainerPlace place, TimeSpan life, CancellationToken ct)
    {
        var expires = _time.GetUtcNow() + life;
        var pull = _registry is null ? null : await _registry.GetAsync(_settings.Image[.._settings.Image.IndexOf('/', StringComparison.Ordinal)], ct).ConfigureAwait(false);
        var cold = (_translator.Translate(ticket, place, 0, expires, pull), _settings.MostStart);
        return StandbyPool.Fits(_settings, ticket, place) ? [(_translator.FromPool(ticket, place, expires), StandbyPool.MostStart), cold] : [cold];
    }

    private static SandboxRun Nothing(string reason) => new() { Outcome = SandboxOutcome.Unavailable, Reason = reason };
}
