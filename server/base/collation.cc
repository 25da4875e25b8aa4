#include "server/base/collation.h"

#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include <string_view>

namespace keyway {
namespace {

bool IsBytewise(locale_t locale) {
#if defined(_NL_LOCALE_NAME)
  const std::string_view resolved = nl_langinfo_l(_NL_LOCALE_NAME(LC_COLLATE), locale);
  return resolved == "C" || resolved == "POSIX" || resolved.starts_with("C.");
#else
  return false;
#endif
}

}  // namespace

Collation::Collation(const std::string& name) : name_(name) {
  const locale_t locale = newlocale(LC_COLLATE_MASK, name.c_str(), nullptr);
  if (locale == nullptr) return;
  if (IsBytewise(locale)) {
    freelocale(locale);
  } else {
    locale_ = locale;
  }
}

Collation::~Collation() {
  if (locale_ != nullptr) freelocale(static_cast<locale_t>(locale_));
}

int Collation::Compare(const char* a, const char* b) const { return strcoll_l(a, b, static_cast<locale_t>(locale_)); }

}  // namespace keyway
