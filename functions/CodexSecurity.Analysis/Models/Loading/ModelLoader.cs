using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace CodexSecurity.Analysis.Models.Loading;

/// <summary>
/// Reads model files (several documents a file) into tables. Strict: an unknown key, kind, port, test or malformed callable is
/// a <see cref="ModelFormatException"/> with file and line.
/// </summary>
internal static class ModelLoader
{
    private static readonly HashSet<string> SourceKinds = new(StringComparer.Ordinal) { "http-request", "environment", "file-content", "stored", "command-line", "message" };
    private static readonly HashSet<string> Provenances = new(StringComparer.Ordinal) { "manual", "generated", "generated+reviewed" };
    private static readonly HashSet<string> FactKinds = new(StringComparer.Ordinal)
    {
        "external-service", "database", "auth-check", "privileged-action", "sensitive-data", "file-write", "process-start", "middleware", "crypto", "template-engine",
    };
    private static readonly Dictionary<string, bool> Tests = new(StringComparer.Ordinal)
    {
        ["truthy"] = false, ["falsy"] = false, ["absent"] = false, ["present"] = false, ["equals"] = true, ["in"] = true, ["matches"] = true, ["begins"] = true, ["may-begin"] = true, ["type"] = true, ["known-type"] = true, ["missing"] = false,
    };

    public static void Read(string file, string text, string language, ModelTables tables)
    {
        foreach (var document in YamlSection.Documents(file, text)) ReadDocument(document, language, tables);
    }

    private static void ReadDocument(YamlSection document, string language, ModelTables tables)
    {
        if (document.Text("language") is var own && own != language) throw document.Error($"language \"{own}\" in the folder of {language}");
        _ = document.Text("package");
        if (document.Text("provenance") is var provenance && !Provenances.Contains(provenance)) throw document.Error($"unknown provenance \"{provenance}\"");
        foreach (var row in document.Sections("aliases"))
        {
            foreach (var from in Paths(row, "from"))
            {
                if (!tables.Aliases.TryAdd(from, row.Text("to"))) throw row.Error($"\"{from}\" has an alias already");
            }
            row.Done();
        }
        foreach (var row in document.Sections("extends"))
        {
            foreach (var type in Paths(row, "type"))
            {
                if (!tables.Bases.TryGetValue(type, out var bases)) tables.Bases[type] = bases = [];
                bases.AddRange(Paths(row, "base"));
            }
            row.Done();
        }
        foreach (var row in document.Sections("sinks"))
        {
            var sink = Sink(row, Port(row, "input"));
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Sinks.Add(sink);
            row.Done();
        }
        foreach (var row in document.Sections("writes"))
        {
            var sink = Sink(row, new PortPath(PortRoot.Argument, 0, []));
            foreach (var path in Paths(row, "property"))
            {
                if (!tables.Writes.TryAdd(path, sink)) throw row.Error($"\"{path}\" is a sink already");
            }
            row.Done();
        }
        foreach (var row in document.Sections("propagators"))
        {
            var model = new PropagatorModel(Ports(row, "from"), Port(row, "to"), row.OptionalText("transformation") ?? "");
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Propagators.Add(model);
            row.Done();
        }
        foreach (var row in document.Sections("sanitizers"))
        {
            var model = new SanitizerModel(row.Has("output") ? Port(row, "output") : PortPath.Return, Kinds(row, "removes"));
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Sanitizers.Add(model);
            row.Done();
        }
        foreach (var row in document.Sections("guards"))
        {
            var byReturn = (row.OptionalText("by") ?? "result") switch { "return" => true, "result" => false, var other => throw row.Error($"\"by\" is result or return, not \"{other}\"") };
            var model = new GuardModel(Port(row, "input"), row.Flag("when", true), Kinds(row, "removes"), byReturn);
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Guards.Add(model);
            row.Done();
        }
        foreach (var row in document.Sections("sources")) ReadSource(row, tables);
        foreach (var row in document.Sections("callbacks"))
        {
            var passes = row.Items("passes").Select(i => CallbackArgument(row.File, i)).ToList();
            var model = new CallbackModel(Port(row, "callback"), passes, row.Flag("async", true), row.Has("this") ? Port(row, "this") : null, Condition(row));
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Callbacks.Add(model);
            row.Done();
        }
        foreach (var row in document.Sections("returns"))
        {
            var type = row.OptionalText("type");
            foreach (var path in Paths(row, "callable"))
            {
                var callable = tables.Callable(path);
                callable.ReturnsPromise |= row.Flag("promise", false);
                if (type is null) continue;
                if (callable.ReturnType is { } known && known != type) throw row.Error($"\"{path}\" returns {known} already");
                callable.ReturnType = type;
                var value = path.StartsWith("new ", StringComparison.Ordinal) ? path : path + "()";
                if (tables.Aliases.TryGetValue(value, out var alias) ? alias != type : !tables.Aliases.TryAdd(value, type)) throw row.Error($"\"{value}\" has an alias already");
            }
            row.Done();
        }
        foreach (var row in document.Sections("reads"))
        {
            foreach (var path in Paths(row, "property"))
            {
                if (!tables.ReadTypes.TryAdd(path, row.Text("type"))) throw row.Error($"\"{path}\" has a type already");
            }
            row.Done();
        }
        foreach (var row in document.Sections("facts"))
        {
            var kind = row.Text("kind");
            if (!FactKinds.Contains(kind)) throw row.Error($"unknown fact kind \"{kind}\"");
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Fact = new FactModel(kind, row.OptionalText("detail") ?? path);
            row.Done();
        }
        foreach (var row in document.Sections("views"))
        {
            var view = new ViewModel(Port(row, "name"), Port(row, "data"), row.Flag("options", false));
            foreach (var path in Paths(row, "callable")) tables.Callable(path).View = view;
            row.Done();
        }
        foreach (var row in document.Sections("answers")) ReadAnswer(row, tables);
        foreach (var row in document.Sections("semantics"))
        {
            foreach (var path in Paths(row, "callable")) tables.Callable(path).SemanticsName = row.Text("name");
            row.Done();
        }
        foreach (var path in Paths(document, "neutral")) tables.Callable(path).IsNeutral = true;
        document.Done();
    }

    private static void ReadSource(YamlSection row, ModelTables tables)
    {
        var kind = SourceKind(row.File, row.Line, row.Text("kind"));
        var model = new SourceModel(row.Has("output") ? Port(row, "output") : PortPath.Return, kind, row.Text("root"), row.Texts("path"), Condition(row), row.Has("harmless") ? Kinds(row, "harmless") : TaintKinds.None);
        if (row.Has("read") == row.Has("callable")) throw row.Error("a source has either \"read\" or \"callable\"");
        if (row.Has("read"))
        {
            if (model.When is not null) throw row.Error("a condition is one on a call");
            foreach (var path in Paths(row, "read"))
            {
                if (!tables.Reads.TryAdd(path, model)) throw row.Error($"\"{path}\" is a source already");
            }
        }
        else
        {
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Sources.Add(model);
        }
        row.Done();
    }

    private static void ReadAnswer(YamlSection row, ModelTables tables)
    {
        if (row.Has("property") == row.Has("callable")) throw row.Error("an answer's type has either \"property\" or \"callable\"");
        if (row.Has("property"))
        {
            foreach (var path in Paths(row, "property")) tables.AnswerTypes.Add(path);
        }
        else
        {
            if (row.Has("type") == row.Has("headers")) throw row.Error("a call says an answer's type by either \"type\" or \"headers\"");
            var model = new AnswerModel(row.Has("type") ? Port(row, "type") : null, row.Has("headers") ? Port(row, "headers") : null, Condition(row));
            foreach (var path in Paths(row, "callable")) tables.Callable(path).Answers.Add(model);
        }
        row.Done();
    }

    private static SinkModel Sink(YamlSection row, PortPath input)
    {
        var kinds = Kinds(row, "kind");
        if (kinds == TaintKinds.Text || !TaintKindNames.Each(kinds).Take(2).SequenceEqual([kinds])) throw row.Error("a sink has one kind");
        return new SinkModel(input, kinds, row.OptionalText("language") ?? DefaultLanguage(kinds), Condition(row), row.OptionalText("rule") ?? "");
    }

    private static ModelCondition? Condition(YamlSection row)
    {
        if (row.Section("when") is not { } condition) return null;
        var (test, values) = (condition.Text("test"), condition.Texts("values"));
        if (!Tests.TryGetValue(test, out var takesValues)) throw condition.Error($"unknown test \"{test}\"");
        if (takesValues != values.Count > 0) throw condition.Error(takesValues ? $"\"{test}\" needs values" : $"\"{test}\" takes no values");
        if (test == "matches") CheckRegex(condition, values);
        var model = new ModelCondition(Port(condition, "port"), test, values);
        condition.Done();
        return model;
    }

    private static void CheckRegex(YamlSection row, IReadOnlyList<string> patterns)
    {
        foreach (var pattern in patterns)
        {
            try { _ = new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking); }
            catch (ArgumentException problem) { throw row.Error($"\"{pattern}\" is no regular expression: {problem.Message}"); }
            catch (NotSupportedException) { throw row.Error($"\"{pattern}\" cannot be matched in linear time"); }
        }
    }

    private static string DefaultLanguage(TaintKinds kind) => kind switch
    {
        TaintKinds.ShellText => "shell",
        TaintKinds.CommandName or TaintKinds.Argv => "argv",
        TaintKinds.CodeText or TaintKinds.Deserialize => "javascript",
        TaintKinds.PathRead or TaintKinds.PathWrite or TaintKinds.ArchiveEntry => "path",
        TaintKinds.SqlText => "sql",
        TaintKinds.NosqlQuery => "mongodb",
        TaintKinds.HtmlText => "html",
        TaintKinds.UrlRequest or TaintKinds.UrlRedirect => "url",
        TaintKinds.TemplateText => "template",
        TaintKinds.XmlParse => "xml",
        TaintKinds.RegexSubject or TaintKinds.RegexSubjectCubed or TaintKinds.RegexSubjectDoubled or TaintKinds.RegexPattern => "regex",
        TaintKinds.HeaderText => "header",
        TaintKinds.LdapText => "ldap",
        TaintKinds.XpathText => "xpath",
        _ => "text",
    };

    private static CallbackArgument CallbackArgument(string file, YamlNode node)
    {
        if (node is YamlScalarNode { Value: { } word })
        {
            return word switch
            {
                "error" => new CallbackArgument(null, null, null, null, true),
                "any" => new CallbackArgument(null, null, null, null, false),
                _ => throw new ModelFormatException(file, node.Start.Line, $"an argument of a callback is error, any or a mapping, not \"{word}\""),
            };
        }
        var row = new YamlSection(file, node);
        var answer = row.Has("answer");
        var from = answer ? Port(row, "answer") : row.Has("from") ? Port(row, "from") : null;
        var source = row.OptionalText("source") is { } kind ? SourceKind(file, row.Line, kind) : null;
        var root = row.OptionalText("root");
        if (source is null != root is null) throw row.Error("\"source\" and \"root\" go together");
        var model = new CallbackArgument(from, row.OptionalText("type"), source, root, false, answer);
        row.Done();
        return model;
    }

    private static string SourceKind(string file, long line, string kind) =>
        SourceKinds.Contains(kind) ? kind : throw new ModelFormatException(file, line, $"unknown source kind \"{kind}\"");

    private static List<string> Paths(YamlSection row, string key)
    {
        var paths = new List<string>();
        foreach (var notation in row.Texts(key)) paths.AddRange(ApiPath.Expand(notation, out var error) ?? throw row.Error(error));
        if (paths.Count == 0 && key != "neutral") throw row.Error($"\"{key}\" is missing");
        return paths;
    }

    private static PortPath Port(YamlSection row, string key) => PortPath.Parse(row.Text(key), out var error) ?? throw row.Error(error);

    private static List<PortPath> Ports(YamlSection row, string key)
    {
        var ports = row.Texts(key).Select(t => PortPath.Parse(t, out var error) ?? throw row.Error(error)).ToList();
        return ports.Count > 0 ? ports : throw row.Error($"\"{key}\" is missing");
    }

    private static TaintKinds Kinds(YamlSection row, string key)
    {
        var kinds = TaintKinds.None;
        foreach (var name in row.Texts(key)) kinds |= TaintKindNames.TryParse(name, out var kind) ? kind : throw row.Error($"unknown kind \"{name}\"");
        return kinds != TaintKinds.None ? kinds : throw row.Error($"\"{key}\" is missing");
    }
}
