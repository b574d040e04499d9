#include "net/capture.h"

#include <fmt/format.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/i18n.h"
#include "net/pcap_library.h"

namespace earshot::net {

namespace {

// The ring that frames wait in: room for some 16,000 headers, so that a loop that is busy for a while loses none.
constexpr int kRingSize = 4 << 20;
// Frames that one turn of the loop takes: two or three times as many as pass while a pipe moves what it moves in a turn
// (4 MiB), and so few that who sends to us does not fill the window meanwhile. The rest stays ready.
constexpr int kFramesATurn = 256;
// A packet that another processor has in hand is in the ring by then.
constexpr Millis kSettles{2};

std::string why(const PcapLibrary& library, pcap_t* handle, int status) {
    const std::string text = library.geterr(handle);
    return text.empty() ? library.statustostr(status) : text;
}

Error cannot_capture(const PcapLibrary& library, pcap_t* handle, int status, const std::string& interface) {
    if (status == PCAP_ERROR_PERM_DENIED) {
        return {Reason::permission,
                tr_format("seeing packets on {} needs the capability CAP_NET_RAW: run as root, or once "
                          "\"setcap cap_net_raw+ep\" on the program, which \"make install\" offers",
                          interface)};
    }
    if (status == PCAP_ERROR_NO_SUCH_DEVICE) {
        return {Reason::failed, tr_format("there is no interface {} to see packets on", interface)};
    }
    return {Reason::failed, tr_format("cannot see packets on {}: {}", interface, why(library, handle, status))};
}

}  // namespace

// The open handle in the loop.
class Capture::Tap final : private Watcher, private Timer {
  public:
    Tap(Loop& loop, const PcapLibrary& library, pcap_t* handle, std::string interface, Handler handler)
        : loop_(loop),
          library_(library),
          handle_(handle),
          interface_(std::move(interface)),
          handler_(std::move(handler)) {}
    ~Tap() override {
        EARSHOT_CHECK(!handing_out_);
        close();
        if (handle_) library_.close(handle_);
    }

    Status start(const CaptureWish& wish) {
        library_.set_snaplen(handle_, kCaptureSnaplen);
        // Each frame lies in the ring for itself: a ring of blocks has a timer that goes off every few milliseconds,
        // which keeps a virtual processor from waiting awake and costs a bulk transfer a tenth (docs/performance.md).
        library_.set_immediate_mode(handle_, 1);
        library_.set_buffer_size(handle_, kRingSize);
        library_.set_tstamp_precision(handle_, PCAP_TSTAMP_PRECISION_NANO);
        // A warning (above 0), such as promiscuous mode that `any` lacks, is none of ours.
        if (const int status = library_.activate(handle_); status < 0) return failure(status);
        // Cooked 2 names the interface; libpcaps before 1.10 have cooked 1 only.
        if (interface_ == "any") library_.set_datalink(handle_, DLT_LINUX_SLL2);
        link_type_ = library_.datalink(handle_);
        if (const int status = set_filter(wish.filter); status < 0) return failure(status);
        char problem[PCAP_ERRBUF_SIZE] = "";
        if (library_.setnonblock(handle_, 1, problem) < 0) {
            return Error{Reason::failed, tr_format("cannot see packets on {}: {}", interface_, problem)};
        }
        descriptor_ = library_.get_selectable_fd(handle_);
        spare_the_kernel();
        if (descriptor_ < 0 || !watch()) {
            return Error{Reason::failed, tr_format("cannot see packets on {}: {}", interface_,
                                                   errno_text(descriptor_ < 0 ? EBADF : errno))};
        }
        open_ = true;
        peers_ = wish.peers;
        return Ok{};
    }
    FlowCounter* counter() {
        if (std::exchange(counter_tried_, true) || !open_ || peers_.empty()) return counter_.get();
        if (interface_ != "lo" && loopback_ == 0) return nullptr;
        const bool ethernet = link_type_ == DLT_EN10MB;  // else cooked: the program sees no link layer
        counter_ = FlowCounter::attach({.socket = descriptor_,
                                        .network_offset = ethernet ? 14 : 0,
                                        .loopback = loopback_,
                                        .snaplen = kCaptureSnaplen,
                                        .peers = peers_});
        return counter_.get();
    }

    const std::string& interface() const { return interface_; }
    int link_type() const { return link_type_; }
    bool shows_arrivals_only(std::uint32_t interface) const {
        return interface_ == "lo" || (loopback_ != 0 && interface == loopback_);
    }

    // At most so many frames, -1: all that are there. How many it were.
    int hand_out(int most = -1) {
        if (!open_ || handing_out_) return 0;
        handing_out_ = true;
        const int got = library_.dispatch(handle_, most, &Tap::take, reinterpret_cast<u_char*>(this));
        handing_out_ = false;
        if (got >= 0 || got == PCAP_ERROR_BREAK || !open_) return got;
        const Error lost = cannot_capture(library_, handle_, got, interface_);
        close();
        handing_out_ = true;
        if (handler_.on_lost) handler_.on_lost(lost);
        handing_out_ = false;
        return 0;
    }
    void hand_out_all(std::function<void()> done) {
        done_ = std::move(done);
        loop_.timers().set(*this, loop_.clock().now() + kSettles);
    }
    std::uint64_t dropped() const {
        pcap_stat counts{};
        if (open_ && library_.stats(handle_, &counts) == 0) dropped_ = counts.ps_drop;
        return dropped_;
    }
    void close() {
        if (!open_) return;
        static_cast<void>(dropped());
        open_ = false;
        if (watched_) loop_.remove(descriptor_, *this);
        watched_ = false;
        if (handing_out_) library_.breakloop(handle_);
    }

  private:
    // Among all interfaces loopback would show each packet twice. Where the filter cannot say so both views come.
    int set_filter(const std::string& filter) {
        const unsigned loopback = link_type_ == DLT_LINUX_SLL2 ? ::if_nametoindex("lo") : 0;
        if (loopback != 0 && attach(fmt::format("({}) and not (outbound and ifindex {})", filter, loopback)) >= 0) {
            loopback_ = loopback;
            return 0;
        }
        return attach(filter);
    }
    int attach(const std::string& filter) {
        bpf_program program{};
        if (const int status = library_.compile(handle_, &program, filter.c_str(), 1, PCAP_NETMASK_UNKNOWN); status < 0)
            return status;
        const int set = library_.setfilter(handle_, &program);
        library_.freecode(&program);
        return set;
    }
    // libpcap shows loopback's arrivals only and drops the other half itself: better the kernel does not give it at
    // all. And it needs no clock's reading of each packet of this machine: the capture reads it a few steps later
    // anyway. Refused (the first before Linux 4.20) it only costs more.
    void spare_the_kernel() const {
        const int on = 1, off = 0;
        if (interface_ == "lo") ::setsockopt(descriptor_, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
        ::setsockopt(descriptor_, SOL_SOCKET, SO_TIMESTAMPNS, &off, sizeof off);
    }
    bool watch() { return watched_ = loop_.add(descriptor_, EPOLLIN, *this); }
    // Unwatched, a frame wakes nobody.
    void gather() {
        if (std::exchange(watched_, false)) loop_.remove(descriptor_, *this);
        if (!done_) loop_.timers().set(*this, loop_.clock().now() + kCaptureDelay);
    }
    void hand_out_some() {
        is_behind_ = hand_out(kFramesATurn) >= kFramesATurn;
        if (open_ && !watched_ && !watch()) gather();
    }
    Status failure(int status) const { return cannot_capture(library_, handle_, status, interface_); }
    static void take(u_char* user, const pcap_pkthdr* header, const u_char* bytes) {
        auto* self = reinterpret_cast<Tap*>(user);
        if (self->open_) self->handler_.on_frame(frame_of(*header, bytes, self->link_type_));
    }
    void on_events(std::uint32_t) override { is_behind_ ? hand_out_some() : gather(); }
    void on_timer() override {
        const auto done = std::exchange(done_, nullptr);
        if (done) hand_out();
        hand_out_some();
        if (done) done();  // may destroy this
    }

    Loop& loop_;
    const PcapLibrary& library_;
    pcap_t* handle_;
    std::string interface_;
    Handler handler_;
    std::function<void()> done_;
    std::vector<Endpoint> peers_;
    std::unique_ptr<FlowCounter> counter_;
    bool counter_tried_ = false;
    int descriptor_ = -1;  // libpcap's
    int link_type_ = 0;
    std::uint32_t loopback_ = 0;  // index of the interface whose departures the filter leaves out; 0: none
    bool open_ = false, watched_ = false, handing_out_ = false;
    bool is_behind_ = false;  // more lay there than one turn takes
    mutable std::uint64_t dropped_ = 0;
};

Result<std::unique_ptr<Capture>> Capture::open(Loop& loop, const CaptureWish& wish, Handler handler) {
    const auto library = PcapLibrary::load();
    if (!library) return library.error();
    char problem[PCAP_ERRBUF_SIZE] = "";
    pcap_t* handle = (*library)->create(wish.interface.c_str(), problem);
    if (handle == nullptr) {
        return Error{Reason::failed, tr_format("cannot see packets on {}: {}", wish.interface, problem)};
    }
    auto tap = std::make_unique<Tap>(loop, **library, handle, wish.interface, std::move(handler));
    if (const Status started = tap->start(wish); !started) return started.error();
    return std::unique_ptr<Capture>(new Capture(std::move(tap)));
}

Capture::Capture(std::unique_ptr<Tap> tap) : tap_(std::move(tap)) {}
Capture::~Capture() = default;
const std::string& Capture::interface() const { return tap_->interface(); }
int Capture::link_type() const { return tap_->link_type(); }
bool Capture::shows_arrivals_only(std::uint32_t interface) const { return tap_->shows_arrivals_only(interface); }
FlowCounter* Capture::counter() { return tap_->counter(); }
void Capture::flush() { tap_->hand_out(); }
void Capture::flush_all(std::function<void()> done) { tap_->hand_out_all(std::move(done)); }
std::uint64_t Capture::dropped() const { return tap_->dropped(); }
void Capture::close() { tap_->close(); }

}  // namespace earshot::net
