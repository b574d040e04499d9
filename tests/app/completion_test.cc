#include "app/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>

#include "app/option_table.h"
#include "respond/replies.h"
#include "tests/app/command_line.h"
#include "view/console/console_commands.h"

namespace earshot::app {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

// Runs a shell's script from a file; gives what it prints and its status.
std::pair<std::string, int> run_script(const std::string& command, const std::string& script) {
    const std::string path = testing::TempDir() + "earshot-completion-" + std::to_string(::getpid());
    std::ofstream(path) << script;
    std::FILE* pipe = ::popen((command + " " + path + " 2>&1").c_str(), "r");
    std::string output;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) output += static_cast<char>(c);
    const int status = ::pclose(pipe);
    ::unlink(path.c_str());
    return {output, status};
}

bool has(const char* program) {
    return std::system((std::string("command -v ") + program + " >/dev/null").c_str()) == 0;
}

// What bash offers for a line whose last word is being typed ("listen --rep"; a line that ends in a space begins one).
// Words stand as bash splits them: "=" is one of its own.
std::vector<std::string> offered(const std::string& line) {
    std::string words = line;
    for (std::size_t at = 0; (at = words.find('=', at)) != std::string::npos; at += 3) words.replace(at, 1, " = ");
    std::string script = completion_script("bash");
    script += "COMP_WORDS=(earshot " + words + (line.ends_with(" ") ? "''" : "") + ")\n";
    script +=
        "COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))\n_earshot\n(( ${#COMPREPLY[@]} )) && printf '%s\\n' "
        "\"${COMPREPLY[@]}\"\n";
    std::istringstream output(run_script("bash", script).first);
    std::vector<std::string> answers;
    for (std::string answer; std::getline(output, answer);) answers.push_back(answer);
    return answers;
}

TEST(BashCompletion, OffersVerbs) {
    EXPECT_THAT(offered("li"), ElementsAre("listen"));
    EXPECT_THAT(offered("co"), ElementsAre("connect", "completion"));
    EXPECT_THAT(offered("help l"), ElementsAre("listen", "ladder"));
    EXPECT_THAT(offered("completion "), ElementsAre("bash", "zsh", "fish"));
}

TEST(BashCompletion, OffersTheOptionsOfTheVerb) {
    EXPECT_THAT(offered("listen --rep"), ElementsAre("--reply"));
    EXPECT_THAT(offered("connect --re"), ElementsAre("--recv-encoding", "--retry"));
    EXPECT_THAT(offered("connect localhost 80 --js"), ElementsAre("--json"));
    EXPECT_THAT(offered("demo --"), ElementsAre("--explain", "--svg", "--mermaid", "--pcap", "--help"));
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) {
            if (row.name[0] == '\0') continue;
            const std::string option = std::string("--") + row.name;
            if (row.belongs_to(Verb::connect)) {
                EXPECT_THAT(offered("connect " + option), Contains(option));
            } else {
                EXPECT_THAT(offered("connect " + option), Not(Contains(option)));
            }
        }
    }
}

TEST(ConsoleCompletion, OffersEveryReply) {
    std::vector<std::string> names;
    for (const respond::Reply& reply : respond::replies()) {
        names.push_back(reply.name + std::string(*reply.argument ? ":" : ""));
    }
    EXPECT_EQ(view::ConsoleCommand::find("reply")->values(), names);
}

TEST(BashCompletion, OffersValues) {
    EXPECT_THAT(offered("listen --reply "), ElementsAre("none", "echo", "broadcast", "chat",
                                                        "rules:", "relay:", "exec:", "exec-shell:", "exec-pty:"));
    EXPECT_THAT(offered("listen --reply=e"), ElementsAre("echo", "exec:", "exec-shell:", "exec-pty:"));
    EXPECT_THAT(offered("listen --reply="), ElementsAre("none", "echo", "broadcast", "chat",
                                                        "rules:", "relay:", "exec:", "exec-shell:", "exec-pty:"));
    EXPECT_THAT(offered("listen --encoding gb"), ElementsAre("gbk", "gb18030"));
    EXPECT_THAT(offered("listen --detect gbk,gb1"), ElementsAre("gbk,gb18030"));
    EXPECT_THAT(offered("connect --tls-verify r"), ElementsAre("require"));
    EXPECT_THAT(offered("connect --idle-timeout "), IsEmpty());
}

TEST(BashCompletion, OffersFilesWithSpacesWhole) {
    const std::string folder = testing::TempDir() + "earshot-files-" + std::to_string(::getpid());
    std::filesystem::create_directory(folder);
    std::ofstream(folder + "/a cert.pem") << "x";
    EXPECT_THAT(offered("connect --tls-cert " + folder + "/a"), ElementsAre(folder + "/a cert.pem"));
    std::filesystem::remove_all(folder);
}

TEST(BashCompletion, IsGoodBash) {
    EXPECT_EQ(run_script("bash -n", completion_script("bash")), std::make_pair(std::string(), 0));
}

TEST(ZshCompletion, IsGoodZsh) {
    if (!has("zsh")) GTEST_SKIP() << "no zsh here";
    EXPECT_EQ(run_script("zsh -n", completion_script("zsh")), std::make_pair(std::string(), 0));
}

TEST(FishCompletion, IsGoodFish) {
    if (!has("fish")) GTEST_SKIP() << "no fish here";
    EXPECT_EQ(run_script("fish -n", completion_script("fish")), std::make_pair(std::string(), 0));
}

// Also where these shells are missing: every option stands there, and every quotation that begins ends.
TEST(Completion, NamesEveryOptionInEveryShell) {
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const std::string script = completion_script(shell);
        std::istringstream lines(script);
        for (std::string line; std::getline(lines, line);) {
            EXPECT_EQ(std::count(line.begin(), line.end(), '\'') % 2, line.find("\\'") != line.npos ? 1 : 0) << line;
        }
        for (const OptionGroup& group : option_groups()) {
            for (const OptionRow& row : group.rows) {
                const std::string name =
                    shell == std::string("fish") ? std::string("-l ") + row.name : std::string("--") + row.name;
                EXPECT_TRUE(row.name[0] == '\0' || script.find(name) != script.npos) << shell << " " << row.name;
            }
        }
    }
}

}  // namespace
}  // namespace earshot::app
