#include "server/net/stack.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "server/base/check.h"
#include "server/base/siphash.h"
#include "server/net/settings_reader.h"

namespace keyway::net {
namespace {

std::string NameOf(const PluginContext& carrier, const PluginContext* filter) {
  const std::string& carrier_id = carrier.generation().id();
  if (filter == nullptr) return carrier_id;
  return carrier_id == "tcp" ? filter->generation().id() : filter->generation().id() + "+" + carrier_id;
}

constexpr size_t kMaxProtocolName = 32;

// What the filter is called in words to peers that speak something else.
std::string ProtocolOf(const PluginContext& filter) {
  const kw_ext_hello* hello = filter.generation().extensions().hello;
  if (hello == nullptr || !KW_HAS_FIELD(hello, kw_ext_hello, protocol) || hello->protocol == nullptr)
    return filter.generation().id();
  return Readable(hello->protocol, kMaxProtocolName);
}

std::string RefusalOf(const PluginContext* filter) {
  if (filter == nullptr) return "";
  return fmt::format("-ERR I/O error: this port speaks {} only\r\n", ProtocolOf(*filter));
}

}  // namespace

Stack::Stack(ContextPtr carrier, ContextPtr filter, AcceptRules rules)
    : carrier_(std::move(carrier)),
      filter_(std::move(filter)),
      name_(NameOf(*carrier_, filter_.get())),
      plaintext_refusal_(RefusalOf(filter_.get())),
      rules_(std::move(rules)) {
  const Generation& below = carrier_->generation();
  KW_CHECK(below.has_role(KW_ROLE_FD_CARRIER | KW_ROLE_STREAM_CARRIER));
  KW_CHECK(filter_ == nullptr || filter_->generation().has_role(KW_ROLE_FILTER));
  stream_ = below.has_role(KW_ROLE_STREAM_CARRIER);
  encrypted_ = below.secure() || (filter_ != nullptr && filter_->generation().secure());
  if (rules_.plaintext) plain_ = std::make_shared<const Stack>(carrier_, nullptr);
  for (const AcceptRules::Named& named : rules_.by_name) {
    AcceptRules own;
    own.user_field = named.user_field;
    own.origin = rules_.origin + "\n" + named.label;
    own.revokes = named.revokes;
    auto stack = std::make_shared<const Stack>(carrier_, named.stack->shared_filter_context(), std::move(own));
    for (const std::string& name : named.server_names) by_name_.emplace(name, stack);
  }
  thread_affine_ = (stream_ && below.thread_affine()) || (filter_ != nullptr && filter_->generation().thread_affine());
}

std::shared_ptr<const Stack> Stack::ForServerName(std::string_view name) const {
  if (by_name_.empty() || name.empty()) return nullptr;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (auto exact = by_name_.find(name); exact != by_name_.end()) return exact->second;
  const size_t dot = name.find('.');
  if (dot == name.npos || dot == 0) return nullptr;
  auto wildcard = by_name_.find("*" + std::string(name.substr(dot)));
  return wildcard == by_name_.end() ? nullptr : wildcard->second;
}

std::string_view Stack::hello_refusal() const {
  const kw_ext_hello* hello = filter_ != nullptr ? filter_extensions().hello : nullptr;
  if (hello == nullptr || !KW_HAS_FIELD(hello, kw_ext_hello, broken_answer) || hello->broken_answer == nullptr)
    return {};
  return {static_cast<const char*>(hello->broken_answer->data), hello->broken_answer->len};
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

namespace {

// The context among `stacks` that is of this copy of the plug-in and was made of the same; null: none is.
ContextPtr FindSame(const std::vector<std::shared_ptr<const Stack>>& stacks, const Generation& generation,
                    const SettingsDigest& digest) {
  auto is_same = [&](const ContextPtr& context) {
    return &context->generation() == &generation && context->digest() == digest;
  };
  for (const std::shared_ptr<const Stack>& stack : stacks) {
    if (is_same(stack->shared_carrier_context())) return stack->shared_carrier_context();
    if (stack->has_filter() && is_same(stack->shared_filter_context())) return stack->shared_filter_context();
  }
  return nullptr;
}

void NoteSeen(ContextReuse& reuse, uint64_t what) {
  const uint64_t both[] = {reuse.seen, what};
  reuse.seen = HashBytes({reinterpret_cast<const char*>(both), sizeof both});
}

}  // namespace

Result<ContextPtr> MakeContext(std::shared_ptr<const Generation> generation, const Settings& settings,
                               std::string purpose, Sides sides, ContextReuse* reuse) {
  auto failed = [&](const std::string& why) { return Fail(fmt::format("{}: {}", generation->id(), why)); };
  const bool anew = reuse == nullptr || reuse->anew == generation->id();
  auto block = SettingsBlock::Read(settings, generation->tables(), std::move(purpose), sides, /*quiet=*/!anew);
  if (!block) return failed(block.error().text());
  const SettingsDigest digest = (*block)->digest();
  if (reuse != nullptr) NoteSeen(*reuse, digest[0]);
  if (!anew) {
    if (ContextPtr same = FindSame(reuse->stacks, *generation, digest)) return same;
  }

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
  return std::make_shared<const PluginContext>(std::move(generation), context, digest);
}

Result<ContextPtr> MakeCarrierContext(const Stack& stack, const Settings& settings) {
  return MakeContext(stack.carrier_context().shared_generation(), settings, "a listener", Sides::kBoth);
}

namespace {

Result<> CheckNamesUsers(const Stack& stack, PeerUserField field) {
  if (field == PeerUserField::kNone || (stack.has_filter() && stack.filter_extensions().peer_cert != nullptr))
    return {};
  return Fail(fmt::format("tls-auth-clients-user: {} does not tell what stands in certificates", stack.name()));
}

}  // namespace

Result<std::shared_ptr<const Stack>> WithAcceptRules(const std::shared_ptr<const Stack>& stack, AcceptRules rules) {
  const bool looks = rules.plaintext || !rules.by_name.empty();
  if (looks && (!stack->has_filter() || stack->filter_extensions().hello == nullptr)) {
    return Fail(fmt::format("{} cannot tell who comes by the first bytes", stack->name()));
  }
  if (auto names = CheckNamesUsers(*stack, rules.user_field); !names) return std::unexpected(names.error());
  std::map<std::string_view, std::string_view> owners;
  for (const AcceptRules::Named& named : rules.by_name) {
    if (!named.stack->has_filter())
      return Fail(fmt::format("{}: {} encrypts nothing", named.label, named.stack->name()));
    if (auto names = CheckNamesUsers(*named.stack, named.user_field); !names)
      return std::unexpected(names.error().Within(named.label));
    for (const std::string& name : named.server_names) {
      auto [owner, added] = owners.emplace(name, named.label);
      if (!added)
        return Fail(fmt::format("{} and {} both have the server name '{}'", owner->second, named.label, name));
    }
  }
  return std::make_shared<const Stack>(stack->shared_carrier_context(),
                                       stack->has_filter() ? stack->shared_filter_context() : nullptr,
                                       std::move(rules));
}

void AddRevoking(const std::shared_ptr<const Stack>& stack, NewerStacks& to) {
  if (stack->rules().revokes) to[stack->rules().origin] = stack;
  for (const auto& [name, chosen] : stack->by_name()) {
    if (chosen->rules().revokes) to[chosen->rules().origin] = chosen;
  }
}

Result<> SetTicketSecrets(const Stack& stack, std::string_view secrets) {
  for (const auto& [name, chosen] : stack.by_name()) {
    if (auto done = SetTicketSecrets(*chosen, secrets); !done) return done;
  }
  if (!stack.has_filter() || stack.filter_extensions().tickets == nullptr) return {};
  stack.EnterThread();
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  const kw_bytes bytes{secrets.data(), secrets.size()};
  AbiError error;
  int32_t result = stack.filter_extensions().tickets->set_secrets(stack.filter_context().get(), &bytes, &error);
  if (result != KW_OK) return Fail(stack.name() + ": " + ErrorText(result, error));
  return {};
}

std::string_view StackName(const Stack& stack) { return stack.name(); }

bool StackUses(const Stack& stack, std::string_view plugin_id) {
  if (stack.carrier_context().generation().id() == plugin_id) return true;
  if (stack.has_filter() && stack.filter_context().generation().id() == plugin_id) return true;
  return std::any_of(stack.by_name().begin(), stack.by_name().end(),
                     [&](const auto& named) { return StackUses(*named.second, plugin_id); });
}

bool StackIsEncrypted(const Stack& stack) { return stack.encrypted(); }

}  // namespace keyway::net
