using System.Reflection;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>What this build is.</summary>
public static class ToolInfo
{
    /// <summary>Version as "major.minor.patch".</summary>
    public static string Version { get; } = typeof(ToolInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
