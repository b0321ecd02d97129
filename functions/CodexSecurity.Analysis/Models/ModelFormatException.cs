using System.Globalization;

namespace CodexSecurity.Analysis.Models;

/// <summary>A model or rule file of this product is malformed: a mistake of its author, found by the tests.</summary>
public sealed class ModelFormatException : Exception
{
    /// <summary>Makes one.</summary>
    /// <param name="file">The file.</param>
    /// <param name="line">Its line, 1-based.</param>
    /// <param name="message">What is wrong.</param>
    public ModelFormatException(string file, long line, string message) : base(string.Create(CultureInfo.InvariantCulture, $"{file}:{line}: {message}")) => (File, Line) = (file, line);

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary>The line, 1-based.</summary>
    public long Line { get; }
}
