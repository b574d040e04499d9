// The program that stands in the capture's filter: 1. whose segment is it, 2. is it plain, 3. count it or let it
// through.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "net/flow_table.h"

namespace earshot::net {

namespace {

using Code = BpfCode;
using enum BpfCode::Register;

// After so long a silence a run may be over, and the next segments are drawn again (LadderOptions::quiet).
constexpr std::int32_t kSilence = 100'000'000;  // ns
// From the end of the stack: the IP and TCP headers, and what does not fit into registers.
constexpr int kHeaders = -64, kLength = -72;
constexpr int kWay0 = offsetof(FlowSlot, ways), kKey0 = offsetof(FlowSlot, keys), kHoldAt = offsetof(FlowSlot, hold);
constexpr int kPlace = offsetof(FlowSlot::Way, place), kNext = offsetof(FlowSlot::Way, next);
constexpr int kCounted = offsetof(FlowSlot::Way, counted), kAny = offsetof(FlowSlot::Way, any);
constexpr int kTime = offsetof(FlowSlot::Last, time), kAck = offsetof(FlowSlot::Last, ack);
constexpr int kWindow = offsetof(FlowSlot::Last, window);

// What differs between the two versions of IP; offsets into their headers.
struct Version {
    int family, header, from, to, protocol, length, words;
    int fixed;  // bytes that the length field counts beside TCP
};
constexpr Version kIpv4{4, 20, 12, 16, 9, 2, 1, 20};
constexpr Version kIpv6{6, 40, 8, 24, 6, 4, 4, 0};

struct Writer {
    const FlowCounter::Capture& capture;
    int map;
    Code code;
    Code::Label drop = code.label(), deliver = code.label();

    static int at(int offset) { return kHeaders + offset; }

    // r6: the packet. Then, of a flow in the table, r9: its slot, r7: the direction's way, r8: the time.
    void write() {
        code.copy(r6, r1);
        const auto ipv6 = code.label(), ipv4 = code.label();
        code.load(Code::word, r1, r6, offsetof(__sk_buff, protocol));
        code.jump_if(BPF_JEQ, r1, htons(ETH_P_IP), ipv4);
        code.jump_if(BPF_JEQ, r1, htons(ETH_P_IPV6), ipv6);
        code.jump(drop);
        code.bind(ipv4);
        write_version(kIpv4);
        code.bind(ipv6);
        write_version(kIpv6);
        code.bind(deliver);
        code.leave(capture.snaplen);
        code.bind(drop);
        code.leave(0);
    }

    void write_version(const Version& ip) {
        const auto filter = code.label(), unfit = code.label(), control = code.label();
        load_headers(ip, filter);
        find_flow(ip, filter);
        look_at(ip, unfit, control);
        count(ip, unfit);
        code.bind(unfit);
        follow(ip);
        code.bind(control);
        code.set(r1, kHeld | kHadControl);
        code.atomically(BPF_OR, Code::word, r9, kHoldAt, r1);
        code.jump(deliver);
        code.bind(filter);
        apply_filter(ip);
    }

    // The same as the capture's own filter leaves out is left out here: what is no TCP, later fragments, and of
    // loopback, among other interfaces, departures. IPv4 with options is let through whosever it is: whoever takes it
    // apart sees whether it is wanted.
    void load_headers(const Version& ip, Code::Label filter) {
        code.copy(r1, r6);
        code.set(r2, capture.network_offset);
        code.copy(r3, r10);
        code.compute(BPF_ADD, r3, kHeaders);
        code.set(r4, ip.header + 20);
        code.call(BPF_FUNC_skb_load_bytes);
        code.jump_if(BPF_JNE, r0, 0, drop);
        code.load(Code::byte, r1, r10, at(ip.protocol));
        code.jump_if(BPF_JNE, r1, IPPROTO_TCP, drop);
        if (capture.loopback != 0) {
            const auto arrives = code.label();
            code.load(Code::word, r1, r6, offsetof(__sk_buff, ifindex));
            code.load(Code::word, r2, r6, offsetof(__sk_buff, pkt_type));
            code.jump_if(BPF_JNE, r1, static_cast<std::int32_t>(capture.loopback), arrives);
            code.jump_if(BPF_JEQ, r2, PACKET_OUTGOING, drop);
            code.bind(arrives);
        }
        if (ip.family == 4) {
            code.load(Code::half, r2, r10, at(6));
            code.jump_if(BPF_JSET, r2, htons(0x1fff), drop);
            code.load(Code::byte, r3, r10, at(0));
            code.jump_if(BPF_JNE, r3, 0x45, deliver);
            code.jump_if(BPF_JSET, r2, htons(0x2000), filter);
        }
        if (capture.loopback != 0) code.jump_if(BPF_JNE, r1, static_cast<std::int32_t>(capture.loopback), filter);
    }

    void find_flow(const Version& ip, Code::Label filter) {
        const auto found = code.label();
        code.load(Code::word, r8, r10, at(ip.header));
        code.copy(r1, r8);
        code.copy(r2, r8);
        code.compute(BPF_RSH, r2, 16);
        code.compute(BPF_XOR, r1, r2);
        code.from_network(r1, 16);
        code.compute(BPF_AND, r1, FlowCounter::kSlots - 1);
        code.compute(BPF_LSH, r1, 8);
        code.load_map_value(r9, map);
        code.compute(BPF_ADD, r9, r1);
        code.load(Code::word, r1, r9, 0);
        code.jump_if(BPF_JNE, r1, ip.family, filter);
        for (int way = 0; way < 2; ++way) {
            const auto other = code.label();
            const int key = kKey0 + way * static_cast<int>(sizeof(FlowSlot::Key));
            code.load(Code::word, r1, r9, key);
            code.jump_if(BPF_JNE, r1, r8, other);
            for (int i = 0; i < ip.words; ++i) {
                compare(key + static_cast<int>(offsetof(FlowSlot::Key, from)) + 4 * i, at(ip.from + 4 * i), other);
                compare(key + static_cast<int>(offsetof(FlowSlot::Key, to)) + 4 * i, at(ip.to + 4 * i), other);
            }
            code.copy(r7, r9);
            code.compute(BPF_ADD, r7, kWay0 + way * static_cast<int>(sizeof(FlowSlot::Way)));
            code.jump(found);
            code.bind(other);
        }
        code.jump(filter);
        code.bind(found);
    }
    void compare(int in_slot, int in_packet, Code::Label differs) {
        code.load(Code::word, r1, r9, in_slot);
        code.load(Code::word, r2, r10, in_packet);
        code.jump_if(BPF_JNE, r1, r2, differs);
    }

    // Leaves r2: the length of the payload, r3: its number, r4: the place of its sender, r5: the number expected.
    void look_at(const Version& ip, Code::Label unfit, Code::Label control) {
        const int tcp = ip.header;
        code.load(Code::byte, r1, r10, at(tcp + 13));
        code.jump_if(BPF_JSET, r1, trace::kSyn | trace::kFin | trace::kRst, control);
        code.load(Code::half, r2, r10, at(ip.length));
        code.from_network(r2, 16);
        code.load(Code::byte, r3, r10, at(tcp + 12));
        code.compute(BPF_RSH, r3, 4);
        code.compute(BPF_LSH, r3, 2);
        code.compute(BPF_SUB, r2, r3);
        code.compute(BPF_SUB, r2, ip.fixed);
        code.jump_if(BPF_JSLT, r2, 0, control);  // more than 64 KiB, or nonsense: not for us
        code.store(Code::twice, r10, kLength, r2);
        code.call(BPF_FUNC_ktime_get_tai_ns);
        code.copy(r8, r0);
        load_numbers(tcp);

        code.load(Code::byte, r1, r10, at(tcp + 13));
        code.compute(BPF_AND, r1, 0xff & ~trace::kPsh);
        code.jump_if(BPF_JNE, r1, trace::Flag::kAck, unfit);
        code.load(Code::half, r1, r10, at(tcp + 14));
        code.jump_if(BPF_JEQ, r1, 0, unfit);  // zero window
        code.load(Code::word, r1, r9, kHoldAt);
        code.jump_if(BPF_JNE, r1, 0, unfit);
        code.jump_if(BPF_JNE, r3, r5, unfit);  // a gap, a repetition, a keepalive
        code.load(Code::twice, r1, r7, kAny + kTime);
        code.copy(r0, r8);
        code.compute(BPF_SUB, r0, r1);
        code.jump_if(BPF_JGT, r0, kSilence, unfit);
        code.load(Code::twice, r1, r7, offsetof(FlowSlot::Way, segments));
        code.load(Code::twice, r0, r7, offsetof(FlowSlot::Way, limit));
        code.jump_if(BPF_JGE, r1, r0, unfit);
    }
    void load_numbers(int tcp) {
        code.load(Code::twice, r2, r10, kLength);
        code.load(Code::word, r3, r10, at(tcp + 4));
        code.from_network(r3, 32);
        code.load(Code::twice, r4, r7, kPlace);  // first: who takes the number changes both
        code.load(Code::word, r5, r7, kNext);
    }

    // Two processors may look at segments of one direction at once: the number is taken in one step, by one of them.
    void count(const Version& ip, Code::Label unfit) {
        const auto pure_ack = code.label(), news = code.label(), counted = code.label();
        code.jump_if(BPF_JEQ, r2, 0, pure_ack);
        code.copy(r1, r4);
        code.compute(BPF_RSH, r1, 32);
        code.compute(BPF_ADD, r1, r2);
        code.compute(BPF_LSH, r1, 32);
        code.compute32(BPF_ADD, r5, r2);
        code.compute(BPF_OR, r1, r5);
        code.copy(r0, r4);
        code.atomically(BPF_CMPXCHG, Code::twice, r7, kPlace, r1);
        code.jump_if(BPF_JNE, r0, r4, unfit);
        code.store(Code::word, r7, kNext, r5);
        code.set(r1, 1);
        code.atomically(BPF_ADD, Code::twice, r7, offsetof(FlowSlot::Way, segments), r1);
        code.store(Code::half, r7, kCounted + static_cast<int>(offsetof(FlowSlot::Last, length)), r2);
        code.jump(counted);

        code.bind(pure_ack);  // a duplicate is none
        code.load(Code::word, r1, r10, at(ip.header + 8));
        code.load(Code::word, r0, r7, kAny + kAck);
        code.jump_if(BPF_JNE, r0, r1, news);
        code.load(Code::half, r1, r10, at(ip.header + 14));
        code.load(Code::half, r0, r7, kAny + kWindow);
        code.jump_if(BPF_JEQ, r0, r1, unfit);
        code.bind(news);
        code.set(r1, 1);
        code.atomically(BPF_ADD, Code::word, r7, offsetof(FlowSlot::Way, pure_acks), r1);
        code.bind(counted);
        remember(ip.header, kAny);
        remember(ip.header, kCounted);
        code.jump(drop);
    }
    void remember(int tcp, int last) {
        code.load(Code::word, r1, r10, at(tcp + 8));
        code.store(Code::word, r7, last + kAck, r1);
        code.load(Code::half, r1, r10, at(tcp + 14));
        code.store(Code::half, r7, last + kWindow, r1);
        code.store(Code::twice, r7, last + kTime, r8);
    }

    // Lets it through, and what follows: only the numbers are kept up.
    void follow(const Version& ip) {
        const auto held = code.label(), known = code.label();
        code.load(Code::word, r1, r9, kHoldAt);
        code.jump_if(BPF_JNE, r1, 0, held);
        code.set(r1, kHeld);
        code.atomically(BPF_OR, Code::word, r9, kHoldAt, r1);
        code.bind(held);
        load_numbers(ip.header);
        code.compute32(BPF_ADD, r3, r2);
        code.copy(r1, r3);
        code.compute32(BPF_SUB, r1, r5);
        code.jump_if32(BPF_JSLE, r1, 0, known);
        code.store(Code::word, r7, kNext, r3);
        code.bind(known);
        remember(ip.header, kAny);
        code.jump(deliver);
    }

    // As pcap-filter(7) has it: "host H and tcp port P", either of them at either end.
    void apply_filter(const Version& ip) {
        for (const Endpoint& peer : capture.peers) {
            const auto next = code.label(), port = code.label(), there = code.label();
            const std::uint8_t* bytes = peer.address_bytes();
            const bool everywhere = std::all_of(bytes, bytes + 16, [](std::uint8_t each) { return each == 0; });
            if (!everywhere) {
                if (peer.family() != (ip.family == 4 ? Endpoint::Family::ipv4 : Endpoint::Family::ipv6)) continue;
                match_address(bytes, ip.words, at(ip.from), there);
                code.jump(port);
                code.bind(there);
                match_address(bytes, ip.words, at(ip.to), next);
                code.bind(port);
            }
            for (const int side : {0, 2}) {
                code.load(Code::half, r1, r10, at(ip.header + side));
                code.jump_if(BPF_JEQ, r1, htons(peer.port()), deliver);
            }
            code.bind(next);
        }
        code.jump(drop);
    }
    void match_address(const std::uint8_t* bytes, int words, int in_packet, Code::Label differs) {
        for (int i = 0; i < words; ++i) {
            std::int32_t wanted = 0;
            std::memcpy(&wanted, bytes + static_cast<std::ptrdiff_t>(4) * i, sizeof wanted);
            code.load(Code::word, r1, r10, in_packet + 4 * i);
            code.compute(BPF_LSH, r1, 32);  // a constant is sign-extended, what is loaded is not
            code.compute(BPF_ARSH, r1, 32);
            code.jump_if(BPF_JNE, r1, wanted, differs);
        }
    }
};

}  // namespace

BpfCode flow_program(const FlowCounter::Capture& capture, int map) {
    Writer writer{capture, map, {}};
    writer.write();
    return std::move(writer.code);
}

}  // namespace earshot::net
