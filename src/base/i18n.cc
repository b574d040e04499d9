#include "base/i18n.h"

#include <libintl.h>

namespace earshot {

const char* tr(const char* text) { return ::gettext(text); }

const char* tr_plural(const char* one, const char* many, unsigned long n) { return ::ngettext(one, many, n); }

}  // namespace earshot
