#include "text/output.h"

namespace earshot::text {

void MalformedMap::error(ByteCount raw_at, std::size_t text_at, const std::uint8_t* bytes, unsigned size) {
    if (malformed == nullptr) return;
    MalformedUnit unit{raw_at, static_cast<std::uint32_t>(text_at), static_cast<std::uint8_t>(size), {}};
    std::memcpy(unit.bytes, bytes, size);
    malformed->push_back(unit);
}

void RunMap::add(std::size_t raw, std::size_t text, unsigned raw_unit, unsigned text_unit, RunKind kind) {
    runs.push_back({static_cast<std::uint32_t>(raw), static_cast<std::uint32_t>(text),
                    static_cast<std::uint8_t>(raw_unit), static_cast<std::uint8_t>(text_unit), kind});
}

void RunMap::Stretches::append(RunMap& map, const Run* begin, const Run* end) {
    const auto add = [&](const Run& run) { map.run(run.raw_size, run.text_size, run.raw_unit, run.text_unit); };
    add(begin[0]);
    add(begin[1]);
    while (end > begin + 2 && end[-1].raw_size == 0) --end;
    if (end > begin + 2) map.runs.insert(map.runs.end(), begin + 2, end);
}

void TextBuffer::put(const std::uint8_t* text, std::size_t size) {
    if (size <= room()) {
        std::memcpy(at_, text, size);
        at_ += size;
    } else {
        spill();
        text_.append(reinterpret_cast<const char*>(text), size);
    }
}

void TextBuffer::spill() {
    text_.append(buffer_, static_cast<std::size_t>(at_ - buffer_));
    at_ = buffer_;
}

template class Output<MalformedMap>;
template class Output<RunMap>;

}  // namespace earshot::text
