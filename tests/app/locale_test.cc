#include "app/locale.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <clocale>
#include <map>

#include "app/help.h"
#include "base/i18n.h"
#include "tests/app/command_line.h"
#include "text/width.h"

namespace earshot::app {
namespace {

using Variables = std::map<std::string, std::string>;

std::string wanted(const Variables& variables) {
    return wanted_locale([&](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? nullptr : found->second.c_str();
    });
}

TEST(Locale, IsNamedByTheFirstVariableThatIsSet) {
    EXPECT_EQ(wanted({}), "");
    EXPECT_EQ(wanted({{"LANG", "zh_CN.UTF-8"}}), "zh_CN.UTF-8");
    EXPECT_EQ(wanted({{"LANG", "en_GB.UTF-8"}, {"LC_MESSAGES", "zh_CN.UTF-8"}}), "zh_CN.UTF-8");
    EXPECT_EQ(wanted({{"LANG", "zh_CN.UTF-8"}, {"LC_MESSAGES", "zh_CN.UTF-8"}, {"LC_ALL", "de_DE.UTF-8"}}),
              "de_DE.UTF-8");
    EXPECT_EQ(wanted({{"LANG", "zh_CN.UTF-8"}, {"LC_ALL", ""}}), "zh_CN.UTF-8");
    EXPECT_EQ(wanted({{"LANG", "zh_CN.UTF-8"}, {"LC_ALL", "C"}}), "");
    EXPECT_EQ(wanted({{"LANG", "POSIX"}}), "");
}

TEST(Locale, OfCharactersIsTheFirstThatSaysMoreThanC) {
    const auto characters = [](const Variables& variables) {
        return characters_locale([&](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        });
    };
    EXPECT_EQ(characters({}), "");
    EXPECT_EQ(characters({{"LANG", "zh_TW.UTF-8"}, {"LC_MESSAGES", "en_US"}}), "zh_TW.UTF-8");
    EXPECT_EQ(characters({{"LANG", "ja_JP.UTF-8"}, {"LC_CTYPE", "ru_RU.KOI8-R"}}), "ru_RU.KOI8-R");
    EXPECT_EQ(characters({{"LANG", "ja_JP.UTF-8"}, {"LC_CTYPE", "C.UTF-8"}}), "ja_JP.UTF-8");
    EXPECT_EQ(characters({{"LANG", "ja_JP.UTF-8"}, {"LC_ALL", "ko_KR"}}), "ko_KR");
}

TEST(Locale, FindsTheCatalogueOfAnInstallationOrOfTheBuild) {
    const auto only = [](std::string there) {
        return [there = std::move(there)](const std::string& path) {
            return path == there + "/zh_CN/LC_MESSAGES/earshot.mo";
        };
    };
    EXPECT_EQ(catalogue_folder("/opt/e/bin/earshot", only("/opt/e/bin/../share/locale")), "/opt/e/bin/../share/locale");
    EXPECT_EQ(catalogue_folder("/src/build/dev/earshot", only("/src/build/dev/locale")), "/src/build/dev/locale");
    EXPECT_EQ(catalogue_folder("/src/build/dev/tests/app_tests", only("/src/build/dev/tests/../locale")),
              "/src/build/dev/tests/../locale");
    EXPECT_FALSE(catalogue_folder("", [](const std::string&) { return false; }).empty());
}

// What `say` gives in a process whose only locale variables are these.
std::string in_process_with(const Variables& variables, std::string (*say)(const Locale&)) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        for (const char* name : {"LANGUAGE", "LC_ALL", "LC_MESSAGES", "LC_CTYPE", "LANG"}) ::unsetenv(name);
        for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
        const std::string said = say(set_up_locale());
        ::_exit(::write(ends[1], said.data(), said.size()) == static_cast<ssize_t>(said.size()) ? 0 : 1);
    }
    ::close(ends[1]);
    std::string said;
    char piece[4096];
    for (ssize_t size = 0; (size = ::read(ends[0], piece, sizeof piece)) > 0;)
        said.append(piece, static_cast<std::size_t>(size));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
    return said;
}

std::string label(const Locale&) { return tr("server: "); }

TEST(Locale, SpeaksTheUsersLanguageWhetherItsLocaleIsGeneratedOrNot) {
    if (!std::filesystem::exists(project_root() / "po/zh_CN.po")) GTEST_SKIP() << "no catalogue";
    for (const Variables& variables :
         {Variables{{"LANG", "zh_CN.UTF-8"}}, Variables{{"LC_ALL", "zh_CN.UTF-8"}, {"LANG", "C"}},
          Variables{{"LC_MESSAGES", "zh_CN"}}, Variables{{"LANG", "zh_CN.UTF-8"}, {"LANGUAGE", ""}},
          Variables{{"LANG", "zh_CN.NO-SUCH-CHARSET"}}}) {
        EXPECT_EQ(in_process_with(variables, label), "服务器:");
    }
}

TEST(Locale, SpeaksEnglishElse) {
    for (const Variables& variables :
         {Variables{}, Variables{{"LC_ALL", "C"}, {"LANG", "zh_CN.UTF-8"}}, Variables{{"LANG", "xx_YY.UTF-8"}},
          Variables{{"LC_ALL", "C"}, {"LANGUAGE", "zh_CN"}}}) {
        EXPECT_EQ(in_process_with(variables, label), "server: ");
    }
}

TEST(Locale, TakesCharactersAsUtf8WhereNothingElseIsThere) {
    for (const Variables& variables : {Variables{}, Variables{{"LC_ALL", "C"}}, Variables{{"LANG", "POSIX"}},
                                       Variables{{"LANG", "xx_YY.GB18030"}}}) {
        EXPECT_EQ(in_process_with(variables, [](const Locale& locale) { return locale.charset; }), "UTF-8");
    }
}

TEST(Locale, TakesTheTerminalsCharsetFromTheNameOfALocaleThatIsNotGenerated) {
    const std::pair<Variables, const char*> cases[] = {{{{"LANG", "xx_YY.GBK"}}, "GBK"},
                                                       {{{"LC_CTYPE", "xx_YY.ISO-8859-15@euro"}}, "ISO-8859-15"},
                                                       {{{"LANG", "zh_CN"}}, "UTF-8"},
                                                       {{{"LC_ALL", "C"}}, "UTF-8"},
                                                       {{}, "UTF-8"}};
    for (const auto& [variables, charset] : cases) {
        EXPECT_EQ(in_process_with(variables, [](const Locale&) { return user_charset(from_process); }), charset);
    }
}

TEST(Locale, WritesNumbersAsCDoes) {
    EXPECT_EQ(in_process_with({{"LC_ALL", "C.UTF-8"}},
                              [](const Locale&) { return std::string(std::setlocale(LC_NUMERIC, nullptr)); }),
              "C");
}

TEST(Locale, TranslatesHelp) {
    const std::string help =
        in_process_with({{"LANG", "zh_CN.UTF-8"}}, [](const Locale&) { return help_text("listen"); });
    EXPECT_NE(help.find("--reply"), std::string::npos);
    EXPECT_NE(help.find("服务"), std::string::npos) << help;
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(text::text_width(line), 80) << line;
}

}  // namespace
}  // namespace earshot::app
