namespace CodexSecurity.Analysis.Interpretation.Natives;

/// <summary>The helper functions of TypeScript's and Babel's output where they come from a package: tslib, @babel/runtime, regenerator.</summary>
internal static class CompilerRuntimes
{
    private static readonly string[] BabelFolders =
    [
        "@babel/runtime/helpers/", "@babel/runtime/helpers/esm/", "@babel/runtime-corejs2/helpers/", "@babel/runtime-corejs3/helpers/", "babel-runtime/helpers/",
    ];

    public static void Register(Dictionary<string, NativeFunction> t)
    {
        t["tslib.__awaiter"] = Helpers.Awaiter;
        t["tslib.__generator"] = Helpers.Generator;
        t["tslib.__importDefault"] = t["tslib.__importStar"] = Helpers.Interop;
        t["tslib.__assign"] = Helpers.Assign;
        t["tslib.__read"] = t["tslib.__values"] = t["tslib.__rest"] = t["tslib.__asyncValues"] = t["tslib.__await"] = t["tslib.__makeTemplateObject"] = Helpers.Same;
        t["tslib.__spread"] = t["tslib.__spreadArrays"] = t["tslib.__spreadArray"] = Concatenated;
        t["tslib.__extends"] = FunctionFunctions.Inherits;
        t["tslib.__exportStar"] = (i, c) => { i.CopyProperties(c.Argument(1), c.Argument(0), c.Place, c.Frame); return AbstractValue.Undefined; };
        t["tslib.__createBinding"] = Binding;
        t["tslib.__classPrivateFieldGet"] = Helpers.PrivateField;
        t["tslib.__classPrivateFieldSet"] = Helpers.SetPrivateField;
        foreach (var folder in BabelFolders)
        {
            t[folder + "interopRequireDefault"] = t[folder + "interopRequireWildcard"] = Helpers.Interop;
            t[folder + "asyncToGenerator"] = Helpers.AsyncToGenerator;
            t[folder + "extends"] = t[folder + "objectSpread"] = t[folder + "objectSpread2"] = Helpers.Assign;
            t[folder + "defineProperty"] = Helpers.DefineProperty;
            foreach (var same in (ReadOnlySpan<string>)["toConsumableArray", "slicedToArray", "toArray", "objectWithoutProperties", "objectWithoutPropertiesLoose", "assertThisInitialized", "wrapNativeSuper"]) t[folder + same] = Helpers.Same;
            t[folder + "inherits"] = t[folder + "inheritsLoose"] = FunctionFunctions.Inherits;
            t[folder + "createClass"] = MadeClass;
            t[folder + "classCallCheck"] = (_, _) => AbstractValue.Undefined;
            t[folder + "possibleConstructorReturn"] = (_, c) => c.Argument(0);
            t[folder + "typeof"] = (_, c) => AbstractValue.AnyString.WithTest(TestFacts.From("typeof", c.Argument(0)));
        }
        foreach (var runtime in (ReadOnlySpan<string>)["regeneratorRuntime", "regenerator-runtime", "@babel/runtime/regenerator", "babel-runtime/regenerator", "@babel/runtime-corejs2/regenerator", "@babel/runtime-corejs3/regenerator"])
        {
            t[runtime + ".mark"] = Helpers.Same;
            t[runtime + ".wrap"] = t[runtime + ".async"] = StateMachine;
            t[runtime + ".awrap"] = Helpers.Same;
        }
    }

    private static AbstractValue Concatenated(Interpreter i, CallSite c)
    {
        var all = AbstractValue.None;
        foreach (var list in c.Arguments) all = all.Join(i.ElementsOf(list));
        return ArrayFunctions.List(i, c, all);
    }

    // __createBinding(to, from, name, newName)
    private static AbstractValue Binding(Interpreter i, CallSite c)
    {
        if (c.Argument(2).SingleString is { } name) i.SetProperty(c.Argument(0), c.Argument(3).SingleString ?? name, i.GetProperty(c.Argument(1), name, c.Place, c.Frame), c.Place, c.Frame, false);
        return AbstractValue.Undefined;
    }

    // createClass(constructor, methods, static methods): lists of descriptors with a key.
    private static AbstractValue MadeClass(Interpreter i, CallSite c)
    {
        Members(i, c, i.GetProperty(c.Argument(0), "prototype", c.Place, c.Frame), c.Argument(1));
        Members(i, c, c.Argument(0), c.Argument(2));
        return c.Argument(0);
    }

    private static void Members(Interpreter i, CallSite c, AbstractValue owner, AbstractValue descriptors)
    {
        foreach (var d in descriptors.Objects.Where(o => o.Kind == ObjectKind.Array).SelectMany(o => o.Elements.Objects))
        {
            if (!d.TryGetOwn("key", out var key) || key.SingleString is not { } name) continue;
            if (d.TryGetOwn("value", out var method)) i.SetProperty(owner, name, method, c.Place, c.Frame, true);
            foreach (var accessor in (ReadOnlySpan<string>)["get", "set"]) if (d.TryGetOwn(accessor, out var f)) foreach (var o in owner.Objects) o.Write(accessor + " " + name, f);
        }
    }

    // wrap(function (context) { switch (context.next) … }): what is returned for a step is awaited and comes back as context.sent; abrupt("return", value) ends it.
    private static AbstractValue StateMachine(Interpreter i, CallSite c)
    {
        var context = i.NewObject(c.Frame.Activation, c.Place.Start, 180, ObjectKind.Plain, c.Place);
        context.Write("next", AbstractValue.AnyNumber);
        context.Write("prev", AbstractValue.AnyNumber);
        var abrupt = i.Heap.Get(context, 0, "abrupt", 181, id => new HeapObject(id, ObjectKind.Native, c.Place, i.Heap)
        {
            Name = "abrupt",
            Native = (_, call) =>
            {
                if (call.Argument(0).SingleString == "return") context.Write("<return>", call.Argument(1).WithTest(null));
                return AbstractValue.Undefined;
            },
        });
        context.Write("abrupt", abrupt.Value);
        for (var round = 0; round < 2; round++)
        {
            var step = Interpreter.Awaited(i.CallBack(c.Frame, c.Place, c.Argument(0), [context.Value], c.Argument(2)));
            context.Write("sent", step.WithTest(null));
        }
        var iterator = i.NewObject(c.Frame.Activation, c.Place.Start, 182, ObjectKind.Iterator, c.Place);
        if (context.TryGetOwn("sent", out var sent)) iterator.WriteElement(sent);
        iterator.Write("<return>", context.TryGetOwn("<return>", out var returned) ? returned : AbstractValue.Undefined);
        return iterator.Value;
    }
}
