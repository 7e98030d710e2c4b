/* The clock of a struck machine: the true time and as many seconds as a file says, for every process that loads this.
 *
 * Only the time of day is another one: what waits or measures goes by the monotonic clock, which stays the true one.
 * Made and loaded by chaos_home.py; CSC_CHAOS_CLOCK names the file, which holds one signed 64-bit number.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <dlfcn.h>

static const volatile int64_t *file;

__attribute__((constructor)) static void open_file(void) {
    const char *name = getenv("CSC_CHAOS_CLOCK");
    int found = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (found < 0) {
        return;
    }
    void *mapped = mmap(NULL, sizeof *file, PROT_READ, MAP_SHARED, found, 0);
    close(found);
    file = mapped == MAP_FAILED ? NULL : mapped;
}

static int64_t ahead(void) {
    return file ? *file : 0;
}

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        at->tv_sec += ahead();
    }
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    int failed = (int)syscall(SYS_gettimeofday, at, zone);
    if (!failed) {
        at->tv_sec += ahead();
    }
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) {
        *at = now.tv_sec;
    }
    return now.tv_sec;
}

/* a semaphore is waited for until a time of day: the kernel knows the true one alone */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    int (*wait)(sem_t *, const struct timespec *) = dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec in_truth = {until->tv_sec - ahead(), until->tv_nsec};
    return wait(semaphore, &in_truth);
}
