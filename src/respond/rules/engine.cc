#include "respond/rules/engine.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/i18n.h"
#include "text/decoder.h"
#include "text/grapheme.h"
#include "text/safe.h"

namespace earshot::respond::rules {

namespace {

constexpr std::size_t kMostWaiting = std::size_t(1) << 20;  // bytes of delayed answers for one caller
constexpr std::size_t kLongestName = 64;                    // bytes

// A delayed answer with the node that holds it.
std::size_t size_of(const std::vector<std::uint8_t>& bytes) { return bytes.size() + 128; }

std::string_view without_end_of_line(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

bool ends_in(const Checksum& checksum, ByteView bytes) {
    if (bytes.size() < checksum.size) return false;
    std::vector<std::uint8_t> sum;
    append_checksum(checksum, bytes.first(bytes.size() - checksum.size), sum);
    return std::equal(sum.begin(), sum.end(), bytes.end() - static_cast<std::ptrdiff_t>(checksum.size));
}

// What a peer calls himself, fit to be shown and compared.
std::string tidy_name(std::string_view name) {
    const std::size_t first = name.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    name = name.substr(first, name.find_last_not_of(" \t\r\n") - first + 1);
    return text::safe_line(name.substr(0, text::grapheme_floor(name, std::min(name.size(), kLongestName))));
}

}  // namespace

void Outcome::clear_rest() {
    device.reset();
    faults.clear();
    dropped.clear();
    closes = false;
    timed_out.reset();
    has_more_ = false;
}

Engine::Engine(std::shared_ptr<const RuleSet> rules, const Clock& clock) : clock_(clock) {
    set_rules(std::move(rules));
}

void Engine::set_rules(std::shared_ptr<const RuleSet> rules) {
    rules_ = std::move(rules);
    captures_.resize(rules_->captures);
}

// --- events

void Engine::adopt(Caller& caller) {
    caller.opened = caller.heard = clock_.now();
    caller.counts.clear();
    caller.every_due.clear();
    for (const Every& every : rules_->everies) caller.every_due.push_back(caller.opened + every.interval);
}

void Engine::opened(Caller& caller, const Who& who, Outcome& out) {
    if (rules_->keeps_state) adopt(caller);
    for (const Effect& greet : rules_->greets) {
        Filling filling;
        fire(greet, caller, who, filling, out);
    }
}

void Engine::message(Caller& caller, const Who& who, ByteView payload, Outcome& out) {
    if (rules_->heartbeat_every > Millis(0) && rules_->any_heartbeat) caller.heard = clock_.now();
    const Heard what{without_end_of_line(who.receive ? decoded(payload, *who.receive) : as_chars(payload)), payload};
    rules_->find(what.text, found_, scratch_);
    const std::vector<RuleNumber>& others = rules_->others[payload.empty() ? RuleSet::kEmpty : payload[0]];
    auto found = found_.cbegin();
    auto other = others.cbegin();
    while (found != found_.cend() || other != others.cend()) {
        const bool is_found = other == others.cend() || (found != found_.cend() && found->number < *other);
        const RuleSet::Found next = is_found ? *found++ : RuleSet::Found{*other++, RuleSet::kUnknown};
        if (ask(rules_->rules[next.number], next.at, caller, who, what, out)) return;
    }
}

// True: it fires, and those behind it are not asked. `literal_at`: where its literal has been found.
inline bool Engine::ask(const Rule& rule, std::size_t literal_at, Caller& caller, const Who& who, const Heard& heard,
                        Outcome& out) {
    if (rule.effect.is_conditional && !may_fire(rule.effect, caller)) return false;
    if (!matches(rule, heard, literal_at)) return false;
    if (rule.heartbeat && rules_->heartbeat_every > Millis(0)) caller.heard = clock_.now();
    if (rule.effect.only_copies && !who.send) {
        rule.effect.answer->copy(captures_of(rule.effect), out.send);
    } else {
        fire(rule, caller, who, heard.payload, out);
    }
    return !rule.carries_on;
}

void Engine::tick(Caller& caller, const Who& who, bool is_slow, Outcome& out) {
    const SteadyTime now = clock_.now();
    while (!caller.waiting.empty() && caller.waiting.begin()->first <= now) {
        const Caller::Waiting due = std::move(caller.waiting.extract(caller.waiting.begin()).mapped());
        caller.waiting_size -= size_of(due.bytes);
        out.send.append(due.bytes);
        out.close(due.closes);
    }
    for (std::size_t i = 0; i < caller.every_due.size(); ++i) {
        const Every& every = rules_->everies[i];
        if (caller.every_due[i] > now) continue;
        caller.every_due[i] += every.interval * ((now - caller.every_due[i]) / every.interval + 1);
        if (every.effect.is_conditional && !may_fire(every.effect, caller)) continue;
        Filling filling;
        const std::size_t before = out.send.size();
        fire(every.effect, caller, who, filling, out);
        if (!is_slow) continue;
        out.drop(out.send.size() - before);
        out.send.shrink(before);
    }
    const auto seconds = [](Millis time) { return std::chrono::duration<double>(time).count(); };
    const Millis patience = rules_->heartbeat_every * static_cast<Millis::rep>(rules_->heartbeat_missed);
    if (rules_->heartbeat_every > Millis(0) && now >= caller.heard + patience) {
        out.give_up(tr_format("no heartbeat for {:g} s", seconds(patience)));
    } else if (rules_->name_within > Millis(0) && caller.device.empty() && now >= caller.opened + rules_->name_within) {
        out.give_up(tr_format("no registration for {:g} s", seconds(rules_->name_within)));
    }
}

std::optional<SteadyTime> Engine::next_due(const Caller& caller) const {
    SteadyTime first = SteadyTime::max();
    if (!caller.waiting.empty()) first = caller.waiting.begin()->first;
    for (const SteadyTime due : caller.every_due) first = std::min(first, due);
    if (rules_->heartbeat_every > Millis(0)) {
        first = std::min<SteadyTime>(
            first, caller.heard + rules_->heartbeat_every * static_cast<Millis::rep>(rules_->heartbeat_missed));
    }
    if (rules_->name_within > Millis(0) && caller.device.empty()) {
        first = std::min<SteadyTime>(first, caller.opened + rules_->name_within);
    }
    if (first == SteadyTime::max()) return std::nullopt;
    return first;
}

// --- matching

// ASCII is the same in UTF-8 and in most others, but not in all: UTF-16 and ISO-2022-JP are decoded always.
std::string_view Engine::decoded(ByteView payload, const text::Encoding& encoding) {
    decoded_.clear();
    text::Decoder decoder(encoding);
    decoder.decode(payload, decoded_);
    decoder.flush(decoded_);
    return decoded_;
}

// `literal_at`: where the rule's literal has been found.
inline bool Engine::matches(const Rule& rule, const Heard& heard, std::size_t literal_at) {
    if (rule.match != Match::regex) return matches_simply(rule, heard, literal_at);
    return rules_->regexes.match(rule.regex, heard.text, literal_at, captures_of(rule.effect)) &&
           (!rule.check || ends_in(*rule.check, heard.payload));
}

bool Engine::matches_simply(const Rule& rule, const Heard& heard, std::size_t literal_at) {
    const auto whole = [&] {
        if (rule.effect.captures > 0) captures_[0] = heard.text;
        return true;
    };
    bool matched = false;
    switch (rule.match) {
        case Match::any:
            matched = whole();
            break;
        case Match::exact:
            matched = heard.text == rule.literal && whole();
            break;
        case Match::prefix:
            matched = heard.text.starts_with(rule.literal) && whole();
            break;
        case Match::contains:
            matched =
                (literal_at != RuleSet::kUnknown || heard.text.find(rule.literal) != std::string_view::npos) && whole();
            break;
        case Match::regex:
            break;
        case Match::hex:
            matched = rule.hex.matches(heard.payload);
            for (std::size_t i = 0; matched && i < rule.effect.captures; ++i) {
                captures_[i] = as_chars(rule.hex.capture(i, heard.payload));
            }
            break;
    }
    return matched && (!rule.check || ends_in(*rule.check, heard.payload));
}

// --- firing

bool Engine::may_fire(const Effect& effect, Caller& caller) const {
    if (effect.limit > 0 && effect.counter < caller.counts.size() && caller.counts[effect.counter] >= effect.limit) {
        return false;
    }
    if (!effect.device) return true;
    return effect.device->empty() ? caller.device.empty()
                                  : !caller.device.empty() && glob_matches(*effect.device, caller.device);
}

void Engine::fire(const Rule& rule, Caller& caller, const Who& who, ByteView payload, Outcome& out) {
    Filling filling;
    filling.captures = captures_of(rule.effect);
    filling.captures_are_text = rule.match != Match::hex;
    filling.size = payload.size();
    fire(rule.effect, caller, who, filling, out);
}

void Engine::fire(const Effect& effect, Caller& caller, const Who& who, Filling& filling, Outcome& out) {
    if (effect.counts) {
        if (caller.counts.empty()) caller.counts.resize(rules_->counters);
        filling.count = ++caller.counts[effect.counter];
    }
    if (effect.totals) filling.total = (*rules_->totals)[effect.counter].fetch_add(1) + 1;
    filling.id = who.id;
    filling.peer = caller.peer;
    filling.clock = &clock_;
    if (effect.registers) {
        rendered_.clear();
        if (effect.registers->render(filling, rendered_)) {
            std::string name = tidy_name(as_chars(ByteView(rendered_)));
            if (!name.empty() && name != caller.device) {
                caller.device = name;
                out.name(std::move(name));
            }
        }
    }
    filling.device = caller.device;
    filling.encoding = who.send;
    answer(effect, caller, filling, out);
}

void Engine::answer(const Effect& effect, Caller& caller, Filling& filling, Outcome& out) {
    rendered_.clear();
    if (effect.answer) {
        if (const Status made = effect.answer->render(filling, rendered_); !made) {
            out.fault(tr_format("rule {}: not answered: {}", effect.name, made.error().message));
        }
    }
    if (effect.delay > Millis(0)) return give(caller, effect.delay, rendered_, effect.closes, out);
    out.send.append(rendered_);
    out.close(effect.closes);
}

void Engine::give(Caller& caller, Millis delay, std::vector<std::uint8_t> bytes, bool closes, Outcome& out) {
    const std::size_t size = size_of(bytes);
    if (caller.waiting_size + size > kMostWaiting) return out.drop(bytes.size());
    caller.waiting_size += size;
    caller.waiting.emplace(clock_.now() + delay, Caller::Waiting{std::move(bytes), closes});
}

Engine::GivenUp Engine::give_up(Caller& caller) {
    GivenUp given_up;
    for (auto each = caller.waiting.begin(); each != caller.waiting.end();) {
        Caller::Waiting& waiting = each->second;
        if (!waiting.bytes.empty()) ++given_up.answers;
        given_up.bytes += waiting.bytes.size();
        caller.waiting_size -= size_of(waiting.bytes);
        if (!waiting.closes) {
            each = caller.waiting.erase(each);
            continue;
        }
        waiting.bytes = std::vector<std::uint8_t>();
        caller.waiting_size += size_of(waiting.bytes);
        ++each;
    }
    return given_up;
}

}  // namespace earshot::respond::rules
