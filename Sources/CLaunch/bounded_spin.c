// Bounds how long LibTorch's OpenMP threads spin at a barrier before they sleep.
//
// By default they spin for milliseconds. Beside any other busy process the thread that they wait for may not run for
// that long, and two threads become 10 to 100 times slower than one. libgomp reads the bound from GOMP_SPINCOUNT in its
// constructor, so the variable must be there before any library starts: the program adds it and executes itself again.
// In .preinit_array that costs milliseconds, as no library has been initialised yet; setenv would be lost there, since
// libc sets `environ` later.
//
// Settings of the user's win. Where the program cannot be executed again, it goes on as it is. docs/performance.md has
// the measurements.
#if defined(__linux__)

#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "CLaunch.h"

#define SPIN_COUNT "3000"

static int begins(const char *text, const char *start) { return strncmp(text, start, strlen(start)) == 0; }

static void bound_spin(int argument_count, char **arguments, char **environment) {
    (void)argument_count;
    // Without an interpreter the dynamic loader was the program that was started: it would be executed again instead.
    if (getauxval(AT_SECURE) != 0 || getauxval(AT_BASE) == 0) return;
    size_t count = 0;
    for (; environment[count]; count++) {
        if (begins(environment[count], "GOMP_SPINCOUNT=") || begins(environment[count], "OMP_WAIT_POLICY=")) return;
    }
    char *extended[count + 2];
    memcpy(extended, environment, count * sizeof *extended);
    extended[count] = "GOMP_SPINCOUNT=" SPIN_COUNT;
    extended[count + 1] = NULL;

    // By its path, so that the process keeps its name in ps; a program that was replaced has no path any more.
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length > 0) {
        path[length] = '\0';
        execve(path, arguments, extended);
    }
    execve("/proc/self/exe", arguments, extended);
}

__attribute__((section(".preinit_array"), used)) static void (*const start)(int, char **, char **) = bound_spin;

#endif
