// SCAN through a database, one page after another, as the reports on keys do it.
#pragma once

#include <string>
#include <vector>

#include "server/cli/options.h"
#include "server/cli/session.h"

namespace keyway::cli {

class KeyScan {
 public:
  KeyScan(Session& session, const CliOptions& options) : session_(session), options_(options) {}

  bool done() const { return done_; }
  // The next keys, perhaps none. The error is a line for standard error.
  Result<std::vector<std::string>> Next();
  uint64_t pages() const { return pages_; }
  // Where -i applies per hundred pages.
  void PauseEachHundred() const;

 private:
  Session& session_;
  const CliOptions& options_;
  std::string cursor_ = "0";
  uint64_t pages_ = 0;
  bool done_ = false;
};

Result<int64_t> AskDatabaseSize(Session& session);

}  // namespace keyway::cli
