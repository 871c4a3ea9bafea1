/* SPDX-License-Identifier: MIT */
/*
 * Rules of nat.h as messages of nf_tables: include/uapi/linux/netfilter/nf_tables.h. One batch a
 * rule, which the kernel takes as a whole or not at all.
 *
 * All owners' rules are in the same chains of one table a family, "lxcbox": before Linux 4.18 only
 * one chain of a hook translates a connection. A rule bears its owner as the comment that nft
 * shows, and nothing else is ever deleted.
 */
#ifndef NET_NFT_H
#define NET_NFT_H

#include <stdbool.h>

#include "net/nat.h"

#define NFT_TABLE "lxcbox"

/* -errno with err; without nfnetlink -EPROTONOSUPPORT. */
int nft_open(void) MUST_CHECK;

/*
 * Adds one; host of a forward is an address, or 0 to be asked of the kernel's routes (nft_fib,
 * 4.10). guarded: what comes in by its bridge for 127.0.0.0/8 is dropped. -errno with err;
 * -ENOENT: the kernel lacks an expression or a kind of chain.
 */
int nft_add(int sock, const char *owner, const struct nat_rule *r, bool guarded) MUST_CHECK;

/*
 * Each bridge that is guarded so, with the number of the owner's rules for it and of others'. As
 * nl_list.
 */
typedef int nft_guard_fn(int sock, const char *bridge, unsigned int own, unsigned int others,
			 void *arg);
int nft_each_guard(int sock, const char *owner, nft_guard_fn *each, void *arg) MUST_CHECK;

/* Removes those of an owner, and what is empty then. */
int nft_remove(int sock, const char *owner) MUST_CHECK;

int nft_count(int sock, const char *owner) MUST_CHECK;

/* Whether it means that the kernel has no nf_tables. */
bool nft_is_missing(int err);

#endif
