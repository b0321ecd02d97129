namespace CodexSecurity.Analysis.Ir;

/// <summary>
/// What an <see cref="Instruction"/> does. Operands are slots (registers of the callable) unless a comment says otherwise;
/// -1 means "absent". Simplified: evaluation order of operands is the order of the instructions, short-circuit operators,
/// conditionals, optional chains, switch and loops are branches, destructuring and default values are plain reads.
/// Kept: every read, write and call with its span, literal values, receiver of a method call. Given up: labels of
/// generators (a generator body runs through), <c>with</c>, exact iteration protocol. What cannot be lowered becomes
/// <see cref="Unsupported"/>, so that it is counted.
/// </summary>
public enum Op : byte
{
    /// <summary>Dst = constant A (index into <see cref="Callable.Constants"/>).</summary>
    Const,
    /// <summary>Dst = A.</summary>
    Move,
    /// <summary>Dst = parameter number A (undefined where the caller passed fewer).</summary>
    Param,
    /// <summary>Dst = array of the parameters from number A on.</summary>
    RestParam,
    /// <summary>Dst = this.</summary>
    This,
    /// <summary>Dst = the arguments object.</summary>
    Arguments,
    /// <summary>Dst = global variable named A (name).</summary>
    LoadGlobal,
    /// <summary>Global variable named A (name) = B.</summary>
    StoreGlobal,
    /// <summary>Dst = captured variable A (index into <see cref="IrModule.Cells"/>).</summary>
    LoadCell,
    /// <summary>Captured variable A (cell) = B. A variable that a nested callable reads or writes is a cell everywhere.</summary>
    StoreCell,
    /// <summary>Dst = A.name(B).</summary>
    GetProp,
    /// <summary>A.name(B) = C. Flag <see cref="InstructionFlags.Define"/>: a literal's or class's own definition.</summary>
    SetProp,
    /// <summary>delete A.name(B).</summary>
    DeleteProp,
    /// <summary>Dst = A[B].</summary>
    GetIndex,
    /// <summary>A[B] = C.</summary>
    SetIndex,
    /// <summary>delete A[B].</summary>
    DeleteIndex,
    /// <summary>Define accessor name(B) on A with function C; flag Setter for a setter, else a getter.</summary>
    DefineAccessor,
    /// <summary>Dst = call of A with this = B (or -1) and the arguments.</summary>
    Call,
    /// <summary>Dst = A.name(B)(arguments) with this = A.</summary>
    CallMethod,
    /// <summary>Dst = A[B](arguments) with this = A.</summary>
    CallIndex,
    /// <summary>Dst = new A(arguments).</summary>
    New,
    /// <summary>super(arguments) in a constructor; Dst = this.</summary>
    SuperCall,
    /// <summary>Dst = super.name(B) (a read of the parent prototype; a call of it is a Call with this).</summary>
    SuperProp,
    /// <summary>Dst = tagged template: callee A, this B (or -1); arguments[0] is the array of strings.</summary>
    TaggedTemplate,
    /// <summary>Dst = new empty object literal.</summary>
    NewObject,
    /// <summary>Dst = array literal of the arguments (spread marked).</summary>
    NewArray,
    /// <summary>Dst = closure of callable A (id in the module).</summary>
    Function,
    /// <summary>Dst = class with constructor callable A (id; -1: implicit constructor) and super class slot B (or -1).
    /// Its methods follow as SetProp / DefineAccessor on Dst.prototype (instance) and on Dst (static).</summary>
    Class,
    /// <summary>Dst = regular expression literal: pattern = constant A, flags = constant B.</summary>
    Regex,
    /// <summary>Dst = A operator B; the operator is (<see cref="BinaryOp"/>)C.</summary>
    Binary,
    /// <summary>Dst = operator A; the operator is (<see cref="UnaryOp"/>)C.</summary>
    Unary,
    /// <summary>Dst = string concatenation of the arguments (template literal or a chain of + that has a string literal).</summary>
    Concat,
    /// <summary>Dst = iterator over the enumerable keys of A (for-in).</summary>
    KeysOf,
    /// <summary>Dst = iterator over the values of A (for-of, destructuring of arrays uses GetIndex).</summary>
    ValuesOf,
    /// <summary>Dst = next item of iterator A; flag Key for a for-in iterator.</summary>
    IterNext,
    /// <summary>Copies the own properties of B into A (object spread, rest, JSX spread).</summary>
    CopyProps,
    /// <summary>Dst = await A.</summary>
    Await,
    /// <summary>Dst = yield A; flag Delegate for yield*.</summary>
    Yield,
    /// <summary>Dst = the caught exception; first instruction of a handler block that names it.</summary>
    Catch,
    /// <summary>Dst = module namespace of the specifier constant A (static import, or import() when flag Dynamic with slot B).</summary>
    Import,
    /// <summary>Dst = the exports object of this module (ES exports are SetProp on it; <c>export *</c> is CopyProps).</summary>
    ModuleExports,
    /// <summary>Dst = JSX element: tag slot A (a constant string for intrinsic elements), props object B; children are arguments.</summary>
    Jsx,
    /// <summary>Dst = unknown: a construct that the lowering does not know (constant A = its syntax kind). Counted.</summary>
    Unsupported,
    /// <summary>Ends the block: go to block A.</summary>
    Jump,
    /// <summary>Ends the block: if A go to block B else to block C. Flag Loop: the condition of a loop.</summary>
    Branch,
    /// <summary>Ends the block: one of the blocks in the arguments (unknown choice: iterators at the end, exceptions).</summary>
    Choose,
    /// <summary>Ends the block: return A (or -1).</summary>
    Return,
    /// <summary>Ends the block: throw A.</summary>
    Throw,
}

/// <summary>Operators of <see cref="Op.Binary"/>.</summary>
public enum BinaryOp : byte
{
    Add, Subtract, Multiply, Divide, Modulo, Power, BitAnd, BitOr, BitXor, ShiftLeft, ShiftRight, ShiftRightUnsigned,
    Equal, NotEqual, StrictEqual, StrictNotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, In, InstanceOf,
}

/// <summary>Operators of <see cref="Op.Unary"/>.</summary>
public enum UnaryOp : byte
{
    Not, Negate, Plus, BitNot, TypeOf, Void, IsNullish,
}

/// <summary>Details of an instruction.</summary>
[Flags]
public enum InstructionFlags : byte
{
    None = 0,
    /// <summary>Own definition in a literal or class body, not an assignment.</summary>
    Define = 1,
    /// <summary>A setter rather than a getter.</summary>
    Setter = 2,
    /// <summary>A for-in key.</summary>
    Key = 4,
    /// <summary>yield*.</summary>
    Delegate = 8,
    /// <summary>import() with a computed specifier.</summary>
    Dynamic = 16,
    /// <summary>At least one argument is spread; see <see cref="Callable.IsSpread"/>.</summary>
    HasSpread = 32,
    /// <summary>A branch that is there whatever a setting says: both ways are possible, whatever the value.</summary>
    BothWays = 64,
    /// <summary>Part of an optional chain (?.).</summary>
    Optional = 128,
}
