#!/bin/sh
# Brings po/*.po up to the messages of the sources: new ones come in untranslated, those that are gone leave. Then says
# what is left to translate (status 1 where something is).
set -eu
cd "$(dirname "$0")/.."
pot=$(mktemp)
trap 'rm -f "$pot"' EXIT
tools/extract_messages.sh >"$pot"
for po in po/*.po; do
    msgmerge --quiet --no-fuzzy-matching --add-location=file --width=120 --backup=none --update "$po" "$pot"
    msgattrib --no-obsolete --add-location=file --width=120 -o "$po" "$po"
done
exec python3 tools/check_po.py
