// Reading arguments: each function gives the value, or writes the error reply and gives nothing, so that a handler reads
//   auto count = IntegerArg(ctx, 2);
//   if (!count) return;
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/command/context.h"
#include "server/command/errors.h"

namespace keyway::command {

// Whether `word` is `keyword` (given in capitals) in any case.
bool IsWord(std::string_view word, std::string_view keyword);

std::optional<int64_t> IntegerArg(Context& ctx, size_t i, std::string_view error = errors::kNotInteger);
// An integer in [min, max]; outside it answers `error`, and for what is no integer as well if `error` is given.
std::optional<int64_t> IntegerArgIn(Context& ctx, size_t i, int64_t min, int64_t max,
                                    std::string_view error = errors::kOutOfRange);
std::optional<double> DoubleArg(Context& ctx, size_t i, std::string_view error = errors::kNotFloat);
std::optional<long double> LongDoubleArg(Context& ctx, size_t i, std::string_view error = errors::kNotFloat);
// A database index within the configured number of databases; `error` also when it is no integer.
std::optional<int> DatabaseArg(Context& ctx, size_t i, std::string_view error = errors::kInvalidDbIndex);

// The time-out of a blocking command, in seconds with a fraction, as an absolute time in milliseconds; 0: for ever.
std::optional<int64_t> TimeoutArg(Context& ctx, size_t i);
// The same for one in whole milliseconds: XREAD BLOCK.
std::optional<int64_t> TimeoutMsArg(Context& ctx, size_t i);

// "ERR unknown subcommand or wrong number of arguments for '…'. Try X HELP."
void SubcommandSyntaxError(Context& ctx);
// "ERR unknown command 'x', with args beginning with: …".
std::string UnknownCommandText(Words words);
// "ERR wrong number of arguments for 'x' command".
void ArityError(Context& ctx);

}  // namespace keyway::command
