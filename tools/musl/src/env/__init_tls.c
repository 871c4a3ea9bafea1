/* SPDX-License-Identifier: MIT */
/* One thread, no thread-local variables (tools/lint-symbols sees to it): only what musl itself keeps for a thread. */
#define SYSCALL_NO_TLS 1
#include "libc.h"
#include "pthread_impl.h"
#include "syscall.h"

volatile int __thread_list_lock;

static struct {
	/* On some machines the thread pointer is behind the structure, with room for one more word pair. */
	struct pthread self;
	void *space[4];
} only_thread;

int __init_tp(void *p)
{
	pthread_t td = p;
	int r = __set_thread_area(TP_ADJ(p));

	td->self = td->next = td->prev = td;
	if (r < 0)
		return -1;
	td->detach_state = DT_JOINABLE;
	td->tid = __syscall(SYS_set_tid_address, &__thread_list_lock);
	td->locale = &libc.global_locale;
	td->robust_list.head = &td->robust_list.head;
	td->sysinfo = __sysinfo;
	return 0;
}

void __init_tls(size_t *aux)
{
	if (__init_tp(&only_thread.self) < 0)
		a_crash();
}
