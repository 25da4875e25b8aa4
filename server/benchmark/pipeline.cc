#include "server/benchmark/pipeline.h"

#include <cstring>

#include "server/base/number.h"

namespace keyway::benchmark {
namespace {

std::vector<size_t> PlacesOf(std::string_view text, std::string_view mark) {
  std::vector<size_t> places;
  for (size_t at = text.find(mark); at != text.npos; at = text.find(mark, at + mark.size())) places.push_back(at);
  return places;
}

std::vector<size_t> Repeat(const std::vector<size_t>& places, size_t count, size_t distance) {
  std::vector<size_t> all;
  all.reserve(places.size() * count);
  for (size_t i = 0; i < count; ++i) {
    for (size_t place : places) all.push_back(i * distance + place);
  }
  return all;
}

}  // namespace

Pipeline::Pipeline(std::string_view request, size_t count, std::optional<uint64_t> keyspace, bool tags, Random random)
    : count_(count), request_bytes_(request.size()), random_(random) {
  bytes_.reserve(request.size() * count);
  for (size_t i = 0; i < count; ++i) bytes_.append(request);
  if (keyspace) {
    auto places = PlacesOf(request, kRandomMark);
    keyspace_ = *keyspace;
    digits_ = keyspace_ < 2 ? 0 : Uint64Length(keyspace_ - 1);
    digits_a_request_ = places.size();
    digits_at_ = Repeat(places, count, request.size());
    for (size_t place : digits_at_) std::memset(bytes_.data() + place, '0', kRandomMark.size());
  }
  if (tags) tags_at_ = Repeat(PlacesOf(request, kTagMark), count, request.size());
}

void Pipeline::SetTag(std::string_view tag) {
  for (size_t place : tags_at_) std::memcpy(bytes_.data() + place + 1, tag.data(), kTagBytes);
}

void Pipeline::Randomize(size_t count) {
  if (digits_ == 0) return;
  size_t places = count * digits_a_request_;
  for (size_t i = 0; i < places; ++i) {
    char* last = bytes_.data() + digits_at_[i] + kRandomMark.size() - 1;
    uint64_t number = random_.Below(keyspace_);
    for (size_t digit = 0; digit < digits_; ++digit) {
      last[-static_cast<ptrdiff_t>(digit)] = static_cast<char>('0' + number % 10);
      number /= 10;
    }
  }
}

void Pipeline::Append(OutputBuffer& out, size_t count) {
  Randomize(count);
  out.Append(std::string_view(bytes_).substr(0, count * request_bytes_));
}

}  // namespace keyway::benchmark
