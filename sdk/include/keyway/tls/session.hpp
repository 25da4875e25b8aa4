// The envelope around a client session that leaves the plug-in by session/1:
//
//   "KWS1" ‖ tag length(4) ‖ tag ‖ the library's own form
//
// The tag names plug-in, library version and the peers that were acceptable (Expectation::Fingerprint), and must be equal on the
// way back: a resumed connection checks no certificate again, so a session must not reach a connection that expects somebody else.
#pragma once

#include <string>
#include <string_view>

namespace keyway::sdk::tls {

inline std::string WrapSession(std::string_view tag, std::string_view library_form) {
  std::string out = "KWS1";
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(tag.size() >> shift & 0xff));
  out += tag;
  out += library_form;
  return out;
}

// The library's form, or an empty view when the envelope is not one of this tag.
inline std::string_view UnwrapSession(std::string_view tag, std::string_view envelope) {
  std::string head = WrapSession(tag, {});
  if (envelope.substr(0, head.size()) != head) return {};
  return envelope.substr(head.size());
}

}  // namespace keyway::sdk::tls
