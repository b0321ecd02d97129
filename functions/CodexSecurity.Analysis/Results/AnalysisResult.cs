namespace CodexSecurity.Analysis.Results;

/// <summary>What the engine returns for one program. Ordered, and equal for equal input.</summary>
/// <param name="Candidates">Likely weaknesses, by path, offset and rule.</param>
/// <param name="EntryPoints">Every entry point found, with candidates or without, and without the shapes of values: those stand with the candidates.</param>
/// <param name="Coverage">What became of each file.</param>
/// <param name="Diagnostics">Limits that were reached and constructs that were given up.</param>
/// <param name="Facts">What the threat model is drafted from.</param>
public sealed record AnalysisResult(
    IReadOnlyList<Candidate> Candidates,
    IReadOnlyList<EntryPoint> EntryPoints,
    IReadOnlyList<FileCoverage> Coverage,
    IReadOnlyList<AnalysisDiagnostic> Diagnostics,
    IReadOnlyList<CodeFact> Facts);

/// <summary>What became of a file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Status">Analysed fully, partly, or not.</param>
/// <param name="Lines">Its lines.</param>
/// <param name="Reason">Why not fully; "" otherwise.</param>
public sealed record FileCoverage(string Path, CoverageStatus Status, int Lines, string Reason);

/// <summary>Coverage of a file.</summary>
public enum CoverageStatus { Analyzed, Partial, NotAnalyzed }

/// <summary>A limit reached or something given up.</summary>
public sealed record AnalysisDiagnostic(string Code, string Message, CodeLocation? Location);

/// <summary>A security-relevant fact about the code that is no weakness by itself.</summary>
/// <param name="Kind">"external-service", "database", "auth-check", "privileged-action", "sensitive-data", "file-write", "process-start", "middleware", "crypto", "template-engine".</param>
/// <param name="Detail">What exactly, such as "child_process.exec" or "mongodb".</param>
/// <param name="Location">Where.</param>
public sealed record CodeFact(string Kind, string Detail, CodeLocation Location);
