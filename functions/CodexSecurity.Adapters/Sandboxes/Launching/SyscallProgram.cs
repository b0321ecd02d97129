using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace CodexSecurity.Adapters.Sandboxes.Launching;

/// <summary>
/// Assembles a program that is nothing but a straight line of system calls with constant arguments, as a static executable.
/// It is how a sandbox is furnished and filtered from inside without a compiler on the user's machine, without a prebuilt binary
/// in this repository, and without a runtime (dotnet, node) that would have to be trusted, visible inside and started each time.
/// </summary>
/// <remarks>
/// Kept: a call that fails ends the program before anything untrusted starts, after writing <c>setup STEP</c> to the status
/// descriptor; the exit status is the error number. The program reads nothing of its arguments, environment or stack.
/// </remarks>
internal sealed class SyscallProgram(SyscallNumbers numbers, int statusDescriptor)
{
    /// <summary>As an argument: what the last <see cref="Keep"/> gave, for instance a descriptor.</summary>
    public const long Last = long.MinValue;

    // Data lies in the file before the code, so that addresses are known while the code is made. Both start in the file where
    // they start in memory, modulo the largest page size (64 KiB on arm64).
    private const long DataBase = 0x10000000, CodeBase = 0x400000;
    private const int HeaderSize = 64 + (3 * 56);
    private readonly List<byte> _data = [];
    private readonly List<byte> _code = [];
    private readonly Dictionary<string, long> _texts = new(StringComparer.Ordinal);

    private bool IsX64 => numbers.Architecture == Architecture.X64;

    /// <summary>The address of bytes in the program's memory, aligned to 8.</summary>
    public long Bytes(ReadOnlySpan<byte> content)
    {
        while (_data.Count % 8 != 0)
        {
            _data.Add(0);
        }

        long address = DataBase + HeaderSize + _data.Count;
        _data.AddRange(content);
        return address;
    }

    /// <summary>The address of a zero-terminated text.</summary>
    public long Text(string text)
    {
        if (!_texts.TryGetValue(text, out long address))
        {
            _texts[text] = address = Bytes(Encoding.UTF8.GetBytes(text + '\0'));
        }

        return address;
    }

    /// <summary>The address of 64-bit words, for instance addresses.</summary>
    public long Words(params long[] words) => Bytes(MemoryMarshal.AsBytes<long>(words));

    /// <summary>The address of a zero-terminated vector of texts, as execve takes it.</summary>
    public long Vector(IEnumerable<string> texts) => Words([.. texts.Select(Text), 0]);

    /// <summary>One call whose result is kept for <see cref="Last"/>.</summary>
    public void Keep(string step, int number, params ReadOnlySpan<long> arguments)
    {
        Call(step, number, arguments);
        Emit(IsX64 ? [0x48, 0x89, 0xC3] : Word(0xAA0003F3)); // mov rbx, rax | mov x19, x0
    }

    /// <summary>One call. Where it fails the program ends, saying <paramref name="step"/>; "" where a failure does not matter.</summary>
    public void Call(string step, int number, params ReadOnlySpan<long> arguments)
    {
        Load(number, arguments);
        if (step.Length == 0)
        {
            return;
        }

        byte[] message = Encoding.UTF8.GetBytes($"setup {step.ReplaceLineEndings(" ")}\n");
        long text = Bytes(message);
        int start = _code.Count;
        Emit(IsX64 ? [0x48, 0x85, 0xC0, 0x79, 0] : Word(0)); // to be filled: test rax, rax; jns over | tbz x0, #63, over
        int body = _code.Count;
        Emit(IsX64 ? [0x48, 0x89, 0xC3] : Word(0xAA0003F3)); // the error
        Load(numbers.Write, [statusDescriptor, text, message.Length]);
        if (IsX64)
        {
            Emit([0x89, 0xDF, 0xF7, 0xDF, 0xB8, (byte)numbers.ExitGroup, 0, 0, 0, 0x0F, 0x05]); // edi = -ebx; exit_group
        }
        else
        {
            Emit(Word(0xCB1303E0)); // neg x0, x19
            Emit(Word(0xD2800000 | ((uint)numbers.ExitGroup << 5) | 8));
            Emit(Word(0xD4000001));
        }

        byte[] branch = IsX64 ? [checked((byte)(sbyte)(_code.Count - body))] : Word(0xB6F80000 | ((uint)((_code.Count - start) / 4) << 5));
        branch.CopyTo(CollectionsMarshal.AsSpan(_code)[(IsX64 ? body - 1 : start)..]);
    }

    /// <summary>The executable's bytes.</summary>
    public byte[] Build()
    {
        while (_data.Count % 16 != 0)
        {
            _data.Add(0);
        }

        long codeOffset = HeaderSize + _data.Count;
        byte[] file = new byte[codeOffset + _code.Count];
        var header = file.AsSpan();
        ((ReadOnlySpan<byte>)[0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], 2);
        BinaryPrimitives.WriteUInt16LittleEndian(header[18..], numbers.ElfMachine);
        BinaryPrimitives.WriteUInt32LittleEndian(header[20..], 1);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], CodeBase + codeOffset);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(header[52..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(header[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(header[56..], 3);
        Segment(header[64..], 1, 6, HeaderSize, DataBase + HeaderSize, _data.Count);
        Segment(header[120..], 1, 5, codeOffset, CodeBase + codeOffset, _code.Count);
        Segment(header[176..], 0x6474E551, 6, 0, 0, 0); // the stack is not executable
        _data.ToArray().CopyTo(header[HeaderSize..]);
        _code.ToArray().CopyTo(header[(int)codeOffset..]);
        return file;
    }

    private static void Segment(Span<byte> at, uint type, uint flags, long offset, long address, long size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, type);
        BinaryPrimitives.WriteUInt32LittleEndian(at[4..], flags);
        BinaryPrimitives.WriteInt64LittleEndian(at[8..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(at[16..], address);
        BinaryPrimitives.WriteInt64LittleEndian(at[24..], address);
        BinaryPrimitives.WriteInt64LittleEndian(at[32..], size);
        BinaryPrimitives.WriteInt64LittleEndian(at[40..], size);
        BinaryPrimitives.WriteInt64LittleEndian(at[48..], 0x10000);
    }

    // Number and arguments into their registers, then the call itself.
    private void Load(int number, ReadOnlySpan<long> arguments)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            if (IsX64)
            {
                LoadX64(i, arguments[i]);
            }
            else
            {
                LoadArm64((uint)i, arguments[i]);
            }
        }

        if (IsX64)
        {
            Emit([0xB8, (byte)number, (byte)(number >> 8), 0, 0, 0x0F, 0x05]); // mov eax, number; syscall
        }
        else
        {
            LoadArm64(8, number);
            Emit(Word(0xD4000001)); // svc #0
        }
    }

    // rdi, rsi, rdx, r10, r8: movabs of a constant, or mov from rbx
    private void LoadX64(int index, long value)
    {
        (byte prefix, byte constant, byte move) = index switch
        {
            0 => ((byte)0x48, (byte)0xBF, (byte)0xDF), 1 => ((byte)0x48, (byte)0xBE, (byte)0xDE), 2 => ((byte)0x48, (byte)0xBA, (byte)0xDA),
            3 => ((byte)0x49, (byte)0xBA, (byte)0xDA), _ => ((byte)0x49, (byte)0xB8, (byte)0xD8),
        };
        if (value == Last)
        {
            Emit([prefix, 0x89, move]);
            return;
        }

        byte[] code = new byte[10];
        (code[0], code[1]) = (prefix, constant);
        BinaryPrimitives.WriteInt64LittleEndian(code.AsSpan(2), value);
        Emit(code);
    }

    // movz and movk of 16 bits each, or mov from x19
    private void LoadArm64(uint register, long value)
    {
        if (value == Last)
        {
            Emit(Word(0xAA1303E0 | register));
            return;
        }

        for (int part = 0; part < 4; part++)
        {
            uint bits = (uint)((value >> (part * 16)) & 0xFFFF);
            Emit(Word((part == 0 ? 0xD2800000 : 0xF2800000) | ((uint)part << 21) | (bits << 5) | register));
        }
    }

    private static byte[] Word(uint instruction)
    {
        byte[] code = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(code, instruction);
        return code;
    }

    private void Emit(ReadOnlySpan<byte> code) => _code.AddRange(code);
}
