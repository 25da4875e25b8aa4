#include "server/commands/debug_protocol.h"

#include "server/command/args.h"

namespace keyway::commands {
namespace {

using resp::ReplyWriter;

void WriteNumbers(ReplyWriter& reply) {
  for (int i = 0; i < 3; ++i) reply.Integer(i);
}

void WriteMap(ReplyWriter& reply) {
  reply.Map(3);
  for (int i = 0; i < 3; ++i) reply.Integer(i), reply.Bool(i == 1);
}

// An attribute is no reply in itself; a reply that it belongs to follows.
void WriteAttribute(ReplyWriter& reply) {
  if (reply.version() >= 3) {
    reply.Attribute(1);
    reply.Bulk("key-popularity");
    reply.Array(2);
    reply.Bulk("key:123");
    reply.Integer(90);
  }
  reply.Bulk("Some real reply following the attribute");
}

// Neither is a push, so that a client that only reads replies gets one.
void WritePush(ReplyWriter& reply) {
  if (reply.version() < 3) return reply.Error("ERR RESP2 is not supported by this command");
  reply.Push(2);
  reply.Bulk("server-cpu-usage");
  reply.Integer(42);
  reply.Bulk("Some real reply following the push reply");
}

struct Sample {
  std::string_view name;
  void (*write)(ReplyWriter& reply);
};

constexpr Sample kSamples[] = {
    {"STRING", [](ReplyWriter& reply) { reply.Bulk("Hello World"); }},
    {"INTEGER", [](ReplyWriter& reply) { reply.Integer(12345); }},
    {"DOUBLE", [](ReplyWriter& reply) { reply.Double(3.141); }},
    {"BIGNUM", [](ReplyWriter& reply) { reply.BigNumber("1234567999999999999999999999999999999"); }},
    {"NULL", [](ReplyWriter& reply) { reply.Null(); }},
    {"ARRAY", [](ReplyWriter& reply) { reply.Array(3), WriteNumbers(reply); }},
    {"SET", [](ReplyWriter& reply) { reply.Set(3), WriteNumbers(reply); }},
    {"MAP", WriteMap},
    {"ATTRIB", WriteAttribute},
    {"PUSH", WritePush},
    {"TRUE", [](ReplyWriter& reply) { reply.Bool(true); }},
    {"FALSE", [](ReplyWriter& reply) { reply.Bool(false); }},
    {"VERBATIM", [](ReplyWriter& reply) { reply.Verbatim("This is a verbatim\nstring", "txt"); }},
};

}  // namespace

void DebugProtocol(command::Context& ctx) {
  for (const Sample& sample : kSamples) {
    if (command::IsWord(ctx.arg(2), sample.name)) return sample.write(ctx.reply());
  }
  ctx.reply().Error(
      "ERR Wrong protocol type name. Please use one of the following: "
      "string|integer|double|bignum|null|array|set|map|attrib|push|verbatim|true|false");
}

}  // namespace keyway::commands
