# Compiler and linker options that hold for every target.
add_library(earshot_options INTERFACE)
target_include_directories(earshot_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(earshot_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
                       -Wno-missing-field-initializers
                       $<$<NOT:$<CONFIG:Release>>:-fno-omit-frame-pointer>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees overlaps in std::string where there are none (GCC bug 105651), and under the sanitizers members of
    # variants and optionals that nobody set and nobody reads.
    target_compile_options(earshot_options INTERFACE -Wno-restrict)
    if(EARSHOT_SANITIZE)
        target_compile_options(earshot_options INTERFACE -Wno-maybe-uninitialized)
    endif()
endif()
target_compile_definitions(earshot_options INTERFACE EARSHOT_VERSION="${PROJECT_VERSION}" _GNU_SOURCE)

if(EARSHOT_SANITIZE)
    target_compile_options(earshot_options INTERFACE -fsanitize=${EARSHOT_SANITIZE} -fno-sanitize-recover=all)
    # The check of virtual calls asks whether memory can be read by way of a pipe: in a process without a free descriptor,
    # which is a case we test, every object looks wrong to it.
    target_compile_options(earshot_options INTERFACE -fno-sanitize=vptr)
    target_link_options(earshot_options INTERFACE -fsanitize=${EARSHOT_SANITIZE})
elseif(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Fewer shared libraries to load is the largest part of a short program's start.
    target_link_options(earshot_options INTERFACE -static-libstdc++ -static-libgcc -Wl,-O1 -Wl,--as-needed)
endif()

find_program(EARSHOT_CCACHE ccache)
if(EARSHOT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
        ${EARSHOT_CCACHE})
endif()
find_program(EARSHOT_MOLD mold)
if(EARSHOT_MOLD AND NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    add_link_options(-fuse-ld=mold)
endif()
