using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace CodexSecurity.Analysis.Tests.Layering;

/// <summary>The one direction of dependency, as a test: project references, and folder to folder inside a project.</summary>
public class LayeringTests
{
    private static readonly Dictionary<string, string[]> ProjectReferences = new()
    {
        ["CodexSecurity.Analysis"] = [],
        ["CodexSecurity.Pipeline"] = ["CodexSecurity.Analysis"],
        ["CodexSecurity.Adapters"] = ["CodexSecurity.Pipeline"],
        ["CodexSecurity.Local"] = ["CodexSecurity.Adapters"],
        ["CodexSecurity.Functions"] = ["CodexSecurity.Adapters"],
    };

    /// <summary>Folder of Analysis to the folders it may use. The engine's root ("") composes them all.</summary>
    private static readonly Dictionary<string, string[]> AnalysisEdges = new()
    {
        ["Text"] = [],
        ["Syntax"] = ["Text"],
        ["Ir"] = ["Text"],
        ["Results"] = [],
        ["Regexes"] = ["Text"],
        ["Lowering"] = ["Ir", "Syntax", "Text"],
        ["Rules"] = ["Models"],
        ["Models"] = ["Rules"],
        ["Resolution"] = ["Ir", "Syntax", "Text", "Results"],
        ["Matching"] = ["Ir", "Syntax", "Text", "Results", "Rules", "Models", "Regexes", "Resolution"],
        ["Templates"] = ["Text", "Resolution"],
        ["Interpretation"] = ["Ir", "Text", "Results", "Regexes", "Rules", "Models", "Resolution", "Templates"],
        ["EntryPoints"] = ["Ir", "Text", "Results", "Rules", "Models", "Resolution", "Interpretation"],
    };

    /// <summary>Stages of Pipeline see the domain and the ports, never another stage.</summary>
    private static readonly Dictionary<string, string[]> PipelineEdges = new()
    {
        ["Domain"] = [],
        ["Ports"] = ["Domain"],
        ["Ingest"] = ["Domain", "Ports"],
        ["Context"] = ["Domain", "Ports"],
        ["Detection"] = ["Domain", "Ports"],
        ["Validation"] = ["Domain", "Ports"],
        ["Ranking"] = ["Domain", "Ports"],
        ["Remediation"] = ["Domain", "Ports"],
        ["Reporting"] = ["Domain", "Ports"],
    };

    [Fact]
    public void Projects_refer_to_each_other_in_one_direction_only()
    {
        foreach (var (project, allowed) in ProjectReferences)
        {
            var file = Path.Combine(RepositoryFiles.Root, "functions", project, project + ".csproj");
            if (!File.Exists(file)) continue;
            var references = XDocument.Load(file).Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension((string)r.Attribute("Include")!.Value.Replace('\\', '/')));
            Assert.All(references, reference => Assert.Contains(reference, allowed));
        }
    }

    [Fact]
    public void The_azure_host_is_built_in_its_own_configuration_only()
    {
        var lines = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, "CodexSecurity.Functions.sln"));
        foreach (var name in new[] { "CodexSecurity.Functions", "CodexSecurity.Functions.Tests" })
        {
            var id = Regex.Match(Assert.Single(lines, l => l.Contains($"= \"{name}\",", StringComparison.Ordinal)), @"""(\{[0-9A-F-]{36}\})""$").Groups[1].Value;
            Assert.Equal([$"\t\t{id}.Azure|Any CPU.Build.0 = Azure|Any CPU"], lines.Where(l => l.Contains(id, StringComparison.Ordinal) && l.Contains(".Build.0", StringComparison.Ordinal)));
        }
        // Restore follows references, so one of another project would bring the host's packages into every build.
        var referring = Directory.EnumerateFiles(RepositoryFiles.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(f => File.ReadAllText(f).Contains("CodexSecurity.Functions.csproj", StringComparison.Ordinal)).Select(Path.GetFileNameWithoutExtension);
        Assert.Equal(["CodexSecurity.Functions.Tests"], referring);
    }

    [Theory]
    [InlineData("CodexSecurity.Analysis")]
    [InlineData("CodexSecurity.Pipeline")]
    public void Folders_use_only_what_their_layer_may_use(string project)
    {
        var edges = project.EndsWith("Analysis", StringComparison.Ordinal) ? AnalysisEdges : PipelineEdges;
        var wrong = new List<string>();
        var seen = 0;
        foreach (var (folder, path) in RepositoryFiles.Sources(project))
        {
            if (!edges.TryGetValue(folder, out var allowed)) continue;
            foreach (Match use in Uses(project).Matches(File.ReadAllText(path)))
            {
                seen++;
                var target = use.Groups["folder"].Value;
                if (target != folder && edges.ContainsKey(target) && !allowed.Contains(target)) wrong.Add($"{folder}: {Path.GetFileName(path)} uses {target}");
            }
        }
        Assert.True(seen > 0, "no use was read: the test looks in the wrong place");
        Assert.Empty(wrong);
    }

    [Fact]
    public void The_engine_and_the_stages_name_no_cloud_or_repository_sdk()
    {
        foreach (var project in new[] { "CodexSecurity.Analysis", "CodexSecurity.Pipeline" })
        {
            var packages = XDocument.Load(Path.Combine(RepositoryFiles.Root, "functions", project, project + ".csproj"))
                .Descendants("PackageReference").Select(r => r.Attribute("Include")!.Value).ToList();
            Assert.NotEmpty(packages);
            Assert.DoesNotContain(packages, p => p.StartsWith("Azure.", StringComparison.Ordinal) || p.StartsWith("Octokit", StringComparison.Ordinal)
                || p.StartsWith("LibGit2", StringComparison.Ordinal) || p.StartsWith("Microsoft.Data", StringComparison.Ordinal));
        }
    }

    private static Regex Uses(string project) => new(@"(?:using (?:static )?|global::)" + Regex.Escape(project) + @"\.(?<folder>\w+)", RegexOptions.CultureInvariant);
}
