#!/bin/sh
# Prints the template of all messages in the sources (a .pot): what tr, tr_format, tr_plural and msgid are given.
set -eu
cd "$(dirname "$0")/.."
find src -name '*.cc' -o -name '*.h' | LC_ALL=C sort |
    xgettext --files-from=- --language=C++ --from-code=UTF-8 --add-location=file --width=120 --package-name=earshot \
        --keyword --keyword=tr:1 --keyword=tr_format:1 --keyword=tr_plural:1,2 --keyword=msgid:1 --output=-
