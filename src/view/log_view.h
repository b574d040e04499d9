// The log of a program that serves: what happened in one line each, in logfmt or JSON, for journals and collectors
// (docs/operation.md). What is said in conversations is left out unless asked for. Nothing a peer sends can begin a
// line or a field of its own.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "model/event.h"
#include "view/json.h"

namespace earshot::view {

enum class LogForm : std::uint8_t { logfmt, json };
enum class LogLevel : std::uint8_t { debug, info, warn, error };
const char* level_name(LogLevel level);

// What the log tells of that is no model::Event, because nobody but it wants to know.
enum class ProgramEvent : std::uint8_t { metrics, access, certificate, restart, failed, log_dropped };
inline constexpr std::size_t kProgramEventCount = 6;
const char* program_event_name(ProgramEvent event);

struct LogOptions {
    LogForm form = LogForm::logfmt;
    LogLevel least = LogLevel::info;  // lines below it are not written
    bool payload = false;             // also what is said, the beginning of each message
    bool priorities = false;          // each line begins with its level as the journal reads it (sd-daemon(3)): "<4>"
};

// The fields of one line. Names are literals of ours.
class LogLine {
  public:
    // Begins the line with time, level and event.
    LogLine(std::string& out, const LogOptions& options, WallTime time, LogLevel level, std::string_view event);
    void text(std::string_view name, std::string_view value);
    void text_if_any(std::string_view name, std::string_view value);
    void number(std::string_view name, std::uint64_t value);
    void seconds(std::string_view name, std::chrono::nanoseconds value);  // to the millisecond
    void truth(std::string_view name, bool value);
    void finish();  // LF included

  private:
    void name(std::string_view name);

    std::string& out_;
    const LogForm form_;
};

// One shard's, or of several whose events come on one thread. Remembers who is there, for the line of his end.
class LogView final : public model::EventSink {
  public:
    LogView(LogOptions options, WriteLine write_line) : options_(options), write_line_(std::move(write_line)) {}

    void take(const model::Event& event) override;
    bool wants_messages() const override { return options_.payload; }
    bool wants_text() const override { return options_.payload; }
    bool wants_openings() const override { return true; }

    const LogOptions& options() const { return options_; }

  private:
    struct Caller {
        std::string peer;
        WallTime since;
    };
    void write(LogLine& line, const model::Event& event);

    const LogOptions options_;
    WriteLine write_line_;
    std::string line_;  // used again
    std::unordered_map<SessionId, Caller> present_;
};

}  // namespace earshot::view
