#include "server/net/stack.h"

#include <fmt/core.h>

#include <utility>

#include "server/base/check.h"
#include "server/net/settings_reader.h"

namespace keyway::net {
namespace {

std::string NameOf(const PluginContext& carrier, const PluginContext* filter) {
  const std::string& carrier_id = carrier.generation().id();
  if (filter == nullptr) return carrier_id;
  return carrier_id == "tcp" ? filter->generation().id() : filter->generation().id() + "+" + carrier_id;
}

std::string RefusalOf(const PluginContext* filter) {
  if (filter == nullptr) return "";
  const std::string& id = filter->generation().id();
  return fmt::format("-ERR I/O error: this port speaks {} only\r\n", id.starts_with("tls-") ? "TLS" : id);
}

}  // namespace

Stack::Stack(ContextPtr carrier, ContextPtr filter)
    : carrier_(std::move(carrier)),
      filter_(std::move(filter)),
      name_(NameOf(*carrier_, filter_.get())),
      plaintext_refusal_(RefusalOf(filter_.get())) {
  const Generation& below = carrier_->generation();
  KW_CHECK(below.has_role(KW_ROLE_FD_CARRIER | KW_ROLE_STREAM_CARRIER));
  KW_CHECK(filter_ == nullptr || filter_->generation().has_role(KW_ROLE_FILTER));
  stream_ = below.has_role(KW_ROLE_STREAM_CARRIER);
  encrypted_ = below.secure() || (filter_ != nullptr && filter_->generation().secure());
  thread_affine_ = (stream_ && below.thread_affine()) || (filter_ != nullptr && filter_->generation().thread_affine());
}

void Stack::EnterThread() const {
  carrier_->generation().EnterThread();
  if (filter_ != nullptr) filter_->generation().EnterThread();
}

StackUse::StackUse(std::shared_ptr<const Stack> stack)
    : stack_(std::move(stack)), carrier_(stack_->carrier_context().shared_generation(), Held::kConnection) {
  if (stack_->has_filter()) filter_ = GenerationHold(stack_->filter_context().shared_generation(), Held::kConnection);
  stack_->EnterThread();
}

StackUse::~StackUse() {
  if (stack_ == nullptr || InForkedChild()) return;
  // Threads live long, and a copy that drains must not wait for their end with what its library keeps for each.
  for (const Generation* generation : {carrier_.get(), filter_.get()}) {
    if (generation == nullptr || !generation->retired()) continue;
    generation->EnterThread();  // it may have been left since, for a newer copy
    LeaveGeneration(*generation);
  }
}

Result<ContextPtr> MakeContext(std::shared_ptr<const Generation> generation, const Settings& settings,
                               std::string purpose, Sides sides) {
  auto failed = [&](const std::string& why) { return Fail(fmt::format("{}: {}", generation->id(), why)); };
  auto block = SettingsBlock::Read(settings, generation->tables(), std::move(purpose), sides);
  if (!block) return failed(block.error().text());

  generation->EnterThread();
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  const kw_transport& transport = generation->transport();
  AbiError error;
  int32_t result = transport.check((*block)->abi(), &error);
  if (result != KW_OK) return failed(ErrorText(result, error));
  kw_context* context = nullptr;
  error.Reset();
  result = transport.context_create((*block)->abi(), &context, &error);
  if (result != KW_OK) return failed(ErrorText(result, error));
  if (context == nullptr) return failed("it made no context and reported no error");
  return std::make_shared<const PluginContext>(std::move(generation), context);
}

Result<ContextPtr> MakeCarrierContext(const Stack& stack, const Settings& settings) {
  return MakeContext(stack.carrier_context().shared_generation(), settings, "a listener", Sides::kBoth);
}

std::string_view StackName(const Stack& stack) { return stack.name(); }

bool StackIsEncrypted(const Stack& stack) { return stack.encrypted(); }

}  // namespace keyway::net
