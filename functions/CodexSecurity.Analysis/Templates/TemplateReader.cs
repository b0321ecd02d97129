using CodexSecurity.Analysis.Resolution;
using CodexSecurity.Analysis.Text;

namespace CodexSecurity.Analysis.Templates;

/// <summary>
/// Reads templates of the common engines for what they write into a page without encoding: EJS and Eta, Handlebars and Mustache, Pug, Nunjucks, Swig, Twig
/// and Liquid, Dust. Linear in the text but for nested brackets, which are followed to a fixed depth; never throws, whatever the text.
/// </summary>
public static class TemplateReader
{
    /// <summary>Characters at the beginning of a page that say whether it is a template.</summary>
    public const int Looked = 20_000;

    private enum Engine { None, Ejs, Mustache, Pug, Jinja, Liquid, Dust }

    /// <summary>Whether a file is a template by its name, or by its folder and text where its name says only that it makes HTML.</summary>
    /// <param name="path">Relative POSIX path.</param>
    /// <param name="text">The file's text, or its beginning.</param>
    public static bool IsTemplate(string path, string text)
    {
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(text);
        return EngineOf(path, text) != Engine.None;
    }

    /// <summary>Whether the text of a file of that name has to be looked at for <see cref="IsTemplate"/>.</summary>
    public static bool MayBeTemplate(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ByName(path) != Engine.None || IsPage(path);
    }

    /// <summary>The template, or null where the file is none.</summary>
    /// <param name="file">The file.</param>
    /// <param name="encodes">False where the program switches off the encoding of engines that encode by themselves (Nunjucks, Swig).</param>
    internal static TemplateFile? Read(SourceFile file, bool encodes = true)
    {
        var template = ReadAll(file, encodes);
        return template is { Outputs.Count: > TemplateFile.MostOutputs } ? template with { Outputs = [.. template.Outputs.Take(TemplateFile.MostOutputs)], IsCut = true } : template;
    }

    private static TemplateFile? ReadAll(SourceFile file, bool encodes) => EngineOf(file.Path, file.Text) switch
    {
        Engine.Ejs => new EjsReader(file).Read(),
        Engine.Mustache => new MustacheReader(file).Read(),
        Engine.Pug => new PugReader(file).Read(),
        Engine.Jinja => new JinjaReader(file, encodes).Read(),
        Engine.Liquid => new JinjaReader(file, false).Read(),
        Engine.Dust => new DustReader(file).Read(),
        _ => null,
    };

    private static Engine EngineOf(string path, string text)
    {
        if (ByName(path) is var named && named != Engine.None) return named;
        if (!IsPage(path)) return Engine.None;
        var start = text.AsSpan(0, Math.Min(text.Length, Looked));
        return start.Contains("<%", StringComparison.Ordinal) ? Engine.Ejs : start.Contains("{%", StringComparison.Ordinal) ? Engine.Jinja
            : start.Contains("{{{", StringComparison.Ordinal) ? Engine.Mustache : start.Contains("{{", StringComparison.Ordinal) ? Engine.Jinja : Engine.None;
    }

    private static Engine ByName(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".ejs" or ".eta" => Engine.Ejs,
        ".hbs" or ".handlebars" or ".mustache" or ".hjs" or ".hogan" => Engine.Mustache,
        ".pug" or ".jade" => Engine.Pug,
        ".njk" or ".nunjucks" or ".nj" or ".swig" or ".twig" => Engine.Jinja,
        ".liquid" => Engine.Liquid,
        ".dust" => Engine.Dust,
        _ => Engine.None,
    };

    private static bool IsPage(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".html" or ".htm" && !PageFolders.Holds(path) && path.Split('/')[..^1].Any(TemplateIndex.IsRoot);
}
