// The files that --svg, --mermaid and --pcap name beside a conversation that is being held: one picture and one diagram
// for each conversation, one capture of all of them.
//
// The first conversation's files have the names as given, the second one's "-2" before the suffix, and so on. A call
// that came to nothing has its files written only where nothing came of any other.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/commented_capture.h"
#include "app/effective.h"
#include "app/ladder_outputs.h"
#include "app/options.h"
#include "app/payload_encodings.h"
#include "base/ids.h"
#include "model/event.h"
#include "talk/tracer.h"

namespace earshot::app {

class LadderFiles {
  public:
    static constexpr std::size_t kMostRows = 5000;  // of one picture: what it is drawn from is kept until it is written
    static constexpr std::uint32_t kMostFiles = 1000;  // of each kind: callers make them

    // Null: none were asked for. Errors: a name that nothing can be written to, before anything is done.
    static Result<std::unique_ptr<LadderFiles>> make(const Options& options, const Effective& holds);

    void take(SessionId id, const model::Traced& told, bool established);
    void take(std::uint32_t ladder, trace::End self, const talk::PacketTap::Seen& seen);
    // What is said of the encodings counts more than what the payloads look like.
    void encoding_changed(SessionId id, const model::EncodingChanged& change);
    // Packets cannot be had.
    void no_packets() const;
    // After each batch.
    void flush();
    // Nothing follows.
    void finish();

  private:
    struct Ladder {
        SessionId id;
        trace::End self;
        view::PayloadEncodings encodings;
        trace::Heading heading;
        std::vector<trace::Row> early;           // as long as there is no conversation
        std::unique_ptr<LadderOutputs> outputs;  // null: not yet, or not any more
        std::size_t rows = 0;
        bool done = false;
    };

    LadderFiles(const Options& options, std::vector<const text::Encoding*> candidates, view::PayloadEncodings as_client,
                view::PayloadEncodings as_server);
    const view::PayloadEncodings& encodings_of(trace::End self) const {
        return self == trace::End::client ? as_client_ : as_server_;
    }
    void open(Ladder& ladder);
    void write(Ladder& ladder, const trace::Row& row);
    void close(Ladder& ladder);
    bool check(const Status& done);

    const LadderWish& wish_;
    std::vector<const text::Encoding*> candidates_;
    view::PayloadEncodings as_client_, as_server_;  // where this end called, or was called
    std::map<std::uint32_t, Ladder> ladders_;
    std::deque<Ladder> unanswered_;
    std::optional<CommentedCapture> capture_;
    std::map<std::pair<std::string, int>, std::uint32_t> interfaces_;  // by name and link type
    std::map<std::uint32_t, PacketComments> comments_;                 // by ladder
    std::uint32_t files_ = 0;
    bool told_of_most_ = false;
    std::set<std::string> complaints_;  // each once
};

}  // namespace earshot::app
