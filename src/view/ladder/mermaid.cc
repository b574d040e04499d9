#include "view/ladder/mermaid.h"

#include <fmt/format.h>

#include <string_view>

#include "base/i18n.h"
#include "view/ladder/explain.h"
#include "view/ladder/words.h"

namespace earshot::view {
namespace {

using namespace trace;

constexpr int kPreview = 60;  // columns of payload

// Mermaid ends a statement at `;` and `#`, reads entities after `#`, and a browser reads what it makes as HTML; so all
// ASCII but what certainly means nothing is written as `#NN;`.
std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (letter || byte >= 0x80 || std::string_view(" =,.()-+?'!:").find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += fmt::format("#{};", byte);
        }
    }
    return out;
}

std::string note(std::string_view where, std::string_view text) {
    return fmt::format("    Note {}: {}\n", where, escaped(text));
}

std::string states(const Row& row) {
    std::string out;
    if (row.client) out += note("left of C", state_text(*row.client));
    if (row.server) out += note("right of S", state_text(*row.server));
    return out;
}

}  // namespace

std::string MermaidLadder::begin(const Heading& heading) {
    const std::string label = label_.empty() ? std::string() : label_ + "  ";
    return fmt::format("sequenceDiagram\n    participant C as {}\n    participant S as {}\n",
                       escaped(end_text(heading, End::client)), escaped(end_text(heading, End::server))) +
           note("over C,S", label + tr_format("seen: {}", source_text(heading)));
}

std::string MermaidLadder::arrow(const Row& row, const SegmentRow& it) {
    std::string text = joined(arrow_words(it, windows_));
    const PayloadText payload = payloads_.read(row);
    const std::string shown = payload_preview(payload, it.segment.payload, kPreview);
    if (!shown.empty() && !is_retransmission(it)) text += "  " + shown;
    const std::string delta = delta_text(row);
    text += fmt::format("  ({}{})", delta, delta.find_first_of("sd?") == std::string::npos ? " ms" : "");
    const char* const line = it.sight == Sight::seen ? "->>" : "-->>";
    const bool right = it.segment.from == End::client;
    return fmt::format("    {}{}{}: {}\n", right ? "C" : "S", line, right ? "S" : "C", escaped(text));
}

std::string MermaidLadder::row(const Row& row) {
    std::string out;
    if (const auto* segment = std::get_if<SegmentRow>(&row.body)) {
        out = arrow(row, *segment);
    } else if (const auto* fold = std::get_if<FoldRow>(&row.body)) {
        payloads_.read(row);
        for (const std::string& text : fold_texts(*fold)) out += note("over C,S", "... " + text + " ...");
    } else if (const std::string text = note_text(std::get<NoteRow>(row.body)); !text.empty()) {
        out = note("over C,S", text);
    }
    if (explain_) {
        for (const Utterance& said : explain(row)) {
            out += note(said.speaker == End::client ? "left of C" : "right of S", said.text);
        }
    }
    return out + states(row);
}

}  // namespace earshot::view
