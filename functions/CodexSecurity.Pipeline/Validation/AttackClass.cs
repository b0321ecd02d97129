namespace CodexSecurity.Pipeline.Validation;

/// <summary>What an attack of a rule is made of. Derived from the rule's main CWE, so that no rule is named here.</summary>
public enum AttackClass
{
    None, Command, Argument, Code, PrototypePollution, ReDoS, PathRead, PathWrite, Archive, Sql, NoSql, Html, RequestForgery, Redirect,
    Template, Deserialization, Xml,
}
