// Boost.JSON itself, compiled once: it is used header-only.
#include <boost/json/src.hpp>
