// Any visitor as a function and a context, so that a .cc file can call what a template was given. A visitor that returns
// nothing goes on.
//
//   template <class Visit>
//   void ForEach(Visit&& visit) const {
//     ForEachWith(CallVisitor<std::remove_reference_t<Visit>, Member>, VisitorContext(visit));
//   }
#pragma once

#include <memory>
#include <type_traits>

namespace keyway::data {

// False: the visitor has seen enough.
template <class Visit, class... Elements>
bool CallVisitor(void* context, const Elements&... elements) {
  Visit& visit = *static_cast<Visit*>(context);
  if constexpr (std::is_same_v<std::invoke_result_t<Visit&, const Elements&...>, bool>) {
    return visit(elements...);
  } else {
    visit(elements...);
    return true;
  }
}

template <class Visit>
void* VisitorContext(Visit& visit) {
  return const_cast<void*>(static_cast<const void*>(std::addressof(visit)));
}

}  // namespace keyway::data
