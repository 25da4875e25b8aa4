// Addresses of carriers: asking a carrier what a text means and where a descriptor's ends are, and small changes of text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "keyway/transport.h"
#include "server/base/error.h"

namespace keyway::net {

class PluginContext;

// What the carrier makes of `text`; never empty. `purpose` is KW_FOR_LISTEN or KW_FOR_DIAL. May block. [background]
Result<std::vector<kw_address>> ResolveAddress(const PluginContext& carrier, const std::string& text, uint32_t purpose);

struct FdAddress {
  std::string text;  // empty when the carrier does not know
  uint16_t port = 0;
};
FdAddress DescribeFd(const PluginContext& carrier, int fd, uint32_t end);  // [any]
bool FdIsLocal(const PluginContext& carrier, int fd);                      // [any]

// The text of an address, whether or not the plug-in has ended it with a zero byte.
std::string AddressText(const kw_address& address);

// "[::1]:0" and 6379 → "[::1]:6379". Text without a port stays as it is.
std::string WithPort(std::string_view text, uint16_t port);

// Orders addresses for a race: families take turns, IPv6 first, each in the order it came (RFC 8305).
void InterleaveFamilies(std::vector<kw_address>& addresses);

}  // namespace keyway::net
