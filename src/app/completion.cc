#include "app/completion.h"

#include <fmt/format.h>

#include "app/option_table.h"

namespace earshot::app {

namespace {

constexpr const char* kShells = "bash zsh fish";

// Names as they stand on a command line: "--keep", "-k".
std::vector<std::string> forms(const OptionRow& row) {
    std::vector<std::string> all;
    if (row.short_name != 0) all.push_back(fmt::format("-{}", row.short_name));
    if (row.name[0] != '\0') all.push_back(fmt::format("--{}", row.name));
    return all;
}

template <typename Visit>
void every_option(Verb verb, Visit visit) {
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) {
            if (row.belongs_to(verb)) visit(row);
        }
    }
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    return fmt::format("{}", fmt::join(words, between));
}

std::string verb_names() {
    std::vector<std::string> names;
    for (const VerbRow& verb : verbs()) names.emplace_back(verb.name);
    return joined(names, " ");
}

// In single quotes of a shell.
std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

// ---- bash: one function, without the bash-completion package

std::string bash_value(const OptionRow& row) {
    const std::string values = joined(offered_values(row), " ");
    switch (row.kind) {
        case ValueKind::file:
            return "_earshot_files";
        case ValueKind::encodings:
            return fmt::format("_earshot_list '{}'", values);
        default:
            return values.empty() ? "COMPREPLY=()" : fmt::format("_earshot_words '{}'", values);
    }
}

std::string bash_verb(const VerbRow& verb) {
    std::string cases;
    std::vector<std::string> names;
    every_option(verb.verb, [&](const OptionRow& row) {
        if (row.name[0] != '\0') names.push_back(fmt::format("--{}", row.name));
        if (row.is_flag()) return;
        cases += fmt::format("                {}) {}; return ;;\n", joined(forms(row), "|"), bash_value(row));
    });
    std::string words = verb.verb == Verb::help ? verb_names() : verb.verb == Verb::completion ? kShells : "";
    std::string body = fmt::format("        {})\n", verb.name);
    if (!cases.empty()) body += fmt::format("            case $option in\n{}            esac\n", cases);
    if (!names.empty()) {
        body += fmt::format("            [[ $cur == -* ]] && {{ _earshot_words '{}'; return; }}\n", joined(names, " "));
    }
    if (!words.empty()) body += fmt::format("            _earshot_words '{}'\n", words);
    if (verb.verb == Verb::recode || verb.verb == Verb::ladder) body += "            _earshot_files\n";
    if (verb.verb == Verb::connect) body += "            COMPREPLY=($(compgen -A hostname -- \"$cur\"))\n";
    return body + "            ;;\n";
}

std::string bash_script() {
    std::string text =
        "# bash completion for earshot; made by \"earshot completion bash\".\n"
        "_earshot_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); }\n"
        "_earshot_files() {\n"
        "    local IFS=$'\\n'\n"
        "    compopt -o filenames 2>/dev/null\n"
        "    COMPREPLY=($(compgen -f -- \"$cur\"))\n"
        "}\n"
        "_earshot_list() {\n"
        "    local before=\n"
        "    [[ $cur == *,* ]] && before=${cur%,*},\n"
        "    COMPREPLY=($(compgen -P \"$before\" -W \"$1\" -- \"${cur##*,}\"))\n"
        "}\n"
        "_earshot() {\n"
        "    local cur=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    COMPREPLY=()\n"
        "    # --option=value comes as three words\n"
        "    if [[ $cur == = ]]; then\n"
        "        cur=\n"
        "    elif [[ $option == = ]]; then\n"
        "        option=${COMP_WORDS[COMP_CWORD-2]}\n"
        "    fi\n"
        "    if (( COMP_CWORD == 1 )); then\n";
    text += fmt::format("        _earshot_words '{} --help --version'\n        return\n    fi\n", verb_names());
    text += "    case ${COMP_WORDS[1]} in\n";
    for (const VerbRow& verb : verbs()) text += bash_verb(verb);
    return text + "    esac\n}\ncomplete -F _earshot earshot\n";
}

// ---- zsh

std::string zsh_text(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

std::string zsh_value(const OptionRow& row) {
    if (row.is_flag()) return {};
    std::string action;
    const std::string values = joined(offered_values(row), " ");
    if (row.kind == ValueKind::file) {
        action = "_files";
    } else if (row.kind == ValueKind::encodings) {
        action = "_sequence compadd - " + values;
    } else if (!values.empty()) {
        action = fmt::format("({})", replaced(values, ":", "\\:"));
    } else {
        action = " ";
    }
    return fmt::format(":{}:{}", zsh_text(row.argument), action);
}

std::string zsh_option(const OptionRow& row) {
    const std::string about = fmt::format("[{}]{}", zsh_text(row.help), zsh_value(row));
    const std::vector<std::string> all = forms(row);
    std::string lines;
    for (const std::string& form : all) {
        const bool is_long = form.starts_with("--");
        const std::string repeat = row.repeats ? "*" : all.size() > 1 ? fmt::format("({})", joined(all, " ")) : "";
        lines += fmt::format("                {} \\\n", quoted(repeat + form +
                                                               (row.is_flag() ? ""
                                                                : is_long     ? "="
                                                                              : "+") +
                                                               about));
    }
    return lines;
}

std::string zsh_verb(const VerbRow& verb) {
    std::string options, words;
    every_option(verb.verb, [&](const OptionRow& row) { options += zsh_option(row); });
    if (verb.verb == Verb::connect) words = "                '1:host:_hosts' '2:port: '\n";
    if (verb.verb == Verb::listen) words = "                '1:host or port: ' '2:port: '\n";
    if (verb.verb == Verb::tap) words = "                '1:where to listen: ' '2:whom to call: '\n";
    if (verb.verb == Verb::ladder) words = "                '1:capture:_files'\n";
    if (verb.verb == Verb::recode) words = "                '*:file:_files'\n";
    if (verb.verb == Verb::help) words = fmt::format("                '1:command:({})'\n", verb_names());
    if (verb.verb == Verb::completion) words = fmt::format("                '1:shell:({})'\n", kShells);
    if (words.empty()) words = "                ':'\n";
    return fmt::format("        {})\n            _arguments -s -S \\\n{}{}            ;;\n", verb.name, options, words);
}

std::string zsh_script() {
    std::string text =
        "#compdef earshot\n"
        "# zsh completion for earshot; made by \"earshot completion zsh\".\n"
        "_earshot() {\n"
        "    if (( CURRENT == 2 )); then\n"
        "        local -a commands=(\n";
    for (const VerbRow& verb : verbs()) {
        text += fmt::format("            {}\n", quoted(fmt::format("{}:{}", verb.name, verb.help)));
    }
    text +=
        "        )\n"
        "        _describe command commands\n"
        "        return\n"
        "    fi\n"
        "    local command=$words[2]\n"
        "    shift words\n"
        "    (( CURRENT-- ))\n"
        "    case $command in\n";
    for (const VerbRow& verb : verbs()) text += zsh_verb(verb);
    return text +
           "    esac\n}\n"
           "# autoloaded from fpath, or sourced\n"
           "if [[ $funcstack[1] == _earshot ]]; then _earshot \"$@\"; else compdef _earshot earshot; fi\n";
}

// ---- fish

std::string fish_option(const OptionRow& row) {
    std::vector<std::string> where;
    for (const VerbRow& verb : verbs()) {
        if (row.belongs_to(verb.verb)) where.emplace_back(verb.name);
    }
    std::string line = fmt::format("complete -c earshot -n '__fish_seen_subcommand_from {}'", joined(where, " "));
    if (row.short_name != 0) line += fmt::format(" -s {}", row.short_name);
    if (row.name[0] != '\0') line += fmt::format(" -l {}", row.name);
    if (row.kind == ValueKind::file) {
        line += " -r -F";
    } else if (!row.is_flag()) {
        line += " -x";
    }
    if (const auto values = offered_values(row); !values.empty()) line += " -a " + quoted(joined(values, " "));
    return line + " -d " + replaced(quoted(row.help), "'\\''", "\\'") + "\n";
}

std::string fish_script() {
    std::string text =
        "# fish completion for earshot; made by \"earshot completion fish\".\n"
        "complete -c earshot -f\n"
        "complete -c earshot -n __fish_use_subcommand -l version -d 'show the version'\n";
    for (const VerbRow& verb : verbs()) {
        text += fmt::format("complete -c earshot -n __fish_use_subcommand -a {} -d {}\n", verb.name,
                            replaced(quoted(verb.help), "'\\''", "\\'"));
    }
    text += fmt::format("complete -c earshot -n '__fish_seen_subcommand_from help' -a '{}'\n", verb_names());
    text += fmt::format("complete -c earshot -n '__fish_seen_subcommand_from completion' -a '{}'\n", kShells);
    text += "complete -c earshot -n '__fish_seen_subcommand_from ladder recode' -F\n";
    text += "complete -c earshot -n '__fish_seen_subcommand_from connect' -a '(__fish_print_hostnames)'\n";
    for (const OptionGroup& group : option_groups()) {
        for (const OptionRow& row : group.rows) text += fish_option(row);
    }
    return text;
}

}  // namespace

std::string completion_script(std::string_view shell) {
    if (shell == "bash") return bash_script();
    if (shell == "zsh") return zsh_script();
    if (shell == "fish") return fish_script();
    return {};
}

}  // namespace earshot::app
