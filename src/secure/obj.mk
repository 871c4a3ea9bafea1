obj-y += secure/caps.c secure/process.c secure/limits.c
