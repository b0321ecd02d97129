using CodexSecurity.Analysis.Interpretation;
using Xunit;

namespace CodexSecurity.Analysis.Tests.Interpretation;

/// <summary>Fields of objects: few are searched, many have an index, and both keep the order of writing.</summary>
public sealed class FieldTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(100)]
    public void Fields_are_found_and_keep_their_order(int count)
    {
        var table = new FieldTable(1);
        var names = Enumerable.Range(0, count).Select(i => "f" + i).ToList();
        foreach (var name in names) table.Add(name, AbstractValue.Of(name));
        table[table.Find("f0")] = AbstractValue.Null;
        Assert.Equal(names, table.Names);
        Assert.All(names.Skip(1), n => Assert.Equal(n, table[table.Find(n)].SingleString));
        Assert.Same(AbstractValue.Null, table[table.Find("f0")]);
        Assert.Equal(-1, table.Find("f" + count));
        // Not the text that was written, but one that is equal to it.
        Assert.Equal(count - 1, table.Find(new string(names[^1].AsSpan())));
    }

    [Fact]
    public void Names_are_those_of_the_moment()
    {
        var table = new FieldTable(1);
        table.Add("a", AbstractValue.Null);
        var before = table.Names;
        foreach (var name in "bcdefghijk") table.Add(name.ToString(), AbstractValue.Null);
        Assert.Equal(["a"], before);
        Assert.Equal(11, table.Names.Count);
    }
}
