// The user's language and characters, once at the start: what setlocale and gettext need so that messages come
// translated also where the user's locale is not generated on this machine.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace earshot::app {

// getenv, or a test's answer; null: not set.
using Environment = std::function<const char*(const char* name)>;
const char* from_process(const char* name);

// The locale that LC_ALL, LC_MESSAGES or LANG name, in this order; empty: none, or C or POSIX.
std::string wanted_locale(const Environment& environment);

// The locale whose encodings people around the user write: LC_ALL, LC_CTYPE or LANG; C and POSIX say nothing there.
std::string characters_locale(const Environment& environment);

// The charset of the user's terminal: of the locale, or what its name says where it is not generated on this machine
// ("zh_CN.GBK"). After set_up_locale().
std::string user_charset(const Environment& environment);

struct Locale {
    std::string wanted;   // as wanted_locale: "zh_CN.UTF-8"
    bool is_utf8 = true;  // the terminal takes UTF-8; false only where the user names another charset that exists here
    std::string charset;  // of the terminal, as nl_langinfo names it: "UTF-8", "GB18030"
};

// Sets LC_CTYPE and LC_MESSAGES from the environment; numbers stay as C writes them. A locale that is not generated
// becomes C.UTF-8 with LANGUAGE naming it, so gettext still finds its translation; C and POSIX become C.UTF-8. Binds
// the catalogue: beside the program (../share/locale), in the build tree, or where the program is installed. For the
// main thread, before others start: it may call setenv.
Locale set_up_locale();

// Where the catalogue lies for a program at `program`; `exists` asks for a file.
std::string catalogue_folder(const std::string& program, const std::function<bool(const std::string&)>& exists);

}  // namespace earshot::app
