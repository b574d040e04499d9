// What the loads share: the clock, processor time and an order for percentiles.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static inline double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline void give_up(const char* what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

// CPU seconds so far of a process, all its threads together; 0: of this one.
static inline double cpu_of(int pid) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) give_up("the server has gone");
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static inline int compare(const void* a, const void* b) {
    const float x = *(const float*)a, y = *(const float*)b;
    return x < y ? -1 : x > y;
}
