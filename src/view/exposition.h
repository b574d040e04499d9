// Figures as Prometheus reads them: its text format, version 0.0.4. Pure: families and samples in, lines out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace earshot::view {

class Exposition {
  public:
    static constexpr const char* kType = "text/plain; version=0.0.4; charset=utf-8";

    // Each name once; its samples follow. A counter's name ends in _total.
    void counter(std::string_view name, std::string_view help) { family(name, "counter", help); }
    void gauge(std::string_view name, std::string_view help) { family(name, "gauge", help); }
    void sample(std::uint64_t value);
    void sample(double value);
    // With one label. `label` is a name of ours; the value may be any text.
    void sample(std::string_view label, std::string_view label_value, std::uint64_t value);

    const std::string& text() const { return text_; }

  private:
    void family(std::string_view name, const char* type, std::string_view help);

    std::string text_;
    std::string name_;  // of the family whose samples are written
};

}  // namespace earshot::view
