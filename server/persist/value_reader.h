// Values from RDB files and DUMP payloads of any version, checked to the last byte: nothing that comes out of here can
// harm the server later.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "server/data/limits.h"
#include "server/data/value.h"
#include "server/persist/rdb_reader.h"

namespace keyway::data {
class Stream;
}

namespace keyway::persist {

// The value of that type (an RdbType), stored as the limits ask for. Nothing if the input is corrupt (reader.ok() is false
// then) or if it is a collection without elements (reader.ok() stays true): old servers could write those by mistake, and no
// key may have one. Text of the value lies in `storage` or in the reader, until the next read.
std::optional<data::Value> ReadValue(RdbReader& reader, uint8_t type, const data::EncodingLimits& limits,
                                     std::string& storage);

// stream_codec.cc
std::unique_ptr<data::Stream> ReadStream(RdbReader& reader, uint8_t type, std::string& storage);

// The name that a module's type has inside the number that stands for it in files.
std::string ModuleTypeName(uint64_t id);

}  // namespace keyway::persist
