using CodexSecurity.Analysis.Models;
using CodexSecurity.Analysis.Templates;

namespace CodexSecurity.Analysis.Interpretation;

/// <summary>What becomes of values that are handed to a template: those that it writes without encoding meet the page there.</summary>
internal static class TemplatePages
{
    private const int MaxTemplates = 40, MaxDepth = 2;

    /// <summary>A call fills in a template.</summary>
    public static void Fill(Interpreter i, CallSite call, ViewModel view, string path)
    {
        var (name, data) = (Ports.Read(i, call, view.Name), Ports.Read(i, call, view.Data));
        if (view.TakesOptions) i.Reports.TemplateOptions(call, data, path);
        var pending = new Queue<string>(NamesOf(name));
        if (pending.Count == 0) return;
        // Frameworks add what middleware put aside for every page.
        data = data.Join(i.GetProperty(call.This, "locals", call.Place, call.Frame));
        var seen = new HashSet<TemplateFile>(ReferenceEqualityComparer.Instance);
        while (pending.TryDequeue(out var next))
        {
            foreach (var template in i.World.Templates.Find(next))
            {
                if (seen.Count >= MaxTemplates || !seen.Add(template)) continue;
                i.World.Filled.Add(template.File.Path);
                foreach (var output in template.Outputs) if (i.Spend(output.Values.Count)) Show(i, call, data, template, output, path);
                foreach (var part in template.Parts) pending.Enqueue(part);
            }
        }
    }

    private static void Show(Interpreter i, CallSite call, AbstractValue data, TemplateFile template, RawOutput output, string path)
    {
        var place = new Place(template.File, output.Start, output.End);
        foreach (var names in output.Values)
        {
            var value = data;
            foreach (var name in names) value = name == RawOutput.AnyElement ? i.ElementsOf(value) : i.GetProperty(value, name, call.Place, call.Frame);
            // Objects are shown by what makes text of them, such as JSON.stringify.
            if (Interpreter.DeepLabels(value, MaxDepth) is { Length: > 0 } labels) i.Reports.Page(call.Frame, place, value.WithLabels(Interpreter.Traced(labels, call.Place, "is handed to the template")), path, output.At);
        }
    }

    // A path that is put together ends with the template's own.
    private static IEnumerable<string> NamesOf(AbstractValue name) =>
        name.Text is [.., { Literal: { Length: > 1 } end }] && name.Constants.Length == 0 ? [end] : name.KnownStrings();
}
