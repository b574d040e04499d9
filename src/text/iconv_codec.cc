// A charset of the C library behind the decoder's rules. iconv is given one unit at a time, byte by byte longer until
// it takes it, and starts in its initial state each time. So units are known, nothing depends on how the stream was
// cut, and what a converter does behind a malformed byte does not matter: where the next unit begins is not its say.
#include "text/iconv_codec.h"

#include <iconv.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/i18n.h"
#include "text/decode_loop.h"
#include "text/encode_loop.h"
#include "text/grapheme.h"

namespace earshot::text {
namespace {

constexpr std::string_view kPrefix = "iconv:";
constexpr std::size_t kLongestName = 64;

class Converter {
  public:
    Converter(const char* to, const char* from) : handle_(::iconv_open(to, from)) {}
    ~Converter() {
        if (is_open()) ::iconv_close(handle_);
    }
    Converter(const Converter&) = delete;
    Converter& operator=(const Converter&) = delete;

    bool is_open() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

    enum class Outcome : std::uint8_t { whole, incomplete, wrong };
    // Converts `in` from the initial state and back to it. `used`: bytes written to `out`.
    Outcome convert(ByteView in, char* out, std::size_t room, std::size_t& used) {
        ::iconv(handle_, nullptr, nullptr, nullptr, nullptr);
        char* at = reinterpret_cast<char*>(const_cast<std::uint8_t*>(in.data()));
        std::size_t left = in.size();
        char* to = out;
        std::size_t free = room;
        const std::size_t done = ::iconv(handle_, &at, &left, &to, &free);
        if (done == static_cast<std::size_t>(-1)) return errno == EINVAL ? Outcome::incomplete : Outcome::wrong;
        if (done != 0 || left != 0) return Outcome::wrong;  // something else was put in its place
        if (::iconv(handle_, nullptr, nullptr, &to, &free) == static_cast<std::size_t>(-1)) return Outcome::wrong;
        used = room - free;
        return Outcome::whole;
    }

  private:
    iconv_t handle_;
};

// What stands behind a row: the converters, borrowed by one call at a time, and what is known of every single byte.
struct Charset {
    explicit Charset(std::string_view given)
        : name(given),
          label(name),
          to_utf8("UTF-8", name.c_str() + kPrefix.size()),
          from_utf8(name.c_str() + kPrefix.size(), "UTF-8") {}

    Unit convert(ByteView unit);
    Unit find_unit(const std::uint8_t* at, std::size_t size);
    void look_at_bytes();
    bool keeps_state();

    const std::string name;
    const std::string_view label;
    std::mutex mutex;
    Converter to_utf8;
    Converter from_utf8;
    std::array<Unit, 256> single{};            // what a byte is by itself
    std::array<std::uint8_t, 128> ascii_at{};  // the byte of an ASCII character; 0: not one byte
    bool holds_ascii = true;                   // every byte below 80 is that ASCII character
    std::size_t code_unit = 1;                 // bytes of a line feed
    Encoding row{};
};

// Incomplete, malformed as a whole, or the unit.
Unit Charset::convert(ByteView bytes) {
    Unit unit;
    char text[64];
    std::size_t used = 0;
    const auto outcome = to_utf8.convert(bytes, text, sizeof text, used);
    if (outcome == Converter::Outcome::incomplete) return Unit::incomplete();
    const auto size = static_cast<unsigned>(bytes.size());
    if (outcome == Converter::Outcome::wrong || used > sizeof unit.text) return Unit::malformed(size);
    if (used == 0) return Unit::silent(size);
    unit = {static_cast<std::uint8_t>(size), static_cast<std::uint8_t>(used), RunKind::text, {}};
    std::copy_n(text, used, unit.text);
    return unit;
}

Unit Charset::find_unit(const std::uint8_t* at, std::size_t size) {
    constexpr std::size_t kLongest = 4;
    if (single[*at].raw_size != 0) return single[*at];
    for (std::size_t length = 2; length <= std::min(size, kLongest); ++length) {
        const Unit unit = convert({at, length});
        if (unit.raw_size == 0 && length < kLongest) continue;
        if (unit.raw_size != 0 && unit.kind != RunKind::error) return unit;
        if (code_unit > 1)
            return length < code_unit ? Unit::malformed(1) : Unit::malformed(static_cast<unsigned>(code_unit));
        // A character below 80 is never lost to a broken unit before it, also where not all of them are ASCII.
        const auto* const end = std::find_if(at + 1, at + length, [&](std::uint8_t byte) {
            return byte < 0x80 && single[byte].raw_size != 0 && single[byte].kind == RunKind::text;
        });
        return Unit::malformed(static_cast<unsigned>(end - at));
    }
    return Unit::incomplete();
}

void Charset::look_at_bytes() {
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::uint8_t raw[] = {static_cast<std::uint8_t>(byte)};
        single[byte] = convert(raw);
        const Unit& unit = single[byte];
        const bool one = unit.kind == RunKind::text && unit.text_size == 1;
        if (byte < 0x80 && (!one || unit.text[0] != byte)) holds_ascii = false;
    }
    for (std::uint8_t letter = 0; letter < 0x80; ++letter) {
        char bytes[16];
        std::size_t used = 0;
        const std::uint8_t text[] = {letter};
        if (from_utf8.convert(text, bytes, sizeof bytes, used) != Converter::Outcome::whole) continue;
        if (used == 1) ascii_at[letter] = static_cast<std::uint8_t>(bytes[0]);
        if (letter == '\n') code_unit = used;
    }
}

// Shifts, escapes and byte order marks: bytes that only change how the next ones are read. A Decoder is a value that
// has no room for such a state.
bool Charset::keeps_state() {
    const auto silent = [](const Unit& unit) { return unit.kind == RunKind::silent; };
    if (std::any_of(single.begin(), single.end(), silent)) return true;
    const auto begins_more = [](const Unit& unit) { return unit.raw_size == 0; };
    if (!begins_more(single['a']) && std::any_of(single.begin(), single.begin() + 0x80, begins_more)) return true;
    for (const ByteView mark :
         {as_bytes("\xFF\xFE"), as_bytes("\xFE\xFF"), as_bytes(std::string_view("\xFF\xFE\0\0", 4)),
          as_bytes(std::string_view("\0\0\xFE\xFF", 4))}) {
        if (silent(convert(mark))) return true;
    }
    return false;
}

Charset& charset_of(const Encoding& encoding) {
    return *const_cast<Charset*>(static_cast<const Charset*>(encoding.table));
}

class IconvDecoder {
  public:
    static constexpr bool kAscii = false;

    IconvDecoder(const Encoding& encoding, std::uint8_t (&)[4])
        : charset_(charset_of(encoding)), borrowed_(charset_.mutex) {}

    Unit unit(const std::uint8_t* at, std::size_t size) { return charset_.find_unit(at, size); }
    template <typename Map>
    const std::uint8_t* run(const std::uint8_t* at, const std::uint8_t* end, Output<Map>& out) {
        return charset_.holds_ascii && *at < 0x80 ? out.ascii(at, end) : at;
    }

  private:
    Charset& charset_;
    std::unique_lock<std::mutex> borrowed_;
};

class IconvEncoder {
  public:
    static constexpr Ascii kAscii = Ascii::put;

    explicit IconvEncoder(const Encoding& encoding) : charset_(charset_of(encoding)), borrowed_(charset_.mutex) {}

    unsigned put(char32_t code_point, std::uint8_t* to) {
        if (code_point < 0x80 && charset_.ascii_at[code_point] != 0) {
            *to = charset_.ascii_at[code_point];
            return 1;
        }
        std::uint8_t text[4];
        const unsigned size = put_utf8(code_point, text);
        char bytes[8];
        std::size_t used = 0;
        if (charset_.from_utf8.convert({text, size}, bytes, sizeof bytes, used) != Converter::Outcome::whole) return 0;
        std::copy_n(bytes, used, to);
        return static_cast<unsigned>(used);
    }

  private:
    Charset& charset_;
    std::unique_lock<std::mutex> borrowed_;
};

constexpr DecodeOps kIconvDecode = decode_ops<IconvDecoder>();
constexpr EncodeOps kIconvEncode = encode_ops<IconvEncoder>();

char upper(char letter) { return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter; }

// As the C library folds names, so that one charset has one row.
std::string folded(std::string_view name) {
    std::string out(kPrefix);
    for (const char letter : name.substr(kPrefix.size())) out += upper(letter);
    return out;
}

bool is_charset_name(std::string_view name) {
    return !name.empty() && name.size() <= kLongestName && std::all_of(name.begin(), name.end(), [](char letter) {
        return (letter >= '0' && letter <= '9') || (letter >= 'A' && letter <= 'Z') ||
               (letter >= 'a' && letter <= 'z') || std::string_view("-_.:+()").find(letter) != std::string_view::npos;
    });
}

// Null: the C library does not have it.
std::unique_ptr<Charset> make(const std::string& name) {
    auto made = std::make_unique<Charset>(name);
    if (!made->to_utf8.is_open() || !made->from_utf8.is_open()) return nullptr;
    made->look_at_bytes();
    made->row = {made->name.c_str(), {&made->label, 1}, &kIconvDecode, &kIconvEncode, made.get(), nullptr};
    return made;
}

}  // namespace

bool names_iconv(std::string_view name) {
    return std::equal(kPrefix.begin(), kPrefix.end(), name.begin(),
                      name.begin() + static_cast<std::ptrdiff_t>(std::min(name.size(), kPrefix.size())),
                      [](char a, char b) { return upper(a) == upper(b); });
}

Result<const Encoding*> iconv_encoding(std::string_view name) {
    static std::mutex mutex;
    static std::map<std::string, std::unique_ptr<Charset>> charsets;
    const std::string_view charset = name.substr(std::min(name.size(), kPrefix.size()));
    if (!is_charset_name(charset)) {
        return Error{Reason::usage, tr("after iconv: stands a charset's name as `iconv -l` lists it, without slashes")};
    }
    const std::lock_guard lock(mutex);
    const std::string key = folded(name);
    if (const auto found = charsets.find(key); found != charsets.end()) return &found->second->row;
    std::unique_ptr<Charset> made = make(key);
    if (!made) {
        return Error{Reason::usage, tr_format("the C library has no charset “{}”; `iconv -l` lists them", charset)};
    }
    if (made->keeps_state()) {
        return Error{Reason::usage, tr_format("charset “{}” has shifts, escapes or marks that change how later bytes "
                                              "are read; iconv: is for those without",
                                              charset)};
    }
    return &charsets.emplace(key, std::move(made)).first->second->row;
}

Result<const Encoding*> user_encoding(std::string_view name) {
    if (names_iconv(name)) return iconv_encoding(name);
    if (const Encoding* found = find_encoding(name)) return found;
    const std::string outside = std::string(kPrefix) + std::string(name);
    if (iconv_encoding(outside)) {
        return Error{Reason::usage, tr_format("unknown encoding “{}”: did you mean {}?", name, outside)};
    }
    return Error{Reason::usage, tr_format("unknown encoding “{}”: `earshot encodings` lists them",
                                          name.substr(0, grapheme_floor(name, 60)))};
}

}  // namespace earshot::text
