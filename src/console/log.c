/* SPDX-License-Identifier: MIT */
/* owns the opening of the console's log file */
/* never follows a link to it */
#include <fcntl.h>

#include "console/console.h"
#include "lib/path.h"

int console_log_open(const char *path)
{
	return path_open_named(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
}
