// Lines for other shards, each with what is to be said of it: those that are written one after the other go in one
// letter and lie in one piece, so that a line costs no memory of its own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "talk/neighbours.h"

namespace earshot::talk {

// Of one shard's thread. `Head` is copied.
template <typename Head>
class Sheaf {
  public:
    // Read on the other shard's thread.
    struct Page {
        struct Entry {
            Head head;
            std::size_t end = 0;  // of its line in the text
        };
        std::vector<Entry> entries;
        std::string text;

        // each(head, line), in order.
        template <typename Each>
        void for_each(Each each) const {
            std::size_t begin = 0;
            for (const Entry& entry : entries) {
                const std::size_t end = entry.end;
                each(entry.head, std::string_view(text).substr(begin, end - begin));
                begin = end;
            }
        }
    };

    explicit Sheaf(Mail& mail) : mail_(mail), open_(mail.shards()) {}

    // `open`, called with (Shard&, const Page&, receipt) like a letter, is the same in all calls.
    template <typename Open>
    void add(std::size_t to, const Head& head, std::string_view line, Open open) {
        Last& last = open_[to];
        const std::size_t size = line.size() + sizeof(typename Page::Entry);
        if (last.page && mail_.letters_to(to) == last.letter) {
            mail_.enlarge(to, size);
        } else {
            const auto before = std::exchange(last.page, std::make_shared<Page>());
            if (before) {  // as much as usual
                last.page->text.reserve(before->text.size());
                last.page->entries.reserve(before->entries.size());
            }
            mail_.write(to, size,
                        [page = std::shared_ptr<const Page>(last.page), open = std::move(open)](
                            Shard& there, const std::shared_ptr<Receipt>& receipt) { open(there, *page, receipt); });
            last.letter = mail_.letters_to(to);
        }
        last.page->text += line;
        last.page->entries.push_back({head, last.page->text.size()});
    }

  private:
    struct Last {
        std::shared_ptr<Page> page;
        std::uint64_t letter = 0;  // that it is in
    };

    Mail& mail_;
    std::vector<Last> open_;  // by place
};

}  // namespace earshot::talk
