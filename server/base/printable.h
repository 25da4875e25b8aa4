// Names that peers chose, in lines that people and programs read: no byte of them may end a line or a field.
#pragma once

#include <string>
#include <string_view>

namespace keyway {

// Printable ASCII stays as it is; '%', each byte of `also` and everything else (control characters, zero, what is not ASCII) become
// "%" and two hexadecimal digits. So different texts stay different, and the original can be had back. [any]
std::string PercentEncode(std::string_view text, std::string_view also = {});

}  // namespace keyway
