// Rows of the commands that treat strings as arrays of bits.
#include "server/command/specs/row.h"

namespace keyway::command::rows {
namespace {

constexpr Change kBitCountHistory[] = {{"7.0.0", "`BYTE` or `BIT` tells the unit of the range."}};
constexpr Argument kBitCountUnit[] = {Word("byte", "BYTE"), Word("bit", "BIT")};
constexpr Argument kBitCountRange[] = {
    Integer("start"),
    Integer("end"),
    OneOf("unit", kBitCountUnit).Optional().Since("7.0.0"),
};
constexpr Argument kBitCountArguments[] = {Key("key"), Block("range", kBitCountRange).Optional()};
constexpr CommandRow kBitCount = {
    .name = "bitcount",
    .arity = -2,
    .flags = kFlagReadOnly,
    .categories = kAclBitmap,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kBitmap,
    .since = "2.6.0",
    .summary = "Count the one-bits of a string, or of a part of it.",
    .complexity = "O(N) for N bytes looked at",
    .history = kBitCountHistory,
    .arguments = kBitCountArguments,
};

constexpr Argument kBitFieldGetBlock[] = {Text("encoding"), Integer("offset")};
constexpr Argument kBitFieldOverflowBlock[] = {Word("wrap", "WRAP"), Word("sat", "SAT"), Word("fail", "FAIL")};
constexpr Argument kBitFieldSetBlock[] = {Text("encoding"), Integer("offset"), Integer("value")};
constexpr Argument kBitFieldIncrbyBlock[] = {Text("encoding"), Integer("offset"), Integer("increment")};
constexpr Argument kBitFieldWriteOperation[] = {
    Block("set-block", kBitFieldSetBlock).Token("SET"),
    Block("incrby-block", kBitFieldIncrbyBlock).Token("INCRBY"),
};
constexpr Argument kBitFieldWrite[] = {
    OneOf("overflow-block", kBitFieldOverflowBlock).Token("OVERFLOW").Optional(),
    OneOf("write-operation", kBitFieldWriteOperation),
};
constexpr Argument kBitFieldOperation[] = {
    Block("get-block", kBitFieldGetBlock).Token("GET"),
    Block("write", kBitFieldWrite),
};
constexpr Argument kBitFieldArguments[] = {Key("key"), OneOf("operation", kBitFieldOperation).Multiple().Optional()};
constexpr CommandRow kBitField = {
    .name = "bitfield",
    .arity = -2,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclBitmap,
    .keys =
        {
            {kKeyRw | kKeyAccess | kKeyUpdate | kKeyVariableFlags, AtIndex(1), Range(0),
             "Reads the value and may change it, as the operations say"},
        },
    .keys_hook = BitFieldKeys,
    .group = Group::kBitmap,
    .since = "3.2.0",
    .summary = "Read, write and increment integers of any width that are packed into a string.",
    .complexity = "O(1) for each operation in the list",
    .arguments = kBitFieldArguments,
};

constexpr Argument kBitFieldRoArguments[] = {
    Key("key"),
    Block("get-block", kBitFieldGetBlock).Token("GET").MultipleToken().Optional(),
};
constexpr CommandRow kBitFieldRo = {
    .name = "bitfield_ro",
    .arity = -2,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclBitmap,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kBitmap,
    .since = "6.0.0",
    .summary = "Read integers of any width that are packed into a string.",
    .complexity = "O(1) for each operation in the list",
    .arguments = kBitFieldRoArguments,
};

constexpr Argument kBitOpOperation[] = {Word("and", "AND"), Word("or", "OR"), Word("xor", "XOR"), Word("not", "NOT")};
constexpr Argument kBitOpArguments[] = {
    OneOf("operation", kBitOpOperation),
    Key("destkey"),
    Key("key", 1).Multiple(),
};
constexpr CommandRow kBitOp = {
    .name = "bitop",
    .arity = -4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclBitmap,
    .keys = {{kKeyOw | kKeyUpdate, AtIndex(2), Range(0)}, {kKeyRo | kKeyAccess, AtIndex(3), Range(-1)}},
    .group = Group::kBitmap,
    .since = "2.6.0",
    .summary = "Combine strings bit by bit with AND, OR, XOR or NOT and keep the outcome under a key.",
    .complexity = "O(N) for the longest string of N bytes",
    .arguments = kBitOpArguments,
};

constexpr Argument kBitPosEndUnitBlock[] = {Integer("end"), OneOf("unit", kBitCountUnit).Optional().Since("7.0.0")};
constexpr Argument kBitPosRange[] = {Integer("start"), Block("end-unit-block", kBitPosEndUnitBlock).Optional()};
constexpr Argument kBitPosArguments[] = {Key("key"), Integer("bit"), Block("range", kBitPosRange).Optional()};
constexpr CommandRow kBitPos = {
    .name = "bitpos",
    .arity = -3,
    .flags = kFlagReadOnly,
    .categories = kAclBitmap,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kBitmap,
    .since = "2.8.7",
    .summary = "Look for the first bit of a string that is 0, or that is 1.",
    .complexity = "O(N) for N bytes looked at",
    .history = kBitCountHistory,
    .arguments = kBitPosArguments,
};

constexpr Argument kGetBitArguments[] = {Key("key"), Integer("offset")};
constexpr CommandRow kGetBit = {
    .name = "getbit",
    .arity = 3,
    .flags = kFlagReadOnly | kFlagFast,
    .categories = kAclBitmap,
    .keys = {{kKeyRo | kKeyAccess, AtIndex(1), Range(0)}},
    .group = Group::kBitmap,
    .since = "2.2.0",
    .summary = "Read one bit of a string.",
    .complexity = "O(1)",
    .arguments = kGetBitArguments,
};

constexpr Argument kSetBitArguments[] = {Key("key"), Integer("offset"), Integer("value")};
constexpr CommandRow kSetBit = {
    .name = "setbit",
    .arity = 4,
    .flags = kFlagWrite | kFlagDenyOom,
    .categories = kAclBitmap,
    .keys = {{kKeyRw | kKeyAccess | kKeyUpdate, AtIndex(1), Range(0)}},
    .group = Group::kBitmap,
    .since = "2.2.0",
    .summary = "Write one bit of a string, which grows (or comes to be) as needed, and tell what the bit was.",
    .complexity = "O(1)",
    .arguments = kSetBitArguments,
};

constexpr CommandRow kRows[] = {
    kBitCount, kBitField, kBitFieldRo, kBitOp, kBitPos, kGetBit, kSetBit,
};

}  // namespace

std::span<const CommandRow> BitmapRows() { return kRows; }

}  // namespace keyway::command::rows
