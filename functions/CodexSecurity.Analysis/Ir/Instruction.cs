using System.Runtime.InteropServices;

namespace CodexSecurity.Analysis.Ir;

/// <summary>One three-address instruction (32 bytes). Meaning of A, B, C: see <see cref="Ir.Op"/>.</summary>
/// <param name="Op">What it does.</param>
/// <param name="Flags">Details.</param>
/// <param name="Dst">Slot written, or -1.</param>
/// <param name="A">First operand.</param>
/// <param name="B">Second operand.</param>
/// <param name="C">Third operand.</param>
/// <param name="ArgStart">Where its arguments begin in <see cref="Callable.Args"/>.</param>
/// <param name="ArgCount">How many arguments it has.</param>
/// <param name="Start">First UTF-16 offset of its source text.</param>
/// <param name="End">Offset behind its source text.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Instruction(
    Op Op, InstructionFlags Flags, int Dst, int A, int B, int C, int ArgStart, ushort ArgCount, int Start, int End);

/// <summary>
/// A basic block: instructions [First, First + Count) of <see cref="Callable.Code"/>, the last of them a terminator.
/// <paramref name="Handler"/> is the block that catches what is thrown here (-1: the caller).
/// </summary>
public readonly record struct Block(int First, int Count, int Handler);
