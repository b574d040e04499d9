#include "net/bpf_code.h"

#include "base/check.h"

namespace earshot::net {

namespace {

constexpr auto kUnbound = static_cast<std::size_t>(-1);

}  // namespace

BpfCode::Label BpfCode::label() {
    places_.push_back(kUnbound);
    return places_.size() - 1;
}

void BpfCode::bind(Label label) { places_[label] = code_.size(); }

void BpfCode::add(int code, Register to, Register from, int offset, std::int32_t value) {
    bpf_insn instruction{};
    instruction.code = static_cast<std::uint8_t>(code);
    instruction.dst_reg = to & 0xf;
    instruction.src_reg = from & 0xf;
    instruction.off = static_cast<std::int16_t>(offset);
    instruction.imm = value;
    code_.push_back(instruction);
}

void BpfCode::jump(int code, Register a, Register b, std::int32_t value, Label to) {
    jumps_.push_back({code_.size(), to});
    add(code, a, b, 0, value);
}

void BpfCode::load_map_value(Register to, int map) {
    // An instruction of two places; the second holds the offset within the value.
    add(BPF_LD | BPF_IMM | BPF_DW, to, static_cast<Register>(BPF_PSEUDO_MAP_VALUE), 0, map);
    add(0, r0, r0);
}

void BpfCode::leave(std::int32_t value) {
    set(r0, value);
    add(BPF_JMP | BPF_EXIT, r0, r0);
}

const std::vector<bpf_insn>& BpfCode::finish() {
    for (const Jump& jump : jumps_) {
        EARSHOT_CHECK(places_[jump.to] != kUnbound);
        code_[jump.at].off = static_cast<std::int16_t>(places_[jump.to] - jump.at - 1);
    }
    return code_;
}

}  // namespace earshot::net
