// Set: members at random.
#include <unordered_set>

#include "server/base/check.h"
#include "server/base/number.h"
#include "server/base/random.h"
#include "server/data/sampling.h"
#include "server/data/set.h"

namespace keyway::data {
namespace {

using ds::Intset;
using ds::Listpack;
using ds::ListpackView;
using ds::StringEntry;

// From so many picks on, the places of all elements of a listpack are noted first instead of being sought each time.
constexpr size_t kPicksWorthAnIndex = 4;

Set::Member MemberOf(const void* entry) { return Set::TextMember(static_cast<const StringEntry*>(entry)->name()); }

}  // namespace

Set::Member Set::Random(keyway::Random& random) const {
  if (is_intset()) return IntegerMember(intset().At(random.Below(intset().size())));
  if (is_pack()) return pack().Get(pack().Seek(static_cast<int64_t>(random.Below(pack().size()))));
  return TextMember(table().Random(random));
}

void Set::DrawWith(size_t count, keyway::Random& random, Visitor visit, void* context) const {
  if (!is_pack() || count < kPicksWorthAnIndex) {
    for (; count > 0; --count) {
      if (!visit(context, Random(random))) return;
    }
    return;
  }
  const ListpackView view = pack();
  std::vector<uint32_t> places;
  for (uint32_t at = view.First(); at != 0; at = view.Next(at)) places.push_back(at);
  for (; count > 0; --count) {
    if (!visit(context, view.Get(places[random.Below(places.size())]))) return;
  }
}

void Set::SampleWith(size_t count, keyway::Random& random, Visitor visit, void* context) const {
  const size_t members = size();
  KW_DCHECK(count <= members);
  if (is_pack() || SelectionIsCheaper(count, members)) {
    Selection selection(count, members);
    if (selection.done()) return;
    ForEach([&](const Member& member) {
      return !(selection.TakesNext(random) && !visit(context, member)) && !selection.done();
    });
    return;
  }
  if (is_intset()) {
    std::unordered_set<size_t> drawn;
    while (drawn.size() < count) {
      const size_t index = random.Below(members);
      if (drawn.insert(index).second && !visit(context, IntegerMember(intset().At(index)))) return;
    }
    return;
  }
  table().table().Step();
  std::unordered_set<const void*> drawn;
  while (drawn.size() < count) {
    const void* entry = table().table().RandomEntry(random);
    if (drawn.insert(entry).second && !visit(context, MemberOf(entry))) return;
  }
}

void Set::PopWith(size_t count, keyway::Random& random, Visitor visit, void* context) {
  const size_t members = size();
  KW_DCHECK(count <= members);
  if (!is_pack() && !SelectionIsCheaper(count, members)) {
    for (; count > 0; --count) {
      const Member member = Random(random);
      visit(context, member);
      Remove(member);
    }
    return ShrinkIfSparse();
  }
  Selection selection(count, members);
  if (is_intset()) {
    Intset changed = TakeIntset();
    changed.Retain([&](int64_t integer) {
      if (!selection.TakesNext(random)) return true;
      visit(context, IntegerMember(integer));
      return false;
    });
    Keep(std::move(changed));
  } else if (is_pack()) {
    Listpack rest;
    pack().ForEach([&](const Member& member) {
      if (selection.TakesNext(random)) {
        visit(context, member);
      } else if (member.is_integer) {
        rest.AppendInteger(member.integer);
      } else {
        rest.Append(member.text);
      }
    });
    Replace(std::move(rest));
  } else {
    table().table().ForEach([&](void* entry) {
      if (selection.TakesNext(random)) {
        visit(context, MemberOf(entry));
        table().RemoveCurrent(static_cast<StringEntry*>(entry));
      }
      return !selection.done();
    });
    ShrinkIfSparse();
  }
}

}  // namespace keyway::data
