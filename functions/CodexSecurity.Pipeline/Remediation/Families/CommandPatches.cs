using CodexSecurity.Analysis.Syntax;
using CodexSecurity.Pipeline.Remediation.Editing;

namespace CodexSecurity.Pipeline.Remediation.Families;

/// <summary>
/// Command injection: run the program without a shell where the command is a plain list of words; else quote each value where it enters the
/// command. A command that the caller hands over whole has no such place, and no patch.
/// </summary>
internal static class CommandPatches
{
    private const int MaxCallers = 4;
    private static readonly string[] Runners = ["exec", "execSync", "execAsync", "execPromise", "spawn", "spawnSync", "execFile", "execFileSync", "system", "shell", "command", "commandSync"];

    public static IEnumerable<PatchProposal> Propose(PatchContext context)
    {
        var file = context.SinkFile!;
        var call = SinkCall(context, file);
        if (!call.HasValue) { context.Reason = "the call that starts the command was not found"; yield break; }
        var (arguments, callee) = (Js.Arguments(call), Js.Unwrap(call.Field("function")));
        var index = Math.Max(0, Math.Min(context.Candidate.SinkArgument, arguments.Count - 1));
        if (arguments.Count == 0) yield break;
        var command = arguments[index];
        var shell = ShellFlag(arguments);
        if (Js.LastName(callee).StartsWith("spawn", StringComparison.Ordinal) || Js.LastName(callee).StartsWith("execFile", StringComparison.Ordinal))
        {
            // spawn('sh', ['-c', text]) and spawn(text, {shell: true}): the text is what the shell reads.
            if (arguments.Count > 1 && Js.Unwrap(arguments[1]).Kind == "array" && ShellText(arguments) is { HasValue: true } inner) command = inner;
            else if (shell.HasValue && WithoutShell(file, arguments, shell) is { } direct) { yield return direct; command = arguments[0]; }
            else if (!shell.HasValue) { context.Reason = "the program itself, or its argument, is chosen by the caller; no quoting helps"; yield break; }
        }
        var texts = Origins(context, file, command);
        if (texts.Count == 0) { context.Reason = "the caller hands over the whole command; the interface has to change, not a line"; yield break; }
        // Where a value may hold several words, keeping it working comes before the shorter edit.
        if (texts.SelectMany(Holes).Any(h => ShellQuoting.LooksLikeWords(h.Node)) && Quote(texts, true) is { } mixed) yield return mixed;
        if (ExecFile(context, file, call, callee, command) is { } argv) yield return argv;
        // A list may have been put into quotes item by item, as a shell took it until now.
        if (texts.Any(t => t.Any(p => p.Kind == PieceKind.Joined)) && Quote(texts, false, unquotes: true) is { } again) yield return again;
        if (Quote(texts, false) is { } quoted) yield return quoted;
        if (Quote(texts, false, emptyIsNothing: true) is { } present) yield return present;
        if (Reject(texts) is { } rejected) yield return rejected;
        if (RejectParameters(texts) is { } entry) yield return entry;
    }

    private static SyntaxNode SinkCall(PatchContext context, JsFile file)
    {
        var sink = context.Sink;
        for (var n = sink; n.HasValue; n = n.Parent)
        {
            if (n.Kind is "call_expression" or "new_expression" && (Runs(n) || n.Start == context.Candidate.Sink.StartOffset)) return n;
            if (Js.IsFunction(n)) break;
        }
        var below = Js.Within(sink).FirstOrDefault(n => n.Kind == "call_expression" && Runs(n));
        return below.HasValue ? below : Js.Up(sink, "call_expression");

        static bool Runs(SyntaxNode n) => Runners.Contains(Js.LastName(n.Field("function")));
    }

    private static SyntaxNode ShellText(List<SyntaxNode> arguments)
    {
        if (Js.StringValue(Js.Unwrap(arguments[0])) is not { } program || program[(program.LastIndexOf('/') + 1)..] is not ("sh" or "bash" or "zsh" or "dash")) return default;
        var elements = Js.Unwrap(arguments[1]).NamedChildren.ToList().Where(c => !c.IsExtra).ToList();
        var flag = elements.FindIndex(e => Js.StringValue(e) is "-c" or "-lc" or "-ic");
        return flag >= 0 && flag + 1 < elements.Count ? elements[flag + 1] : default;
    }

    // The pair "shell: true" of the options.
    private static SyntaxNode ShellFlag(List<SyntaxNode> arguments) => arguments.Where(a => a.Kind == "object").SelectMany(o => o.NamedChildren.ToList())
        .FirstOrDefault(p => p.Kind == "pair" && p.Field("key").Text.Trim('\'', '"') == "shell" && p.Field("value").Kind != "false");

    private static PatchProposal? WithoutShell(JsFile file, List<SyntaxNode> arguments, SyntaxNode shell)
    {
        if (arguments.Count < 2 || arguments[1].Kind == "object" || Js.StringValue(Js.Unwrap(arguments[0])) is not { } program || program.Any(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/'))) return null;
        var edits = new EditSet();
        edits.Replace(file, shell.Field("value"), "false");
        return new PatchProposal("no-shell", "The program is started directly: its arguments are no longer read by a shell.", edits.Edits);
    }

    /// <summary>The texts that reach the command: built here, or by the callers of the function that gets it as a parameter.</summary>
    private static List<List<TextPiece>> Origins(PatchContext context, JsFile file, SyntaxNode command)
    {
        var found = new List<List<TextPiece>>();
        Collect(file, command, 0);
        if (found.Count == 0) FromPath();
        return found;

        void Collect(JsFile at, SyntaxNode expression, int depth)
        {
            var pieces = new TextBuilder(at).Take(expression);
            if (pieces is [{ Kind: PieceKind.Joined } list]) { found.Add(pieces); return; }
            if (pieces is [{ Kind: PieceKind.Choice } choice])
            {
                foreach (var branch in choice.Branches!)
                {
                    if (branch is [{ Kind: PieceKind.Hole } only]) Parameter(at, only.Node, depth);
                    else if (branch.Any(p => p.IsDynamic)) found.Add([.. branch]);
                }
                return;
            }
            if (pieces is [{ Kind: PieceKind.Hole } whole]) { Parameter(at, whole.Node, depth); return; }
            // A command that begins with a whole text from outside and has words added: look where it was built.
            if (pieces.Any(p => p.IsDynamic)) found.Add(pieces);
        }

        void Parameter(JsFile at, SyntaxNode hole, int depth)
        {
            if (depth >= MaxCallers || hole.Kind != "identifier" || at.Names.Resolve(hole) is not { Kind: "param" } binding) return;
            var position = Callables.ParameterIndex(binding.Scope, binding.Name);
            if (position < 0) return;
            foreach (var call in Callables.Calls(at, binding.Scope))
            {
                var passed = Js.Arguments(call);
                if (position < passed.Count) Collect(at, passed[position], depth + 1);
            }
        }

        // The path says where the value was joined into a text, maybe in another file.
        void FromPath()
        {
            foreach (var (at, node) in context.StepsBack())
            {
                for (var n = node; n.HasValue && !Js.IsFunction(n) && n.Kind != "program"; n = n.Parent)
                {
                    if (!(Js.IsConcatenation(n) || n.Kind is "template_string") || Js.IsConcatenation(n.Parent)) continue;
                    var pieces = new TextBuilder(at).Take(n);
                    if (pieces.Count > 1 && pieces.Any(p => p.IsDynamic)) { found.Add(pieces); return; }
                }
            }
        }
    }

    private static PatchProposal? ExecFile(PatchContext context, JsFile file, SyntaxNode call, SyntaxNode callee, SyntaxNode command)
    {
        if (Js.LastName(callee) is var name && (name.StartsWith("spawn", StringComparison.Ordinal) || name.StartsWith("execFile", StringComparison.Ordinal))) return null;
        if (ShellFlag(Js.Arguments(call)).HasValue) return null;
        var pieces = new TextBuilder(file).Take(command);
        // Values built in another function are not visible here.
        if (pieces.Any(p => !ReferenceEquals(p.File, file) || (p.Node.HasValue && !Js.Contains(command, p.Node) && Js.Function(p.Node) != Js.Function(command)
            && !(p.Node.Kind is "string" or "template_string") && !IsOuter(p.Node, command)))) return null;
        if (!pieces.Any(p => p.IsDynamic) || ArgumentVector.Split(pieces, file) is not { } argv) return null;
        var edits = new EditSet();
        if (!ChildProcess.UseFile(file, callee, context.Candidate.SinkCallable, edits)) return null;
        var inner = Js.Unwrap(command);
        if (inner.Kind == "identifier" && file.Names.Resolve(inner) is { } variable && variable.Value.HasValue && !file.Names.IsTaken("args")
            && file.Names.Uses(variable).ToList() is [var use] && use == inner && Js.Function(variable.Node) == Js.Function(command))
        {
            edits.Replace(file, variable.Node, "args");
            edits.Replace(file, variable.Value, argv.Arguments);
            edits.Replace(file, command, argv.Program + ", args");
        }
        else edits.Replace(file, command, $"{argv.Program}, {argv.Arguments}");
        return new PatchProposal("exec-file", "The program is started with an argument list instead of a shell command, so no value can start another command.", edits.Edits);
    }

    // Declared in a function around the call: visible there.
    private static bool IsOuter(SyntaxNode node, SyntaxNode command)
    {
        var function = Js.Function(node);
        return !function.HasValue || Js.Contains(function, command);
    }

    private static PatchProposal? Quote(List<List<TextPiece>> texts, bool words, bool emptyIsNothing = false, bool unquotes = false)
    {
        var edits = new EditSet();
        var helpers = new Helpers(edits);
        var quoting = new ShellQuoting(edits, Quoter(helpers, emptyIsNothing, unquotes), words ? Checker(helpers) : null);
        foreach (var text in texts) if (!quoting.Add(text)) return null;
        if (quoting.Count == 0 || !edits.IsSound) return null;
        const string what = "Each value is quoted for a POSIX shell where it enters the command, so it stays one word whatever it holds. cmd.exe reads quotes differently.";
        if (unquotes) return new PatchProposal("shell-quote-again", what + " Quotes that it came in are taken off first.", edits.Edits);
        if (emptyIsNothing) return new PatchProposal("shell-quote-present", what + " An empty value stays no word at all.", edits.Edits);
        return words
            ? new PatchProposal("shell-quote-and-check", what + " Values made of several words are refused where a character has a meaning to the shell.", edits.Edits)
            : new PatchProposal("shell-quote", what, edits.Edits);
    }

    private static Func<JsFile, string> Quoter(Helpers helpers, bool emptyIsNothing, bool unquotes)
    {
        var quote = $"return {(emptyIsNothing ? "String(value) && " : "")}{CodeStyle.Literal("'", '"')} + String(value).replace(/'/g, {CodeStyle.Literal("'\\''", '"')}) + {CodeStyle.Literal("'", '"')};";
        string[] unquote = ["value = String(value);", "if (/^\"(?:[^\"\\\\]|\\\\.)*\"$/.test(value)) value = value.slice(1, -1).replace(/\\\\([\"\\\\$`])/g, \"$1\");", "else if (/^'[^']*'$/.test(value)) value = value.slice(1, -1);"];
        return file => helpers.Function(file, "shellQuote", "value", "string", unquotes ? [.. unquote, quote] : [quote]);
    }

    private static Func<JsFile, string> Checker(Helpers helpers) => file => helpers.Function(file, "shellWords", "value", "string",
        "value = String(value);",
        "if (!/^[\\w@%+=:,.\\/ -]*$/.test(value)) throw new Error(" + file.Style.Literal("Unsafe characters in a command: ") + " + value);",
        "return value;");

    // The last resort: a value that may hold several words is let through only where no character means anything to a shell.
    private static PatchProposal? Reject(List<List<TextPiece>> texts)
    {
        var edits = new EditSet();
        var checker = Checker(new Helpers(edits));
        var holes = texts.SelectMany(Holes).DistinctBy(h => (h.File.Path, h.Node.Index)).ToList();
        foreach (var hole in holes) edits.Replace(hole.File, hole.Node, $"{checker(hole.File)}({hole.Node.Text})");
        return holes.Count > 0 && edits.IsSound
            ? new PatchProposal("reject-shell-characters", "A value with a character that has a meaning to the shell is refused. Values with such characters, as file names may have, no longer work.", edits.Edits) : null;
    }

    // A parameter that the function itself makes a piece of command of: it is looked at before that.
    private static PatchProposal? RejectParameters(List<List<TextPiece>> texts)
    {
        var edits = new EditSet();
        var checker = Checker(new Helpers(edits));
        var done = new HashSet<(string, int)>();
        foreach (var hole in texts.SelectMany(Holes))
        {
            if (hole.Node.Kind != "identifier" || hole.File.Names.Resolve(hole.Node) is not { Kind: "param" } parameter || !hole.File.Names.Assignments(parameter.Name, hole.Node).Any()) return null;
            if (!done.Add((hole.File.Path, parameter.Node.Index))) continue;
            edits.InsertAtStart(hole.File, parameter.Scope, [$"if (typeof {parameter.Name} === {hole.File.Style.Literal("string")}) {parameter.Name} = {checker(hole.File)}({parameter.Name}){hole.File.Style.End}"]);
        }
        return done.Count > 0 && edits.IsSound
            ? new PatchProposal("reject-shell-characters-first", "A text with a character that has a meaning to the shell is refused before it is made a part of the command. Texts with such characters, as file names may have, no longer work.", edits.Edits) : null;
    }

    private static IEnumerable<TextPiece> Holes(IReadOnlyList<TextPiece> text)
    {
        foreach (var piece in text)
        {
            if (piece.Kind == PieceKind.Hole) yield return piece;
            else if (piece.Kind == PieceKind.Choice) foreach (var inner in piece.Branches!.SelectMany(Holes)) yield return inner;
            else if (piece.Kind == PieceKind.Joined && Js.Up(piece.Node, "call_expression") is { HasValue: true } join) yield return piece with { Node = join };
        }
    }
}
