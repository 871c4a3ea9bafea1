/* SPDX-License-Identifier: MIT */
/*
 * Interfaces of an ordinary user's container, made by lxc-user-nic. With CFG_USER_NIC; all of it is
 * for starts whose sys_euid() is not root's. 0 or -errno with err.
 */
#ifndef CONTAINER_USER_NIC_H
#define CONTAINER_USER_NIC_H

#include "lib/err.h"

struct conf_net;
struct net_iface;
struct start;

/* Whether such an interface can be had at all: -EPERM says what only root gets. */
int user_nic_check(const struct conf_net *n) MUST_CHECK;

/* Runs the program for the network of the first process, which has to be dumpable for that. */
int user_nic_make(struct start *s, struct net_iface *i) MUST_CHECK;

/* By the child: MTU and address are its own to set. sock as net_set_up. */
int user_nic_settle(const struct net_iface *i, int sock) MUST_CHECK;

#endif
