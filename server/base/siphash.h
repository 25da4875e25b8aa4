// SipHash-1-3, the keyed hash of every table that holds names chosen by clients: without the key nobody can construct
// collisions. The process draws its key once from the kernel.
#pragma once

#include <cstdint>
#include <string_view>

namespace keyway {

struct SipKey {
  uint64_t low;
  uint64_t high;
};

// The key that this process drew at its first use; never changes afterwards. [any]
const SipKey& ProcessSipKey();

// SipHash-1-3 of `bytes` under `key`. [any]
uint64_t SipHash13(std::string_view bytes, const SipKey& key);
// The same, with the ASCII letters A-Z taken as a-z. [any]
uint64_t SipHash13NoCase(std::string_view bytes, const SipKey& key);

// What the keyspace and all collections use: SipHash-1-3 under the process's key. [any]
uint64_t HashBytes(std::string_view bytes);

}  // namespace keyway
