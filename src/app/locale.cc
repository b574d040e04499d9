#include "app/locale.h"

#include <langinfo.h>
#include <libintl.h>
#include <unistd.h>

#include <clocale>
#include <cstdlib>

namespace earshot::app {

namespace {

constexpr const char* kDomain = "earshot";
constexpr const char* kUtf8Locale = "C.UTF-8";

bool is_plain_c(std::string_view name) { return name.empty() || name == "C" || name == "POSIX"; }

// What is not generated, or says nothing about characters, becomes UTF-8.
void set_characters() {
    const char* set = std::setlocale(LC_CTYPE, "");
    if (set == nullptr || is_plain_c(set)) std::setlocale(LC_CTYPE, kUtf8Locale);
}

// gettext looks at LANGUAGE in any locale but C, so in C.UTF-8 it finds what the missing locale would have found. A
// list of languages that the user made himself stays, and C stays C, whatever LANGUAGE says.
void set_language(const std::string& wanted) {
    if (wanted.empty()) {
        std::setlocale(LC_MESSAGES, "C");
        return;
    }
    if (std::setlocale(LC_MESSAGES, "") != nullptr) return;
    std::setlocale(LC_MESSAGES, kUtf8Locale);
    const char* list = std::getenv("LANGUAGE");
    if (list == nullptr || list[0] == '\0') ::setenv("LANGUAGE", wanted.c_str(), 1);
}

std::string own_program() {
    char path[4096];
    const ssize_t size = ::readlink("/proc/self/exe", path, sizeof path);
    return size > 0 ? std::string(path, static_cast<std::size_t>(size)) : std::string();
}

}  // namespace

std::string wanted_locale(const Environment& environment) {
    for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
        const char* value = environment(name);
        if (value != nullptr && value[0] != '\0') return is_plain_c(value) ? std::string() : value;
    }
    return {};
}

const char* from_process(const char* name) { return std::getenv(name); }

std::string characters_locale(const Environment& environment) {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const char* value = environment(name);
        if (value != nullptr && !is_plain_c(value) && !std::string_view(value).starts_with("C.")) return value;
    }
    return {};
}

std::string user_charset(const Environment& environment) {
    std::string charset = ::nl_langinfo(CODESET);
    if (charset != "UTF-8") return charset;
    const std::string name = characters_locale(environment);
    const std::size_t dot = name.find('.');
    return dot == std::string::npos ? charset : name.substr(dot + 1, name.find('@', dot) - dot - 1);
}

std::string catalogue_folder(const std::string& program, const std::function<bool(const std::string&)>& exists) {
    const std::string folder = program.substr(0, program.rfind('/') == std::string::npos ? 0 : program.rfind('/'));
    // Installed beside the program; the build's own; the build's own for a program in a folder of it (tests).
    for (const char* place : {"/../share/locale", "/locale", "/../locale"}) {
        std::string candidate = folder + place;
        if (exists(candidate + "/zh_CN/LC_MESSAGES/earshot.mo")) return candidate;
    }
    return EARSHOT_LOCALE_FOLDER;
}

Locale set_up_locale() {
    Locale locale;
    locale.wanted = wanted_locale(from_process);
    set_characters();
    set_language(locale.wanted);
    locale.charset = ::nl_langinfo(CODESET);
    locale.is_utf8 = locale.charset == "UTF-8";
    const std::string folder =
        catalogue_folder(own_program(), [](const std::string& path) { return ::access(path.c_str(), R_OK) == 0; });
    ::bindtextdomain(kDomain, folder.c_str());
    ::bind_textdomain_codeset(kDomain, "UTF-8");
    ::bind_textdomain_codeset("libc", "UTF-8");  // strerror's words go into ours
    ::textdomain(kDomain);
    return locale;
}

}  // namespace earshot::app
