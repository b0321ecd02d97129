namespace CodexSecurity.Pipeline.Ingest;

/// <summary>How a JavaScript file was made, told by its text.</summary>
internal enum CodeOrigin { Written, Minified, Bundled }

/// <summary>Recognises minified and bundled JavaScript by properties of the text. Linear in its length.</summary>
internal static class GeneratedCode
{
    // Prose and written code have about one white-space byte in four to six; minifiers leave those that the grammar needs.
    // A written file with a huge literal has few spaces too, but its other lines are indented.
    private const double MinifiedSpace = 0.12, MinifiedLine = 160, MinifiedIndent = 0.3;
    private const int SmallestJudged = 1000, LongLine = 400;

    // What the linkers of modules write around or before the modules; nobody writes these by hand.
    private static readonly byte[][] Preludes =
    [
        [.. "__webpack_require__"u8], [.. "webpackUniversalModuleDefinition"u8], [.. "webpackJsonp"u8], [.. "parcelRequire"u8], [.. "$parcel$interopDefault"u8],
        [.. "(function e(t,n,r){function s(o,u)"u8], [.. "function(){function r(e,n,t){function o(i,f)"u8], [.. "function(){function e(t,n,r){function s(o,u)"u8], [.. "function outer(modules, cache, entry)"u8],
        [.. "var __defProp = Object.defineProperty;\nvar __getOwnPropDesc"u8], [.. "var __getOwnPropNames = Object.getOwnPropertyNames;\nvar __commonJS"u8], [.. "var __commonJS = (cb, mod)"u8],
        [.. "function createCommonjsModule(fn"u8], [.. "function getDefaultExportFromCjs"u8], [.. "function getAugmentedNamespace"u8], [.. "System.registerDynamic("u8], [.. "$__System.register"u8],
        [.. "/******/ (function(modules) { // webpackBootstrap"u8], [.. "/** @license Closure Library"u8], [.. "var $jscomp = "u8],
    ];

    /// <summary>How a file was made.</summary>
    public static CodeOrigin Of(string path, ReadOnlySpan<byte> text)
    {
        var name = Path.GetFileName(path);
        var shape = Shape.Of(text);
        if (IsMinifiedName(name) && (shape.Space < 0.15 || shape.LongestLine > LongLine)) return CodeOrigin.Minified;
        if (text.Length >= SmallestJudged && shape.IsMinified) return CodeOrigin.Minified;
        foreach (var prelude in Preludes)
        {
            // A tool that handles bundles names the runtime in a string; a bundle calls it.
            if (text.IndexOf(prelude) is var at and >= 0 && (at == 0 || text[at - 1] is not ((byte)'\'' or (byte)'"' or (byte)'`' or (byte)'/'))) return CodeOrigin.Bundled;
        }
        return CodeOrigin.Written;
    }

    /// <summary>Whether a name says that the file was minified.</summary>
    public static bool IsMinifiedName(string name)
    {
        var stem = Path.GetFileNameWithoutExtension(name);
        return stem.EndsWith(".min", StringComparison.OrdinalIgnoreCase) || stem.EndsWith("-min", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The text after "sourceMappingURL=" of the last line that has one; "" for none.</summary>
    public static string MapReference(ReadOnlySpan<byte> text)
    {
        var mark = "# sourceMappingURL="u8;
        var at = text.LastIndexOf(mark);
        if (at < 0) return "";
        var rest = text[(at + mark.Length)..];
        var end = rest.IndexOfAny(" \t\r\n*"u8);
        return System.Text.Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    /// <summary>Shape of a text: comments at line starts do not count, as licences stand before minified code.</summary>
    private readonly record struct Shape(int Code, int Lines, int LongestLine, double Space, double Indented)
    {
        public bool IsMinified => Lines > 0 && Code / (double)Lines > MinifiedLine && Space < MinifiedSpace && Indented < MinifiedIndent;

        public static Shape Of(ReadOnlySpan<byte> text)
        {
            int code = 0, lines = 0, longest = 0, space = 0, indented = 0;
            var comment = false;
            while (!text.IsEmpty)
            {
                var end = text.IndexOf((byte)'\n');
                var whole = end < 0 ? text : text[..end];
                var line = whole.Trim(" \t\r"u8);
                text = end < 0 ? default : text[(end + 1)..];
                if (comment)
                {
                    comment = line.IndexOf("*/"u8) < 0;
                    continue;
                }
                if (line.IsEmpty || line.StartsWith("//"u8)) continue;
                if (line.StartsWith("/*"u8))
                {
                    var close = line.IndexOf("*/"u8);
                    comment = close < 0;
                    if (comment || line.Length - close < 40) continue;
                }
                lines++;
                if (whole[0] is (byte)' ' or (byte)'\t') indented++;
                code += line.Length;
                longest = Math.Max(longest, line.Length);
                foreach (var b in line) if (b is (byte)' ' or (byte)'\t') space++;
            }
            return new(code, lines, longest, code == 0 ? 1 : (space + lines) / (double)code, lines == 0 ? 0 : indented / (double)lines);
        }
    }
}
