// Requests on their way from an I/O thread to the exec thread and their replies on the way back.
//
// A batch owns the buffer that its words point into, so moving the batch moves the bytes with it. The I/O side fills it
// (parse, command lookup, key hash), the exec thread runs it, then it goes back with the replies and is used again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/output_buffer.h"
#include "server/base/receive_buffer.h"
#include "server/command/command_table.h"
#include "server/resp/request_parser.h"

namespace keyway::dispatch {

struct Request {
  const command::CommandSpec* spec;  // null: unknown command or subcommand
  uint64_t key_hash;                 // of word key_position, if that is not 0
  uint32_t first_word;
  uint32_t word_count;
  uint32_t key_position;
  uint32_t bytes;  // of protocol; UINT32_MAX when larger
};

// Why nothing follows the requests of a batch.
enum class BatchEnd : uint8_t {
  kMore,           // the connection is parsed on once the batch is back
  kProtocolError,  // error_text says which; the connection is closed after its reply
  kEndOfStream,    // the peer closed
  kQueryTooLarge,  // beyond client-query-buffer-limit; closed without a reply
};

struct Batch {
  ReceiveBuffer buffer;
  std::vector<std::string_view> words;
  std::vector<Request> requests;
  size_t next = 0;  // the request to run next; those before it are done
  BatchEnd end = BatchEnd::kMore;
  std::string error_text;
  size_t received_bytes = 0;  // by the connection since the last batch
  OutputBuffer replies;       // on the way back

  bool Finished() const { return next == requests.size(); }
  command::Words WordsOf(const Request& request) const {
    return {words.data() + request.first_word, request.word_count};
  }
  // Gives back the requests, which are all done, and their buffer; what comes behind them stays known.
  void DropRequests();
  // Empties it for the next use. Large vectors are given back, so that one long pipeline does not pin its memory.
  void Reset();
};

struct FillOptions {
  resp::ParseLimits limits;
  size_t max_requests = 1024;
};

// Moves all whole requests out of `received` into the batch: the buffer goes over as it is, and only the bytes behind the last whole
// request are copied back. Stops behind a request that decides how the following bytes are read. Leaves `received` as it
// is when not one request is whole. Returns whether the batch has anything to run or report. [io]
bool FillBatch(Batch& batch, ReceiveBuffer& received, resp::RequestParser& parser, const FillOptions& options,
               const command::CommandTable& commands);

}  // namespace keyway::dispatch
