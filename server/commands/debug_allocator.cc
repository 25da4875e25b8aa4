#include "server/commands/debug_allocator.h"

#include <fmt/core.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>

#include "server/command/args.h"

extern "C" int mallctl(const char* name, void* old_value, size_t* old_size, void* new_value, size_t new_size)
    __attribute__((weak));

namespace keyway::commands {

using command::Context;

namespace {

void ReplyErrno(Context& ctx, int error) { ctx.reply().Error(fmt::format("ERR {}", std::strerror(error))); }

}  // namespace

bool HasMallctl() { return mallctl != nullptr; }

// The size of a setting is not known by its name: 8 bytes are tried, then 4, 2 and 1 (a bool).
void MallctlInteger(Context& ctx) {
  const std::string name(ctx.arg(2));
  int64_t value = 0, old = 0;
  const bool sets = ctx.argc() > 3;
  if (sets) {
    const auto argument = command::IntegerArg(ctx, 3);
    if (!argument) return;
    value = *argument;
  }
  for (size_t size = sizeof value; size > 0; size /= 2) {
    size_t old_size = size;
    old = 0;
    const int error = mallctl(name.c_str(), &old, &old_size, sets ? &value : nullptr, sets ? size : 0);
    if (error == 0) return ctx.reply().Integer(old);
    // Some can only be written.
    if (error == EPERM && sets && mallctl(name.c_str(), nullptr, nullptr, &value, size) == 0) return ctx.reply().Ok();
    if (error != EINVAL) return ReplyErrno(ctx, error);
  }
  ReplyErrno(ctx, EINVAL);
}

void MallctlString(Context& ctx) {
  const std::string name(ctx.arg(2));
  const char* old = nullptr;
  size_t size = sizeof old;
  const bool sets = ctx.argc() > 3;
  const int read_error = mallctl(name.c_str(), &old, &size, nullptr, 0);
  if (read_error != 0 && !(read_error == EPERM && sets)) return ReplyErrno(ctx, read_error);
  int write_error = 0;
  if (sets) {
    const std::string text(ctx.arg(3));
    const char* value = text.c_str();
    // VOID calls those that take no value at all.
    const bool is_void = text == "VOID";
    write_error = mallctl(name.c_str(), nullptr, nullptr, is_void ? nullptr : &value, is_void ? 0 : sizeof value);
  }
  if (read_error == 0) return ctx.reply().Bulk(old == nullptr ? "" : old);
  if (write_error != 0) return ReplyErrno(ctx, write_error);
  ctx.reply().Ok();
}

}  // namespace keyway::commands
