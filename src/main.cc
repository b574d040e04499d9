#include "app/main.h"

int main(int argc, char** argv) { return earshot::app::run(argc, argv); }
