#include "base/checksum.h"

namespace earshot {

namespace {

// Polynomial division, least significant bit first, as both CRCs are defined.
template <typename Word>
Word crc(ByteView bytes, Word start, Word reversed_polynomial) {
    Word sum = start;
    for (const std::uint8_t byte : bytes) {
        sum = static_cast<Word>(sum ^ byte);
        for (int bit = 0; bit < 8; ++bit) {
            sum = static_cast<Word>((sum & 1) ? (sum >> 1) ^ reversed_polynomial : sum >> 1);
        }
    }
    return sum;
}

std::uint32_t crc16modbus(ByteView bytes) { return crc<std::uint16_t>(bytes, 0xFFFF, 0xA001); }

std::uint32_t crc32(ByteView bytes) { return ~crc<std::uint32_t>(bytes, 0xFFFFFFFF, 0xEDB88320); }

std::uint32_t sum8(ByteView bytes) {
    std::uint32_t sum = 0;
    for (const std::uint8_t byte : bytes) sum += byte;
    return sum & 0xFF;
}

std::uint32_t xor8(ByteView bytes) {
    std::uint32_t sum = 0;
    for (const std::uint8_t byte : bytes) sum ^= byte;
    return sum;
}

constexpr Checksum kChecksums[] = {
    {"crc16modbus", 2, true, crc16modbus},
    {"sum8", 1, false, sum8},
    {"xor8", 1, false, xor8},
    {"crc32", 4, false, crc32},
};

}  // namespace

std::span<const Checksum> checksums() { return kChecksums; }

const Checksum* find_checksum(std::string_view name) {
    for (const Checksum& checksum : kChecksums) {
        if (checksum.name == name) return &checksum;
    }
    return nullptr;
}

void append_number(std::uint64_t number, std::size_t size, bool low_byte_first, std::vector<std::uint8_t>& bytes) {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t place = low_byte_first ? i : size - 1 - i;
        bytes.push_back(static_cast<std::uint8_t>(number >> (8 * place) & 0xFF));
    }
}

void append_checksum(const Checksum& checksum, ByteView of, std::vector<std::uint8_t>& bytes) {
    append_number(checksum.of(of), checksum.size, checksum.low_byte_first, bytes);
}

}  // namespace earshot
