// Whether what a descriptor writes goes straight to systemd's journal, which takes a line's priority from its beginning
// (sd-daemon(3)): systemd names the stream that it has made for a service in JOURNAL_STREAM (systemd.exec(5)).
#pragma once

namespace earshot::app {

// `journal_stream`: that variable's value, device and inode in decimal with a colon between them; null: there is none.
// A descriptor that has been redirected since is another file, and so not the journal's.
bool is_journal(const char* journal_stream, int descriptor);

}  // namespace earshot::app
