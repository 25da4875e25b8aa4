// The payloads of DUMP and RESTORE: one value with its type, version and checksum.
#pragma once

#include <string>
#include <string_view>

#include "server/base/error.h"
#include "server/data/limits.h"
#include "server/data/value.h"
#include "server/keyspace/entry.h"

namespace keyway::persist {

// `version` is that of the files this server writes.
std::string WritePayload(const keyspace::Entry& entry, int version, bool compress);

// Whether version and checksum are right. `skip_checksum`: the checksum may be any.
bool PayloadIsIntact(std::string_view payload, bool skip_checksum);

// The value of an intact payload. The error says for the log what is wrong with it. Text of the value lies in `payload` or in
// `storage`.
Result<data::Value> ReadPayload(std::string_view payload, const data::EncodingLimits& limits, std::string& storage);

}  // namespace keyway::persist
