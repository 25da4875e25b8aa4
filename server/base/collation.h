// Collation: the order of texts in a language, as the C library's locales define it.
#pragma once

#include <string>

namespace keyway {

class Collation {
 public:
  // A locale's name as locale-collate takes it; empty: what the environment says. A name that no locale has means the order
  // of bytes.
  explicit Collation(const std::string& name);
  ~Collation();
  Collation(const Collation&) = delete;
  Collation& operator=(const Collation&) = delete;

  const std::string& name() const { return name_; }
  // Whether the order is that of the bytes, so that no Compare is needed.
  bool bytewise() const { return locale_ == nullptr; }
  // Below, equal to or above zero. Requires !bytewise(). [any]
  int Compare(const char* a, const char* b) const;

 private:
  const std::string name_;
  void* locale_ = nullptr;  // a locale_t, whose header is not for everybody
};

}  // namespace keyway
