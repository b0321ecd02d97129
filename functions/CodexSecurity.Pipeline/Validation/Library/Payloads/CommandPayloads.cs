using System.Globalization;
using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library.Payloads;

/// <summary>Shell and argument injection: the effect is the start of a program whose name is the nonce, so that no space or slash is needed.</summary>
public sealed class CommandPayloads(AttackClass attack) : IPayloadKit
{
    // {B} the benign text, {X} the program.
    private static readonly (string Name, string Template)[] s_shell =
    [
        ("separator", "{B};{X};"), ("substitution", "{B}$({X})"), ("double-quote breakout", "{B}\";{X};\""), ("single-quote breakout", "{B}';{X};'"),
        ("pipe", "{B}|{X}"), ("backtick", "{B}`{X}`"), ("background", "{B}&{X}&"), ("newline", "{B}\n{X}\n"), ("program name", "{X}"),
    ];

    private static readonly (string Name, string Template)[] s_more =
    [
        ("and", "{B}&&{X}"), ("or", "{B}||{X}"), ("separator, comment", ";{X};#"), ("double-quote breakout, comment", "{B}\";{X};#"),
        ("single-quote breakout, comment", "{B}';{X};#"), ("bracket breakout", "{B});{X};#"), ("double quote and bracket breakout", "{B}\");{X};#"),
        ("escaped quote breakout", "{B}\\\";{X};#"), ("substitution alone", "$({X})"), ("double substitution", "\"$({X})\""), ("separator alone", ";{X}"),
        ("pipe alone", "|{X}|"), ("carriage return", "{B}\r\n{X}\r\n"), ("shell argument", "-c {X}"), ("url with substitution", "http://127.0.0.1/$({X})"),
        ("url with separator", "http://127.0.0.1/;{X};"), ("number with separator", "1;{X};"), ("file with separator", "input.txt;{X};"), ("quoted file", "input.txt\";{X};\""),
    ];

    private static readonly (string Name, string Template)[] s_arguments =
    [
        ("option upload-pack", "--upload-pack={X}"), ("option exec", "--exec={X}"), ("option ProxyCommand", "-oProxyCommand={X}"),
        ("option compress program", "--use-compress-program={X}"), ("option checkpoint action", "--checkpoint-action=exec={X}"), ("option pager", "--open-files-in-pager={X}"),
        ("option output", "--output={X}"), ("option config", "--config=core.sshCommand={X}"), ("ext transport", "ext::{X}"),
    ];

    /// <inheritdoc />
    public AttackClass Class => attack;

    /// <inheritdoc />
    public OracleSpec Oracle => OracleSpec.Of("command");

    /// <inheritdoc />
    public IReadOnlyList<PayloadCase> Cases(ValidationInput input, CallPlan plan, bool wide)
    {
        var templates = attack == AttackClass.Argument ? (wide ? [.. s_arguments, .. s_shell] : s_arguments) : wide ? [.. s_shell, .. s_more, .. s_arguments] : s_shell;
        var cases = new List<PayloadCase>();
        foreach (var source in input.Candidate.Inputs.Take(wide ? 4 : 2))
        {
            string benign = Placer.TextAt(plan, source) ?? "benign";
            foreach (var (name, template) in templates)
            {
                string tag = "t" + (cases.Count + 1).ToString(CultureInfo.InvariantCulture);
                string text = template.Replace("{B}", benign, StringComparison.Ordinal).Replace("{X}", CommandOracle.Program + tag, StringComparison.Ordinal);
                if (Placer.Place(plan, source, JsValue.String(text)) is { } call && Placer.Place(plan, source, JsValue.String(benign)) is { } control)
                    cases.Add(new PayloadCase(tag, name, call, control));
            }
        }

        return cases;
    }

    /// <inheritdoc />
    public ProofJob Equip(ProofJob job, IReadOnlyList<PayloadCase> cases) => 
        // Shells look a program up before they start it, so the attacker's program has to be there.
        job with { TraceCommands = true, StandIns = [.. job.StandIns, .. cases.Select(c => CommandOracle.Program + c.Tag)] };

    /// <inheritdoc />
    public HarnessInput Tune(HarnessInput input) => input with { Wait = input.Cases.Count > 1 ? 40 : 800, Drain = 2500 };
}
