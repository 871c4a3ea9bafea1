/* SPDX-License-Identifier: MIT */
/* The list of devices that were made, /run/lxc/nics: LXC's own file and format. */
#ifndef USER_NIC_DB_H
#define USER_NIC_DB_H

#include "user-nic/quota.h"

#define DB_DIR "/run/lxc"
#define DB_FILE "nics"

struct db {
	int fd;			/* locked; -1: closed */
	char *text;
	struct quota_device device[QUOTA_DEVICES_MAX];
	unsigned int n;
};

/*
 * Opens and locks it; made when it is not there, by root alone. Who holds it is waited for, but
 * not for ever: it could be a process that its user has frozen. Devices that are no more are not
 * in d. -errno with err.
 */
int db_open(struct db *d, int host) MUST_CHECK;

/* Writes what is in d. -errno with err. */
int db_write(const struct db *d) MUST_CHECK;

void db_close(struct db *d);

#endif
