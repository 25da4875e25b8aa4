// A request, repeated as often as a pipeline has requests and ready to be sent. What differs from send to send is written over
// the bytes where they stand: the twelve digits of "__rand_int__" and the hash tag of "{tag}".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/output_buffer.h"
#include "server/base/random.h"

namespace keyway::benchmark {

inline constexpr std::string_view kRandomMark = "__rand_int__";
inline constexpr std::string_view kTagMark = "{tag}";
inline constexpr size_t kTagBytes = 3;

class Pipeline {
 public:
  // `keyspace`: random numbers are below it (0: they are 0); empty: the marks stay. `tags`: whether "{tag}" is replaced.
  Pipeline(std::string_view request, size_t count, std::optional<uint64_t> keyspace, bool tags, Random random);

  size_t count() const { return count_; }
  bool has_tags() const { return !tags_at_.empty(); }
  // Every {tag} holds these kTagBytes from now on.
  void SetTag(std::string_view tag);
  // Appends the first `count` requests, with new random numbers.
  void Append(OutputBuffer& out, size_t count);

 private:
  void Randomize(size_t count);

  size_t count_;
  size_t request_bytes_;
  std::string bytes_;
  std::vector<size_t> digits_at_;  // of all requests, in order
  std::vector<size_t> tags_at_;
  size_t digits_a_request_ = 0;
  uint64_t keyspace_ = 0;
  size_t digits_ = 0;  // how many of the twelve can differ from '0'
  Random random_;
};

}  // namespace keyway::benchmark
