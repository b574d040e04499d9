// The program: from its arguments to its exit status.
#pragma once

namespace earshot::app {

// 0 done, 1 the conversation failed, 2 usage, 130 interrupted.
int run(int argc, char** argv);

}  // namespace earshot::app
