/* SPDX-License-Identifier: MIT */
/* owns device rules on cgroup v2: a BPF program of type CGROUP_DEVICE (Linux 4.15) */
/* never replaces or detaches a program of somebody else, never leaves a moment without one */
#include <alloca.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup/rules.h"
#include "lib/fd.h"
#include "lib/str.h"

/*
 * The interface of bpf(2) as far as it is used here, since the kernel headers of a vendor's
 * toolchain are often older than 4.15 (include/uapi/linux/bpf.h; fixed by the kernel's ABI).
 */
enum {
	PROG_LOAD = 5, PROG_ATTACH = 8, PROG_DETACH = 9, PROG_GET_FD_BY_ID = 13,
	OBJ_GET_INFO_BY_FD = 15, PROG_QUERY = 16,
};
enum { PROG_TYPE_CGROUP_DEVICE = 15, ATTACH_CGROUP_DEVICE = 6, F_ALLOW_MULTI = 2, F_REPLACE = 4 };

/* Opcodes: load a word of the context, 64-bit moves, and, shift, jumps, exit. */
enum {
	LDX_W = 0x61, MOV_IMM = 0xb7, MOV_REG = 0xbf, AND_IMM = 0x57, RSH_IMM = 0x77,
	JEQ_IMM = 0x15, JNE_IMM = 0x55, EXIT = 0x95,
};

struct insn {
	uint8_t code;
	uint8_t dst : 4, src : 4;
	int16_t off;
	int32_t imm;
};

union attr {
	struct {
		uint32_t type, count;
		uint64_t insns, license;
		uint32_t log_level, log_size;
		uint64_t log_buf;
		uint32_t kernel_version, flags;
	} load;
	struct {
		uint32_t target_fd, prog_fd, type, flags, replaced_fd;
	} attach;
	struct {
		uint32_t id;
	} by_id;
	struct {
		uint32_t fd, size;
		uint64_t info;
	} info;
	struct {
		uint32_t target_fd, type, query_flags, attach_flags;
		uint64_t ids;
		uint32_t count;
	} query;
	/* The kernel checks that what follows the members it knows is zero. */
	uint64_t all[16];
};

/* What is used of struct bpf_prog_info. */
struct prog_info {
	uint32_t type, id;
	uint64_t rest[4];
};

static int call_bpf(int command, union attr *a, size_t size)
{
	long ret = syscall(SYS_bpf, command, a, size);

	return ret < 0 ? -errno : (int)ret;
}

static uint64_t pointer(const void *p)
{
	return (uint64_t)(uintptr_t)p;
}

#define INSNS_PER_RULE 8
#define INSNS_FIXED 8

/*
 * r1 points to the kernel's struct bpf_cgroup_dev_ctx: access << 16 | type, major, minor. r2 is
 * access, r3 type, r4 major, r5 minor. As in the kernel's v1: an exception to "deny" must hold all
 * of the access asked for, one to "allow" any of it.
 */
static unsigned int write_program(struct insn *p, const struct device_set *s)
{
	unsigned int i, n = 0, skip_from;
	const struct device_rule *r;

	p[n++] = (struct insn){ LDX_W, 2, 1, 0, 0 };
	p[n++] = (struct insn){ MOV_REG, 3, 2, 0, 0 };
	p[n++] = (struct insn){ AND_IMM, 3, 0, 0, 0xffff };
	p[n++] = (struct insn){ RSH_IMM, 2, 0, 0, 16 };
	p[n++] = (struct insn){ LDX_W, 4, 1, 4, 0 };
	p[n++] = (struct insn){ LDX_W, 5, 1, 8, 0 };
	for (i = 0; i < s->n; i++) {
		r = &s->rule[i];
		skip_from = n;
		p[n++] = (struct insn){ JNE_IMM, 3, 0, 0, r->type == 'b' ? 1 : 2 };
		if (r->major != DEVICE_ANY)
			p[n++] = (struct insn){ JNE_IMM, 4, 0, 0, r->major };
		if (r->minor != DEVICE_ANY)
			p[n++] = (struct insn){ JNE_IMM, 5, 0, 0, r->minor };
		if (r->access != (DEVICE_MKNOD | DEVICE_READ | DEVICE_WRITE)) {
			/* The context (r1) is not needed any more. */
			p[n++] = (struct insn){ MOV_REG, 1, 2, 0, 0 };
			p[n++] = (struct insn){ AND_IMM, 1, 0, 0,
						s->allow ? (int)r->access : (int)(7 & ~r->access) };
			p[n++] = (struct insn){ s->allow ? JEQ_IMM : JNE_IMM, 1, 0, 0, 0 };
		}
		p[n++] = (struct insn){ MOV_IMM, 0, 0, 0, !s->allow };
		p[n++] = (struct insn){ EXIT, 0, 0, 0, 0 };
		/* Each jump of this rule leads to the next one. */
		for (; skip_from < n; skip_from++)
			if (p[skip_from].code == JNE_IMM || p[skip_from].code == JEQ_IMM)
				p[skip_from].off = (int16_t)(n - skip_from - 1);
	}
	p[n++] = (struct insn){ MOV_IMM, 0, 0, 0, s->allow };
	p[n++] = (struct insn){ EXIT, 0, 0, 0, 0 };
	return n;
}

static int load_program(const struct device_set *s)
{
	/* On the stack, 64 KB at the most: a monitor, which allocates nothing, does this, too. */
	struct insn *p = alloca((s->n * INSNS_PER_RULE + INSNS_FIXED) * sizeof(*p));
	struct rlimit had, all = { RLIM_INFINITY, RLIM_INFINITY };
	union attr a = { 0 };
	int fd;

	a.load.type = PROG_TYPE_CGROUP_DEVICE;
	a.load.count = write_program(p, s);
	a.load.insns = pointer(p);
	a.load.license = pointer("MIT");
	fd = call_bpf(PROG_LOAD, &a, sizeof(a));
	/* Before 5.11 the program counts as locked memory of this process. */
	if (fd == -EPERM && !getrlimit(RLIMIT_MEMLOCK, &had) && !setrlimit(RLIMIT_MEMLOCK, &all)) {
		fd = call_bpf(PROG_LOAD, &a, sizeof(a));
		setrlimit(RLIMIT_MEMLOCK, &had);
	}
	return fd < 0 ? err_code(fd, "cannot load the BPF program of the device rules") : fd;
}

/* Sees that the program is among those of the cgroup. */
static int check_attached(int dir_fd, uint32_t id)
{
	uint32_t ids[64], i;
	union attr a = { 0 };
	int ret;

	a.query.target_fd = (uint32_t)dir_fd;
	a.query.type = ATTACH_CGROUP_DEVICE;
	a.query.ids = pointer(ids);
	a.query.count = ARRAY_SIZE(ids);
	ret = call_bpf(PROG_QUERY, &a, sizeof(a));
	if (ret)
		return err_code(ret, "cannot ask for the BPF programs of the cgroup");
	for (i = 0; i < a.query.count && i < ARRAY_SIZE(ids); i++)
		if (ids[i] == id)
			return 0;
	return err_set(EPERM, "the BPF program of the device rules is not in force");
}

static int id_of(int prog_fd, uint32_t *id)
{
	struct prog_info info = { 0 };
	union attr a = { 0 };
	int ret;

	a.info.fd = (uint32_t)prog_fd;
	a.info.size = sizeof(info);
	a.info.info = pointer(&info);
	ret = call_bpf(OBJ_GET_INFO_BY_FD, &a, sizeof(a));
	*id = info.id;
	return ret ? err_code(ret, "cannot ask for the BPF program of the device rules") : 0;
}

/* old_fd -1: none, else it is replaced. */
static int attach(int dir_fd, int prog_fd, int old_fd, uint32_t flags)
{
	union attr a = { 0 };

	a.attach.target_fd = (uint32_t)dir_fd;
	a.attach.prog_fd = (uint32_t)prog_fd;
	a.attach.type = ATTACH_CGROUP_DEVICE;
	a.attach.flags = flags;
	if (old_fd >= 0)
		a.attach.replaced_fd = (uint32_t)old_fd;
	return call_bpf(PROG_ATTACH, &a, sizeof(a));
}

static int detach(int dir_fd, int prog_fd)
{
	union attr a = { 0 };

	a.attach.target_fd = (uint32_t)dir_fd;
	a.attach.prog_fd = (uint32_t)prog_fd;
	a.attach.type = ATTACH_CGROUP_DEVICE;
	return call_bpf(PROG_DETACH, &a, sizeof(a));
}

/*
 * Replacing came with 5.6. Before, both are in force for a moment, and what one of them forbids is
 * forbidden; a program that could not be taken away would go on to forbid, so the new one goes.
 */
static int replace(int dir_fd, int prog_fd, int old_fd)
{
	int ret = attach(dir_fd, prog_fd, old_fd, F_ALLOW_MULTI | F_REPLACE);

	if (ret != -EINVAL)
		return ret;
	ret = attach(dir_fd, prog_fd, -1, F_ALLOW_MULTI);
	if (ret)
		return ret;
	ret = detach(dir_fd, old_fd);
	if (ret && detach(dir_fd, prog_fd))
		return err_code(ret, "two BPF programs of device rules are in force");
	return ret;
}

int bpf_devices(int dir_fd, struct device_set *s)
{
	AUTO_FD int prog_fd = -1;
	AUTO_FD int old_fd = -1;
	union attr a = { 0 };
	uint32_t id;
	int ret;

	if (s->n > BPF_RULES_MAX)
		return err_set(E2BIG, "more than %u device rules", BPF_RULES_MAX);
	prog_fd = load_program(s);
	if (prog_fd < 0)
		return prog_fd;
	ret = id_of(prog_fd, &id);
	if (ret)
		return ret;
	if (s->program) {
		a.by_id.id = s->program;
		old_fd = call_bpf(PROG_GET_FD_BY_ID, &a, sizeof(a));
		if (old_fd < 0)
			return err_code(old_fd, "cannot open the BPF program that is in force");
		ret = replace(dir_fd, prog_fd, old_fd);
	} else {
		ret = attach(dir_fd, prog_fd, -1, F_ALLOW_MULTI);
	}
	if (ret)
		return err_code(ret, "cannot attach the BPF program of the device rules");
	s->program = id;
	return check_attached(dir_fd, id);
}
