#include "app/config.h"

#include <cerrno>
#include <cstdio>

#include "app/option_values.h"
#include "base/i18n.h"
#include "base/toml.h"
#include "base/toml_problem.h"

namespace earshot::app {

namespace {

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

Error at_line(const std::string& path, int line, const std::string& message) {
    return usage_error(fmt::format("{}:{}: {}", path, line, message));
}

// A value as the command line would have it; empty where it is of a kind that no option has.
std::string text_of(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return fmt::format("{}", number->get());
    if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto* truth = node.as_boolean()) return truth->get() ? "true" : "false";
    std::string joined;
    if (const auto* items = node.as_array()) {
        for (const toml::node& item : *items) {
            const std::string text = item.is_array() ? std::string() : text_of(item);
            if (text.empty()) return {};
            joined += (joined.empty() ? "" : ",") + text;
        }
    }
    return joined;
}

Status collect(const toml::table& table, const std::string& section, const std::string& path,
               std::vector<Setting>& settings) {
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        if (node.is_table()) {
            if (section.empty() && (name == "connect" || name == "listen" || name == "tap")) continue;
            return at_line(path, line_of(node),
                           tr_format("there is no section [{}]: those of connect, listen and tap are known", name));
        }
        std::string value = text_of(node);
        if (value.empty()) return at_line(path, line_of(node), tr_format("\"{}\" has no value that can be used", name));
        settings.push_back({name, std::move(value), section, line_of(node)});
    }
    return Ok{};
}

}  // namespace

Result<std::vector<Setting>> parse_config(std::string_view text, const std::string& path) {
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        return at_line(path, static_cast<int>(parsed.error().source().begin.line),
                       toml_problem(parsed.error().description()));
    }
    // What holds for all first, so that a section may say otherwise.
    std::vector<Setting> settings;
    if (auto collected = collect(parsed.table(), "", path, settings); !collected) return collected.error();
    for (const char* section : {"connect", "listen", "tap"}) {
        const toml::table* table = parsed.table()[section].as_table();
        if (table == nullptr) continue;
        if (auto collected = collect(*table, section, path, settings); !collected) return collected.error();
    }
    return settings;
}

Result<std::vector<Setting>> read_config(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "re");
    int error = file == nullptr ? errno : 0;
    std::string text;
    char piece[4096];
    while (file != nullptr && error == 0) {
        const std::size_t size = std::fread(piece, 1, sizeof piece, file);
        text.append(piece, size);
        if (size < sizeof piece) {
            error = std::ferror(file) != 0 ? errno : 0;
            break;
        }
    }
    if (file != nullptr) std::fclose(file);
    if (error != 0) {
        return usage_error(tr_format("cannot read the configuration {}: {}", path, errno_text(error)));
    }
    return parse_config(text, path);
}

}  // namespace earshot::app
