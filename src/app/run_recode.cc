// earshot recode: files through a text::Recoder. Reads and writes block, as there is nothing else to wait for, and a
// signal ends the program as it ends any.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>

#include "app/host.h"
#include "app/option_values.h"
#include "app/running.h"
#include "base/i18n.h"
#include "base/unique_fd.h"
#include "net/stdio.h"
#include "text/code_point.h"
#include "text/iconv_codec.h"
#include "view/hex.h"

namespace earshot::app {

namespace {

using text::Encoding;
using text::Misfit;
using text::OnMisfit;

constexpr std::size_t kPiece = 128UL * 1024;  // measured: with what it becomes it stays in the second-level cache

bool is_standard(const std::string& name) { return name.empty() || name == "-"; }

// For one that the creator made non-blocking.
void wait_for(int descriptor, short events) {
    pollfd asked{descriptor, events, 0};
    ::poll(&asked, 1, -1);
}

std::string described(const Misfit& misfit, const std::string& source, const Encoding& from, const Encoding& to) {
    if (!misfit.is_malformed()) {
        std::string character;
        text::append_code_point(character, misfit.code_point);
        return tr_format("{}: {} cannot carry U+{:04X} ({}), at offset {}", source, to.name,
                         static_cast<std::uint32_t>(misfit.code_point), character, misfit.raw_at);
    }
    const std::string bytes = view::hex_groups(ByteView(misfit.bytes, misfit.size));
    if (misfit.is_cut) {
        return tr_format("{}: ends in the middle of a {} character: {} at offset {}", source, from.name, bytes,
                         misfit.raw_at);
    }
    return tr_format("{}: {} at offset {} is not {}", source, bytes, misfit.raw_at, from.name);
}

class RecodeRun {
  public:
    RecodeRun(const RecodeOptions& options, const Encoding& from, const Encoding& to)
        : options_(options),
          recoder_(from, to, options.on_misfit),
          piece_(std::make_unique_for_overwrite<std::uint8_t[]>(kPiece)) {
        if (files_.empty()) files_.emplace_back("-");
    }

    int run() {
        for (const std::string& file : files_) {
            if (!take(file)) break;
        }
        if (output_ >= 0) finish();
        return failed_ || recoder_.first() ? 1 : 0;
    }

  private:
    void fail(const std::string& message) {
        tell(message);
        failed_ = true;
    }
    std::string source_name(const std::string& file) const {
        return is_standard(file) ? tr("the standard input") : file;
    }
    std::string target_name() const {
        return is_standard(options_.output) ? tr("the standard output") : options_.output;
    }

    // False: the others are not taken any more. A file that cannot be read does not keep them from it, as with iconv.
    bool take(const std::string& file) {
        UniqueFd own;
        if (!is_standard(file)) {
            own.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
            if (!own) return cannot_read(file, errno);
        }
        const int input = own ? own.get() : STDIN_FILENO;
        if (output_ < 0 && !open_output()) return false;
        if (is_output(input)) {
            fail(tr_format("{} is the output too: name another with -o", source_name(file)));
            return true;
        }
        net::enlarge_pipe(input);
        ::posix_fadvise(input, 0, 0, POSIX_FADV_SEQUENTIAL);  // from a cold disk worth a tenth and more
        for (;;) {
            const ssize_t got = ::read(input, piece_.get(), kPiece);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0 && errno == EAGAIN) {
                wait_for(input, POLLIN);
                continue;
            }
            const bool ends = got <= 0;
            if (got < 0) cannot_read(file, errno);
            if (!give(ends ? recoder_.end_source() : recoder_.recode({piece_.get(), static_cast<std::size_t>(got)}))) {
                return false;
            }
            if (recoder_.first() && first_source_.empty()) first_source_ = source_name(file);
            if (recoder_.has_stopped()) return false;
            if (ends) return true;
        }
    }
    bool cannot_read(const std::string& file, int error) {
        if (error == EISDIR) {
            fail(tr_format("{} is a folder: name the files in it", source_name(file)));
        } else if (error == ENOENT) {
            fail(tr_format("cannot read {}: {}; is the name right?", source_name(file), errno_text(error)));
        } else {
            fail(tr_format("cannot read {}: {}", source_name(file), errno_text(error)));
        }
        return true;
    }

    bool open_output() {
        if (is_standard(options_.output)) {
            output_ = STDOUT_FILENO;
        } else {
            own_output_.reset(::open(options_.output.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666));
            output_ = own_output_.get();
            if (output_ < 0) return cannot_write(errno);
        }
        if (::fstat(output_, &output_facts_) != 0) output_facts_ = {};
        if (own_output_) {
            for (const std::string& file : files_) {
                struct stat facts {};
                if ((is_standard(file) ? ::fstat(STDIN_FILENO, &facts) : ::stat(file.c_str(), &facts)) != 0) continue;
                if (!is_output(facts)) continue;
                fail(tr_format("{} is the output too: name another with -o", source_name(file)));
                output_ = -1;
                return false;
            }
            if (S_ISREG(output_facts_.st_mode) && ::ftruncate(output_, 0) != 0) return cannot_write(errno);
        }
        net::enlarge_pipe(output_);
        return true;
    }
    bool is_output(int input) const {
        struct stat facts {};
        return ::fstat(input, &facts) == 0 && facts.st_size > 0 && is_output(facts);
    }
    bool is_output(const struct stat& facts) const {
        return S_ISREG(facts.st_mode) && facts.st_dev == output_facts_.st_dev && facts.st_ino == output_facts_.st_ino;
    }

    // False: nothing more can be written.
    bool give(ByteView bytes) {
        while (!bytes.empty()) {
            const ssize_t done = ::write(output_, bytes.data(), bytes.size());
            if (done >= 0) {
                bytes = bytes.subspan(static_cast<std::size_t>(done));
            } else if (errno == EAGAIN) {
                wait_for(output_, POLLOUT);
            } else if (errno != EINTR) {
                return cannot_write(errno);
            }
        }
        return true;
    }
    bool cannot_write(int error) {
        output_ = -1;
        if (error == EPIPE) {  // its reader has had enough, which is no failure
        } else if (error == EBADF) {
            fail(tr_format("cannot write to {}: it is closed; name a file with -o", target_name()));
        } else if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
            fail(tr_format("cannot write to {}: {}; what came before is written", target_name(), errno_text(error)));
        } else {
            fail(tr_format("cannot write to {}: {}", target_name(), errno_text(error)));
        }
        return false;
    }

    void finish() {
        if (!give(recoder_.finish())) return;
        // What a file system has not told yet, it tells now.
        if (own_output_ && ::close(own_output_.release()) != 0) cannot_write(errno);
        if (!recoder_.first()) return;
        const std::string first = described(*recoder_.first(), first_source_, recoder_.from(), recoder_.to());
        if (options_.on_misfit == OnMisfit::stop) {
            return tell(tr_format("{}; --errors replace or --errors escape goes on behind it", first));
        }
        if (recoder_.has_stopped()) {
            return tell(tr_format("{}; {} cannot carry what would stand for it either", first, recoder_.to().name));
        }
        tell(tr_format("did not fit: {} malformed, {} that {} lacks; the first is in {}", recoder_.malformed(),
                       recoder_.lacking(), recoder_.to().name, first));
    }

    const RecodeOptions& options_;
    std::vector<std::string> files_ = options_.files;
    text::Recoder recoder_;
    std::unique_ptr<std::uint8_t[]> piece_;
    UniqueFd own_output_;
    int output_ = -1;  // -1: not yet opened, or nothing more can be written
    struct stat output_facts_ {};
    std::string first_source_;  // where the recoder's first misfit was
    bool failed_ = false;
};

// The side `option` names, or the locale's charset. Null: told.
const Encoding* side(const std::string& label, const std::string& charset, const char* option) {
    const auto named = text::user_encoding(label.empty() ? charset : label);
    const Encoding* encoding = named ? *named : nullptr;
    if (encoding == nullptr) {
        tell(tr_format("the locale's charset {} is not known here: name an encoding with {}", charset, option));
    }
    return encoding;
}

}  // namespace

int run_recode(const RecodeOptions& options, const std::string& charset) {
    const Encoding* from = side(options.from, charset, "--from");
    if (from == nullptr) return 2;
    const Encoding* to = side(options.to, charset, "--to");
    if (to == nullptr) return 2;
    return RecodeRun(options, *from, *to).run();
}

}  // namespace earshot::app
