#include "server/dispatch/batch.h"

#include <algorithm>
#include <cstdint>

#include "server/base/siphash.h"
#include "server/command/key_finder.h"

namespace keyway::dispatch {
namespace {

constexpr size_t kMaxKeptWords = 4096;

using resp::RequestParser;

// Appends the request whose words are the last `argc` of the batch.
const command::CommandSpec* AppendRequest(Batch& batch, size_t argc, size_t bytes,
                                          const command::CommandTable& commands) {
  size_t first = batch.words.size() - argc;
  command::Words words{batch.words.data() + first, argc};
  Request request{};
  request.spec = commands.Lookup(words);
  request.first_word = static_cast<uint32_t>(first);
  request.word_count = static_cast<uint32_t>(argc);
  request.bytes = static_cast<uint32_t>(std::min<size_t>(bytes, UINT32_MAX));
  if (request.spec != nullptr) {
    size_t position = command::FirstKey(*request.spec, words);
    if (position > 0) {
      request.key_position = static_cast<uint32_t>(position);
      request.key_hash = HashBytes(words[position]);
    }
  }
  batch.requests.push_back(request);
  return request.spec;
}

}  // namespace

void Batch::DropRequests() {
  buffer.Release();
  std::vector<std::string_view>().swap(words);
  std::vector<Request>().swap(requests);
  next = 0;
}

void Batch::Reset() {
  buffer.Release();
  if (words.capacity() > kMaxKeptWords) std::vector<std::string_view>().swap(words);
  if (requests.capacity() > kMaxKeptWords) std::vector<Request>().swap(requests);
  words.clear();
  requests.clear();
  replies.Clear();
  error_text.clear();
  next = received_bytes = 0;
  end = BatchEnd::kMore;
}

bool FillBatch(Batch& batch, ReceiveBuffer& received, RequestParser& parser, const FillOptions& options,
               const command::CommandTable& commands) {
  char* begin = received.mutable_begin();
  size_t size = received.readable().size(), used = 0;
  while (batch.requests.size() < options.max_requests && used < size) {
    RequestParser::Status status = parser.Next(begin + used, size - used, options.limits, batch.words);
    if (status == RequestParser::Status::kNeedMore) break;
    if (status == RequestParser::Status::kError) {
      batch.end = BatchEnd::kProtocolError;
      batch.error_text = parser.error();
      break;
    }
    used += parser.consumed();
    if (parser.argc() == 0) continue;
    const command::CommandSpec* spec = AppendRequest(batch, parser.argc(), parser.consumed(), commands);
    if (spec != nullptr && spec->Has(command::kFlagEndsBatch)) break;
  }
  if (batch.requests.empty()) {
    received.Consume(used);
    if (received.readable().empty()) received.Release();
    return batch.end != BatchEnd::kMore;
  }
  received.Consume(used);
  std::string_view rest = received.readable();
  ReceiveBuffer tail;
  if (!rest.empty()) tail.Append(rest);
  batch.buffer = std::move(received);
  received = std::move(tail);
  return true;
}

}  // namespace keyway::dispatch
