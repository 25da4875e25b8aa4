#include "server/pubsub/message.h"

#include <charconv>
#include <cstring>

#include "server/base/shared_bytes.h"

namespace keyway::pubsub {
namespace {

// A reference costs an allocation of its own, a segment in each output and an atomic step at each end; a copy may cost
// each receiver a fresh chunk.
constexpr size_t kReferenceBytes = 2048;
constexpr size_t kManyReceivers = 16;

size_t Digits(size_t number) {
  size_t digits = 1;
  for (; number >= 10; number /= 10) ++digits;
  return digits;
}

}  // namespace

Message::Message(std::span<const std::string_view> words, size_t receivers) : words_(words) {
  size_ = 1 + Digits(words.size()) + 2;
  for (std::string_view word : words) size_ += 1 + Digits(word.size()) + 2 + word.size() + 2;
  by_reference_ = size_ >= kReferenceBytes || receivers >= kManyReceivers;
}

Message::~Message() {
  for (Form& form : forms_) {
    if (form.shared != nullptr) SharedBytes::Release(form.shared);
  }
}

void Message::Write(char* out, int version) const {
  const auto header = [&](char kind, size_t number) {
    *out++ = kind;
    out = std::to_chars(out, out + Digits(number), number).ptr;
    *out++ = '\r', *out++ = '\n';
  };
  header(version == 3 ? '>' : '*', words_.size());
  for (std::string_view word : words_) {
    header('$', word.size());
    if (!word.empty()) std::memcpy(out, word.data(), word.size());
    out += word.size();
    *out++ = '\r', *out++ = '\n';
  }
}

void Message::Encode(Form& form, int version) const {
  if (by_reference_) {
    form.shared = SharedBytes::Make(size_);
    Write(form.shared->mutable_data(), version);
  } else {
    form.copied.resize(size_);
    Write(form.copied.data(), version);
  }
}

void Message::AppendTo(OutputBuffer& output, int version) {
  Form& form = forms_[version == 3 ? 1 : 0];
  if (form.shared == nullptr && form.copied.empty()) Encode(form, version);
  if (!by_reference_) {
    output.Append(form.copied);
  } else if (size_ >= kReferenceBytes || output.empty()) {
    form.shared->AppendTo(output);
  } else {
    // The turn has more for this client, so that it has or needs a chunk anyway.
    output.Append(form.shared->view());
  }
}

}  // namespace keyway::pubsub
