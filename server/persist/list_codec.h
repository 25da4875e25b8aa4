// Lists in RDB files: nodes, each a packed one or a big element, or plain elements in old ones.
#pragma once

#include <memory>
#include <string>

#include "server/data/limits.h"
#include "server/data/list.h"
#include "server/persist/rdb_reader.h"
#include "server/persist/rdb_writer.h"

namespace keyway::persist {

void WriteList(RdbWriter& writer, const data::List& list);

// Null if the input is corrupt or the list empty; the reader tells which.
std::unique_ptr<data::List> ReadPlainList(RdbReader& reader, const data::ListLimits& limits, std::string& storage);
std::unique_ptr<data::List> ReadZiplistList(RdbReader& reader, const data::ListLimits& limits, std::string& storage);
// `second`: nodes say what they are (kRdbListQuicklist2); before, all of them were ziplists.
std::unique_ptr<data::List> ReadQuicklist(RdbReader& reader, bool second, const data::ListLimits& limits,
                                          std::string& storage);

}  // namespace keyway::persist
