// Values as RDB files and DUMP payloads hold them. Packed encodings go out as their bytes, others element by element.
#pragma once

#include <cstdint>

#include "server/keyspace/entry.h"
#include "server/persist/rdb_writer.h"

namespace keyway::data {
class Stream;
}

namespace keyway::persist {

// The RdbType of the value in files of that version (kRdbVersion70 or kRdbVersion72).
uint8_t RdbTypeOf(const keyspace::Entry& entry, int version);
// The value without its type.
void WriteValue(RdbWriter& writer, const keyspace::Entry& entry, int version);

void WriteStream(RdbWriter& writer, const data::Stream& stream, int version);  // stream_codec.cc

}  // namespace keyway::persist
