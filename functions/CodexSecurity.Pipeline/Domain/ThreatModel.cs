using CodexSecurity.Analysis.Results;

namespace CodexSecurity.Pipeline.Domain;

/// <summary>Who can reach something.</summary>
public enum Exposure { Internet, Tenant, Internal, Local, None }

/// <summary>What an outsider may do and what is worth protecting. Drafted from code, edited by people.</summary>
/// <param name="Summary">What the project is, two sentences.</param>
/// <param name="SourceKinds">Which source kinds count as attacker-controlled, with a weight 0.0 to 1.0.</param>
/// <param name="EntryPoints">Entry points with their places.</param>
/// <param name="TrustBoundaries">Lines where data changes trust level.</param>
/// <param name="AuthAssumptions">What is believed about callers.</param>
/// <param name="SensitiveData">Data worth protecting, with places.</param>
/// <param name="PrivilegedActions">Actions worth protecting, with places.</param>
/// <param name="ExternalServices">What it talks to, with places.</param>
/// <param name="Components">Parts with exposure and criticality.</param>
/// <param name="OutOfScope">Path globs whose weaknesses are not reported.</param>
/// <param name="ReviewFocus">What to look at first.</param>
/// <param name="FreeText">The prose below the front part, as written.</param>
/// <param name="Origin">"drafted", or the file that it was read from.</param>
public sealed record ThreatModel(
    string Summary,
    IReadOnlyDictionary<string, double> SourceKinds,
    IReadOnlyList<ModelItem> EntryPoints,
    IReadOnlyList<ModelItem> TrustBoundaries,
    IReadOnlyList<ModelItem> AuthAssumptions,
    IReadOnlyList<ModelItem> SensitiveData,
    IReadOnlyList<ModelItem> PrivilegedActions,
    IReadOnlyList<ModelItem> ExternalServices,
    IReadOnlyList<ModelComponent> Components,
    IReadOnlyList<string> OutOfScope,
    IReadOnlyList<string> ReviewFocus,
    string FreeText,
    string Origin);

/// <summary>A statement of a threat model with the place that backs it ("file:line"; "" where a person wrote it).</summary>
public sealed record ModelItem(string Name, string Kind, string Place);

/// <summary>A part of the project.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Paths">Globs of its files.</param>
/// <param name="Exposure">Who can reach it.</param>
/// <param name="Criticality">1 (low) to 5 (high).</param>
public sealed record ModelComponent(string Name, IReadOnlyList<string> Paths, Exposure Exposure, int Criticality);
