// Small words for tests of the command line: parse a line as typed, and find the project's own files.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/parse.h"

namespace earshot::app {

inline std::vector<std::string> split_words(const std::string& line) {
    std::istringstream stream(line);
    return {std::istream_iterator<std::string>(stream), std::istream_iterator<std::string>()};
}

inline Result<Options> parse_words(const std::vector<std::string>& words, const std::string& file = "") {
    std::vector<const char*> pointers;
    pointers.reserve(words.size());
    for (const std::string& word : words) pointers.push_back(word.c_str());
    return parse(pointers, [&](const std::string& path) { return parse_config(file, path); });
}

// "connect --json localhost 80", words between spaces; `file` is what --config reads.
inline Result<Options> parse_line(const std::string& line, const std::string& file = "") {
    return parse_words(split_words(line), file);
}

// The message of what must be a usage error; says so where it is not one.
inline std::string error_of(const std::string& line, const std::string& file = "") {
    const auto parsed = parse_line(line, file);
    if (parsed) return "(accepted)";
    return parsed.error().reason == Reason::usage ? parsed.error().message : "(not a usage error)";
}

inline std::string read_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The checkout: upwards from this program, which is built inside it, or where EARSHOT_SOURCE says.
inline std::filesystem::path project_root() {
    if (const char* named = std::getenv("EARSHOT_SOURCE")) return named;
    std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
    while (folder.has_relative_path() && !std::filesystem::exists(folder / "src/app/option_table.cc")) {
        folder = folder.parent_path();
    }
    return folder;
}

// The committed file, made anew first where EARSHOT_REWRITE is set: how a generated document is brought up to date.
inline std::string kept_text(const char* name, const std::string& made) {
    const std::filesystem::path path = project_root() / name;
    if (std::getenv("EARSHOT_REWRITE") != nullptr) std::ofstream(path, std::ios::binary) << made;
    return read_text(path);
}

}  // namespace earshot::app
