#include "net/flow_counter.h"

#include <arpa/inet.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>

#include "net/flow_table.h"

namespace earshot::net {

namespace {

int bpf(bpf_cmd command, bpf_attr& attributes) {
    return static_cast<int>(::syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

UniqueFd create_table() {
    bpf_attr attributes{};
    attributes.map_type = BPF_MAP_TYPE_ARRAY;
    attributes.key_size = sizeof(std::uint32_t);
    attributes.value_size = sizeof(FlowTable);
    attributes.max_entries = 1;
    attributes.map_flags = BPF_F_MMAPABLE;
    return UniqueFd(bpf(BPF_MAP_CREATE, attributes));
}

UniqueFd load(BpfCode code) {
    const std::vector<bpf_insn>& instructions = code.finish();
    bpf_attr attributes{};
    attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
    attributes.insns = reinterpret_cast<std::uintptr_t>(instructions.data());
    attributes.insn_cnt = static_cast<std::uint32_t>(instructions.size());
    attributes.license = reinterpret_cast<std::uintptr_t>("");
    return UniqueFd(bpf(BPF_PROG_LOAD, attributes));
}

template <typename Number>
Number read_shared(const Number& number) {
    return __atomic_load_n(&number, __ATOMIC_ACQUIRE);
}
template <typename Number>
void write_shared(Number& number, Number value) {
    __atomic_store_n(&number, value, __ATOMIC_RELEASE);
}

// The program reads CLOCK_TAI, the capture stamps by CLOCK_REALTIME: whole seconds lie between them.
WallTime wall_of(std::uint64_t tai) {
    timespec there{}, here{};
    ::clock_gettime(CLOCK_TAI, &there);
    ::clock_gettime(CLOCK_REALTIME, &here);
    const auto apart =
        std::chrono::nanoseconds((there.tv_sec - here.tv_sec) * 1'000'000'000LL + there.tv_nsec - here.tv_nsec);
    return WallTime(std::chrono::nanoseconds(tai)) - std::chrono::round<std::chrono::seconds>(apart);
}

void set_key(FlowSlot::Key& key, const trace::Place& from, const trace::Place& to) {
    const auto address = [](const trace::Place& place, std::uint32_t(&words)[4]) {
        const std::size_t skipped = place.is_ipv4() ? 12 : 0;
        std::memcpy(words, place.address.data() + skipped, place.address.size() - skipped);
    };
    const std::uint16_t ports[] = {htons(from.port), htons(to.port)};
    std::memcpy(&key.ports, ports, sizeof ports);
    address(from, key.from);
    address(to, key.to);
}

}  // namespace

std::unique_ptr<FlowCounter> FlowCounter::attach(const Capture& capture) {
    const UniqueFd table = create_table();
    if (!table) return nullptr;
    const UniqueFd program = load(flow_program(capture, table.get()));
    if (!program) return nullptr;
    void* const mapped = ::mmap(nullptr, sizeof(FlowTable), PROT_READ | PROT_WRITE, MAP_SHARED, table.get(), 0);
    if (mapped == MAP_FAILED) return nullptr;
    std::unique_ptr<FlowCounter> counter(new FlowCounter(static_cast<FlowTable*>(mapped)));
    const int descriptor = program.get();
    // In one step: no packet passes unfiltered, none is missed. The socket keeps the program, and that the table.
    if (::setsockopt(capture.socket, SOL_SOCKET, SO_ATTACH_BPF, &descriptor, sizeof descriptor) != 0) return nullptr;
    return counter;
}

FlowCounter::~FlowCounter() {
    for (Slot slot = 0; slot < kSlots; ++slot) release(slot);
    ::munmap(table_, sizeof(FlowTable));
}

std::optional<FlowCounter::Slot> FlowCounter::watch(const trace::Place& client, const trace::Place& server,
                                                    const std::array<std::uint32_t, 2>& next) {
    const Slot number = flow_slot(client.port, server.port);
    FlowSlot& slot = table_->slots[number];
    if (slot.family != 0) return std::nullopt;
    slot = FlowSlot{};
    slot.hold = kHeld;
    set_key(slot.keys[0], client, server);
    set_key(slot.keys[1], server, client);
    for (std::size_t way = 0; way < 2; ++way) slot.ways[way].next = next[way];
    write_shared(slot.family, client.is_ipv4() ? 4U : 6U);
    return number;
}

void FlowCounter::release(Slot slot) { write_shared(table_->slots[slot].family, 0U); }

void FlowCounter::go_on(Slot number) {
    for (FlowSlot::Way& way : table_->slots[number].ways) write_shared(way.limit, read_shared(way.segments) + kUnread);
}

void FlowCounter::start(Slot slot) {
    go_on(slot);
    __atomic_and_fetch(&table_->slots[slot].hold, ~std::uint32_t{kHeld}, __ATOMIC_ACQ_REL);
}

void FlowCounter::stop(Slot slot) { __atomic_or_fetch(&table_->slots[slot].hold, kHeld, __ATOMIC_ACQ_REL); }

FlowCounter::Tally FlowCounter::read(Slot number) const {
    const FlowSlot& slot = table_->slots[number];
    Tally tally;
    const std::uint32_t hold = read_shared(slot.hold);
    tally.is_running = hold == 0;
    tally.has_control = (hold & kHadControl) != 0;
    for (std::size_t i = 0; i < 2; ++i) {
        const FlowSlot::Way& from = slot.ways[i];
        trace::Stretch::Way& way = tally.counted.ways[i];
        const std::uint64_t place = read_shared(from.place);
        way.next = static_cast<std::uint32_t>(place);
        way.bytes = place >> 32;
        way.segments = read_shared(from.segments);
        way.pure_acks = read_shared(from.pure_acks);
        way.ack = ntohl(read_shared(from.counted.ack));
        way.window = ntohs(read_shared(from.counted.window));
        way.last_length = read_shared(from.counted.length);
        if (const std::uint64_t time = read_shared(from.counted.time); time != 0) way.last = wall_of(time);
    }
    return tally;
}

}  // namespace earshot::net
