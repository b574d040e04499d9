// Writes a program for the kernel's virtual machine (bpf(2), RFC 9669), instruction by instruction, with labels. As
// much of it as the programs here need.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace earshot::net {

class BpfCode {
  public:
    // r0: what a call or the program returns. r1 to r5: arguments, gone after a call. r6 to r9: kept. r10: the stack's
    // end.
    enum Register : std::uint8_t { r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10 };
    enum Size : std::uint8_t { byte = BPF_B, half = BPF_H, word = BPF_W, twice = BPF_DW };
    using Label = std::size_t;

    Label label();
    void bind(Label label);

    void set(Register to, std::int32_t value) { add(BPF_ALU64 | BPF_MOV | BPF_K, to, r0, 0, value); }
    void copy(Register to, Register from) { add(BPF_ALU64 | BPF_MOV | BPF_X, to, from); }
    void copy32(Register to, Register from) { add(BPF_ALU | BPF_MOV | BPF_X, to, from); }
    // `operation`: BPF_ADD, BPF_SUB, BPF_AND ...; with 32 the upper half becomes 0.
    void compute(std::uint8_t operation, Register to, std::int32_t value) {
        add(BPF_ALU64 | BPF_K | operation, to, r0, 0, value);
    }
    void compute(std::uint8_t operation, Register to, Register by) { add(BPF_ALU64 | BPF_X | operation, to, by); }
    void compute32(std::uint8_t operation, Register to, Register by) { add(BPF_ALU | BPF_X | operation, to, by); }
    void from_network(Register of, int bits) { add(BPF_ALU | BPF_END | BPF_TO_BE, of, r0, 0, bits); }

    void load(Size size, Register to, Register base, int offset) { add(BPF_LDX | BPF_MEM | size, to, base, offset); }
    void store(Size size, Register base, int offset, Register value) {
        add(BPF_STX | BPF_MEM | size, base, value, offset);
    }
    // `operation`: BPF_ADD, BPF_OR; BPF_CMPXCHG compares with r0 and leaves there what was found. `size`: word, twice.
    void atomically(std::int32_t operation, Size size, Register base, int offset, Register value) {
        add(BPF_STX | BPF_ATOMIC | size, base, value, offset, operation);
    }
    void load_map_value(Register to, int map);

    // `condition`: BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JSET ...
    void jump_if(std::uint8_t condition, Register a, std::int32_t value, Label to) {
        jump(BPF_JMP | BPF_K | condition, a, r0, value, to);
    }
    void jump_if(std::uint8_t condition, Register a, Register b, Label to) {
        jump(BPF_JMP | BPF_X | condition, a, b, 0, to);
    }
    void jump_if32(std::uint8_t condition, Register a, std::int32_t value, Label to) {
        jump(BPF_JMP32 | BPF_K | condition, a, r0, value, to);
    }
    void jump(Label to) { jump(BPF_JMP | BPF_JA, r0, r0, 0, to); }
    void call(std::int32_t function) { add(BPF_JMP | BPF_CALL, r0, r0, 0, function); }
    void leave(std::int32_t value);

    // With all jumps resolved. Every label that is jumped to must have been bound.
    const std::vector<bpf_insn>& finish();

  private:
    struct Jump {
        std::size_t at;
        Label to;
    };
    void add(int code, Register to, Register from, int offset = 0, std::int32_t value = 0);
    void jump(int code, Register a, Register b, std::int32_t value, Label to);

    std::vector<bpf_insn> code_;
    std::vector<std::size_t> places_;  // of labels
    std::vector<Jump> jumps_;
};

}  // namespace earshot::net
