/* Preloaded into a process: has its syncs fail, and shifts its clock, as the file says that GATERHUB_SABOTAGE names.

   The file is `struct orders`; the test writes it while the process runs. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct orders {
    volatile int64_t shift_seconds;
    volatile int64_t fail;    /* 1: a sync of a file whose path holds `path` fails with EIO. */
    volatile int64_t failed;  /* How many have. */
    char path[232];
};

static struct orders nothing;
static struct orders *orders = &nothing;

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);
static time_t (*real_time)(time_t *);

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("GATERHUB_SABOTAGE");
    int file;

    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
    real_gettimeofday = dlsym(RTLD_NEXT, "gettimeofday");
    real_time = dlsym(RTLD_NEXT, "time");
    if (name != NULL && (file = open(name, O_RDWR | O_CLOEXEC)) >= 0) {
        void *found = mmap(NULL, sizeof nothing, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (found != MAP_FAILED)
            orders = found;
        close(file);
    }
}

static int fails(int file) {
    char link[64], path[4096];
    ssize_t length;

    if (!orders->fail)
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    if (strstr(path, orders->path) == NULL)
        return 0;
    __atomic_add_fetch(&orders->failed, 1, __ATOMIC_SEQ_CST);
    errno = EIO;
    return 1;
}

int fsync(int file) {
    return fails(file) ? -1 : real_fsync(file);
}

int fdatasync(int file) {
    return fails(file) ? -1 : real_fdatasync(file);
}

int clock_gettime(clockid_t clock, struct timespec *told) {
    int result = real_clock_gettime(clock, told);

    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        told->tv_sec += orders->shift_seconds;
    return result;
}

int gettimeofday(struct timeval *restrict told, void *restrict zone) {
    int result = real_gettimeofday(told, zone);

    if (result == 0)
        told->tv_sec += orders->shift_seconds;
    return result;
}

time_t time(time_t *told) {
    time_t now = real_time(NULL) + orders->shift_seconds;

    if (told != NULL)
        *told = now;
    return now;
}
