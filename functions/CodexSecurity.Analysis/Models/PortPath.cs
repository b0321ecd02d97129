using System.Globalization;
using System.Text;

namespace CodexSecurity.Analysis.Models;

/// <summary>Where a port begins.</summary>
public enum PortRoot { This, Return, Argument, AnyArgument, LastArgument }

/// <summary>
/// A place at a call: "this", "return", "arg[0]", "arg[0].url", "arg[*]", "arg[last]", "arg[1][*]". A path element is a field
/// name, a number, "[*]" for any element, or "{key}" for the keys of the object.
/// </summary>
/// <param name="Root">Where it begins.</param>
/// <param name="Index">Argument number, 0-based; -1 where the root is no numbered argument.</param>
/// <param name="Path">Elements below the root.</param>
public sealed record PortPath(PortRoot Root, int Index, IReadOnlyList<string> Path)
{
    /// <summary>Element that stands for any element of an array or any field of an object.</summary>
    public const string AnyElement = "[*]";
    /// <summary>Element that stands for the keys of an object.</summary>
    public const string Key = "{key}";

    /// <summary>The returned value.</summary>
    public static PortPath Return { get; } = new(PortRoot.Return, -1, []);

    /// <summary>Reads the notation; null with a reason where it is malformed.</summary>
    public static PortPath? Parse(string text, out string error)
    {
        error = "";
        var at = 0;
        var (root, index) = (PortRoot.This, -1);
        if (text.StartsWith("this", StringComparison.Ordinal)) at = 4;
        else if (text.StartsWith("return", StringComparison.Ordinal)) (root, at) = (PortRoot.Return, 6);
        else if (text.StartsWith("arg[", StringComparison.Ordinal) && text.IndexOf(']', StringComparison.Ordinal) is var end and > 4)
        {
            var inner = text[4..end];
            at = end + 1;
            if (inner == "*") root = PortRoot.AnyArgument;
            else if (inner == "last") root = PortRoot.LastArgument;
            else if (int.TryParse(inner, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < 32) root = PortRoot.Argument;
            else { error = $"port \"{text}\": \"{inner}\" is no argument number, * or last"; return null; }
        }
        else { error = $"port \"{text}\" does not begin with this, return or arg[…]"; return null; }
        var path = new List<string>();
        while (at < text.Length)
        {
            if (text[at] == '.')
            {
                var start = ++at;
                while (at < text.Length && text[at] is not ('.' or '[' or '{')) at++;
                if (at == start) { error = $"port \"{text}\": a field name is missing"; return null; }
                path.Add(text[start..at]);
            }
            else if (text[at] == '[' && text.IndexOf(']', at) is var close and > 0)
            {
                var inner = text[(at + 1)..close];
                if (inner != "*" && !inner.All(char.IsAsciiDigit)) { error = $"port \"{text}\": \"{inner}\" is no element number or *"; return null; }
                path.Add(inner == "*" ? AnyElement : inner);
                at = close + 1;
            }
            else if (text.AsSpan(at).StartsWith(Key)) { path.Add(Key); at += Key.Length; }
            else { error = $"port \"{text}\": unexpected \"{text[at..]}\""; return null; }
        }
        return new PortPath(root, index, path);
    }

    /// <inheritdoc/>
    public bool Equals(PortPath? other) => other is not null && Root == other.Root && Index == other.Index && Path.SequenceEqual(other.Path, StringComparer.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Root, Index, Path.Count);

    /// <summary>The notation.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Root switch
        {
            PortRoot.This => "this",
            PortRoot.Return => "return",
            PortRoot.AnyArgument => "arg[*]",
            PortRoot.LastArgument => "arg[last]",
            _ => string.Create(CultureInfo.InvariantCulture, $"arg[{Index}]"),
        });
        foreach (var element in Path)
        {
            if (element is AnyElement or Key) text.Append(element);
            else if (element.All(char.IsAsciiDigit)) text.Append('[').Append(element).Append(']');
            else text.Append('.').Append(element);
        }
        return text.ToString();
    }
}
