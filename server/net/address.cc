#include "server/net/address.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "server/net/abi_error.h"
#include "server/net/fork_guard.h"
#include "server/net/generation.h"

namespace keyway::net {
namespace {

constexpr size_t kMaxAddresses = 64;  // of one name

void Collect(void* arg, const kw_address* address) {
  auto& out = *static_cast<std::vector<kw_address>*>(arg);
  if (out.size() >= kMaxAddresses || address->size < KW_ADDRESS_SIZE_0_9 || address->data_len > KW_ADDRESS_DATA) return;
  kw_address copy;
  std::memcpy(&copy, address, sizeof copy);
  copy.size = sizeof copy;
  out.push_back(copy);
}

}  // namespace

Result<std::vector<kw_address>> ResolveAddress(const PluginContext& carrier, const std::string& text,
                                               uint32_t purpose) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  std::vector<kw_address> addresses;
  AbiError error;
  int32_t result =
      carrier.transport().carrier->resolve(carrier.get(), text.c_str(), purpose, Collect, &addresses, &error);
  if (result != KW_OK) return Fail(ErrorText(result, error));
  if (addresses.empty()) return Fail(fmt::format("'{}' has no address", text));
  return addresses;
}

FdAddress DescribeFd(const PluginContext& carrier, int fd, uint32_t end) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  kw_address address;
  std::memset(&address, 0, sizeof address);
  address.size = sizeof address;
  AbiError error;
  if (carrier.transport().carrier->fd_describe(carrier.get(), fd, end, &address, &error) != KW_OK) return {};
  return {AddressText(address), static_cast<uint16_t>(address.port)};
}

bool FdIsLocal(const PluginContext& carrier, int fd) {
  KW_ASSERT_PLUGIN_CALL_ALLOWED();
  return carrier.transport().carrier->is_local(carrier.get(), fd) == 1;
}

std::string AddressText(const kw_address& address) {
  return std::string(address.text, strnlen(address.text, sizeof address.text));
}

std::string WithPort(std::string_view text, uint16_t port) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::string(text);
  return fmt::format("{}:{}", text.substr(0, colon), port);
}

void InterleaveFamilies(std::vector<kw_address>& addresses) {
  auto is_v6 = [](const kw_address& address) { return address.text[0] == '['; };
  std::stable_partition(addresses.begin(), addresses.end(), is_v6);
  auto first_v4 = std::find_if_not(addresses.begin(), addresses.end(), is_v6);
  auto v6_count = static_cast<size_t>(first_v4 - addresses.begin());
  std::vector<kw_address> ordered;
  ordered.reserve(addresses.size());
  for (size_t i = 0; i < std::max(v6_count, addresses.size() - v6_count); ++i) {
    if (i < v6_count) ordered.push_back(addresses[i]);
    if (v6_count + i < addresses.size()) ordered.push_back(addresses[v6_count + i]);
  }
  addresses = std::move(ordered);
}

}  // namespace keyway::net
