/* SPDX-License-Identifier: MIT */
/* owns dm-verity: a block device that answers with what its root hash vouches for, or not at all */
/* never leaves one behind: it goes with the last who has it open or mounted */
/*
 * Documentation/admin-guide/device-mapper/verity.rst; the superblock is cryptsetup's. The device is
 * made, opened and at once removed "deferred" (Linux 3.13); where that is unknown, and for who is
 * killed in between, the record has its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/sha256.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "rootfs/internal.h"

#define CONTROL_MINOR 236	/* linux/miscdevice.h */
#define PREFIX "lxcbox-"
/* How long a device of a life before may take to be gone, in milliseconds. */
#define BUSY_WAIT_MS 2000
#define BLOCK_MAX 65536u
#define SECTOR 512u

/* Little-endian, at the beginning of the hash area. */
struct superblock {
	char signature[8];
	uint8_t version[4], hash_type[4], uuid[16];
	char algorithm[32];
	uint8_t data_block[4], hash_block[4], data_blocks[8], salt_size[2], pad[6];
	uint8_t salt[256];
	uint8_t end[168];
};

struct tree {
	uint64_t at;		/* of the superblock on the hash device */
	uint64_t data_blocks, first;	/* blocks of the data; of the tree, in hash blocks */
	unsigned int type, data_block, hash_block, salt_size;
	uint8_t salt[256];
};

static uint64_t little(const uint8_t *from, unsigned int n)
{
	uint64_t v = 0;

	while (n--)
		v = v << 8 | from[n];
	return v;
}

static bool is_block_size(unsigned int n)
{
	return n >= SECTOR && n <= BLOCK_MAX && !(n & (n - 1));
}

static int read_tree(int fd, struct tree *t)
{
	struct superblock s;

	if (pread(fd, &s, sizeof(s), (off_t)t->at) != (ssize_t)sizeof(s) ||
	    memcmp(s.signature, "verity\0", 8))
		return err_set(EINVAL, "there is no hash tree at %llu", (unsigned long long)t->at);
	t->type = (unsigned int)little(s.hash_type, 4);
	t->data_block = (unsigned int)little(s.data_block, 4);
	t->hash_block = (unsigned int)little(s.hash_block, 4);
	t->data_blocks = little(s.data_blocks, 8);
	t->salt_size = (unsigned int)little(s.salt_size, 2);
	memcpy(t->salt, s.salt, sizeof(t->salt));
	s.algorithm[sizeof(s.algorithm) - 1] = '\0';
	if (little(s.version, 4) != 1 || t->type > 1 || !is_block_size(t->data_block) ||
	    !is_block_size(t->hash_block) || t->salt_size > sizeof(t->salt) || !t->data_blocks ||
	    t->data_blocks > INT64_MAX / BLOCK_MAX)
		return err_set(EINVAL, "the superblock of the hash tree is not one that is known");
	if (!str_eq(s.algorithm, "sha256"))
		return err_set(EINVAL, "the hash tree is of '%s' (sha256)", s.algorithm);
	t->first = (t->at + sizeof(s) + t->hash_block - 1) / t->hash_block;
	return 0;
}

/*
 * The kernel would say no more than that something cannot be read. The top of the tree is its first
 * block; one block of data has none.
 */
static int check_root(int fd, const struct tree *t, const char *root)
{
	char hex[SHA256_HEX], part[SECTOR];
	struct sha256 s;
	unsigned int n;

	if (t->data_blocks == 1)
		return 0;
	sha256_begin(&s);
	if (t->type)
		sha256_add(&s, t->salt, t->salt_size);
	for (n = 0; n < t->hash_block; n += SECTOR) {
		if (pread(fd, part, SECTOR, (off_t)(t->first * t->hash_block + n)) != SECTOR)
			return err_set(EINVAL, "the hash tree is cut off");
		sha256_add(&s, part, SECTOR);
	}
	if (!t->type)
		sha256_add(&s, t->salt, t->salt_size);
	sha256_end(&s, hex);
	return str_eq(hex, root) ? 0 : err_set(EBADMSG, "the root hash is not the image's");
}

static int check_size(int fd, const struct tree *t, bool is_same)
{
	uint64_t size, need = t->data_blocks * t->data_block;

	if (ioctl(fd, BLKGETSIZE64, &size))
		return err_sys("cannot tell the size of the image");
	return need > size || (is_same && need > t->at) ?
		       err_set(EINVAL, "the hash tree is of more data than there is") :
		       0;
}

/* ---- device-mapper ---- */

struct command {
	struct dm_ioctl h;
	struct dm_target_spec target;
	char params[1024];
};

static int open_control(void)
{
	int fd = node_open("/dev/mapper/control", S_IFCHR, makedev(MISC_MAJOR, CONTROL_MINOR),
			   O_RDWR);

	if (fd == -ENODEV || fd == -ENXIO)
		return err_set(-fd, "device-mapper is not in this kernel (CONFIG_BLK_DEV_DM)");
	return fd < 0 && !err_is_set() ? err_code(fd, "'/dev/mapper/control'") : fd;
}

static void begin(struct command *c, const char *name, uint32_t flags)
{
	memset(c, 0, sizeof(*c));
	c->h.version[0] = DM_VERSION_MAJOR;
	c->h.data_size = sizeof(*c);
	c->h.data_start = offsetof(struct command, target);
	c->h.flags = flags;
	str_format(c->h.name, sizeof(c->h.name), "%s", name);
}

static int call(int control, unsigned long number, struct command *c)
{
	return ioctl(control, (int)number, c) ? -errno : 0;
}

/* Of a life before it may be on its way out. */
static int make(int control, const char *name, dev_t *dev)
{
	struct command c;
	int64_t deadline = sys_now_ms() + BUSY_WAIT_MS;
	unsigned int pause_ms = 0;
	int ret;

	do {
		begin(&c, name, DM_READONLY_FLAG);
		str_format(c.h.uuid, sizeof(c.h.uuid), "%s", name);
		ret = call(control, DM_DEV_CREATE, &c);
	} while (ret == -EBUSY && !sys_retry(deadline, &pause_ms));
	*dev = (dev_t)c.h.dev;
	return ret ? err_code(ret, "cannot make the device '%s'", name) : 0;
}

static int load(int control, const char *name, const struct tree *t, const char *root,
		const char *data, const char *hash)
{
	struct command c;
	size_t n;
	unsigned int i;
	int ret;

	begin(&c, name, DM_READONLY_FLAG);
	c.h.target_count = 1;
	c.target.length = t->data_blocks * (t->data_block / SECTOR);
	str_format(c.target.target_type, sizeof(c.target.target_type), "verity");
	n = str_format(c.params, sizeof(c.params), "%u %s %s %u %u %llu %llu sha256 %s %s", t->type,
		       data, hash, t->data_block, t->hash_block,
		       (unsigned long long)t->data_blocks, (unsigned long long)t->first, root,
		       t->salt_size ? "" : "-");
	for (i = 0; i < t->salt_size; i++)
		n += str_format(c.params + n, sizeof(c.params) - n, "%02x", t->salt[i]);
	ret = call(control, DM_TABLE_LOAD, &c);
	if (ret)
		return err_code(ret, "the kernel does not take the hash tree (CONFIG_DM_VERITY?)");
	/* That is: resumed, with what was loaded. */
	begin(&c, name, 0);
	ret = call(control, DM_DEV_SUSPEND, &c);
	if (!ret && (c.h.flags & (DM_ACTIVE_PRESENT_FLAG | DM_READONLY_FLAG)) !=
			    (DM_ACTIVE_PRESENT_FLAG | DM_READONLY_FLAG))
		ret = -EIO;
	return ret ? err_code(ret, "cannot set '%s' going", name) : 0;
}

static int remove_device(int control, const char *name)
{
	struct command c;
	int64_t deadline = sys_now_ms() + BUSY_WAIT_MS;
	unsigned int pause_ms = 0;
	int ret;

	/* Busy only before 3.13. */
	do {
		begin(&c, name, DM_DEFERRED_REMOVE);
		ret = call(control, DM_DEV_REMOVE, &c);
	} while (ret == -EBUSY && !sys_retry(deadline, &pause_ms));
	return ret == -ENXIO ? 0 : ret;
}

/* ---- the two together ---- */

static void numbers_of(int fd, char *buf, size_t n)
{
	struct stat st = { 0 };

	if (!fstat(fd, &st))
		str_format(buf, n, "%u:%u", major(st.st_rdev), minor(st.st_rdev));
}

static int open_mapped(int control, const char *name, dev_t dev, struct rootfs_device *d)
{
	struct command c;
	int fd;

	str_format(d->path, sizeof(d->path), "/dev/dm-%u", minor(dev));
	fd = node_open(d->path, S_IFBLK, dev, O_RDONLY);
	if (fd < 0)
		return err_is_set() ? fd : err_code(fd, "cannot open '%s'", d->path);
	fd_close(&d->fd);
	d->fd = fd;
	begin(&c, name, DM_DEFERRED_REMOVE);
	fd = call(control, DM_DEV_REMOVE, &c);
	return fd && fd != -EBUSY ? err_code(fd, "cannot let go of '%s'", d->path) : 0;
}

static int map(const struct tree *t, const char *root, int hash_fd, const struct rootfs_note *note,
	       struct rootfs_device *d)
{
	char name[DM_NAME_LEN], data[24] = "", hash[24] = "";
	AUTO_FD int control = open_control();
	dev_t dev;
	int ret;

	if (control < 0)
		return control;
	numbers_of(d->fd, data, sizeof(data));
	numbers_of(hash_fd, hash, sizeof(hash));
	if (note)
		str_format(name, sizeof(name), PREFIX "%s", note->name);
	else
		str_format(name, sizeof(name), PREFIX "copy-%d", (int)getpid());
	ret = note ? note->tell(note->arg, "verity", (const char *[]){ name, NULL }) : 0;
	if (!ret)
		ret = make(control, name, &dev);
	if (ret)
		return ret;
	ret = load(control, name, t, root, data, hash);
	if (!ret)
		ret = open_mapped(control, name, dev, d);
	if (ret && remove_device(control, name))
		log_debug("'%s' stays for the undo", name);
	return ret;
}

int verity_attach(const struct conf *c, const struct rootfs_note *note, struct rootfs_device *d)
{
	struct rootfs_device own = { .fd = -1 }, *h = d;
	struct verity_spec spec;
	struct tree t;
	char at[ORIGIN_MAX];
	int ret = conf_verity(c->rootfs_verity.v, &spec);

	if (!ret && *spec.file) {
		h = &own;
		ret = image_attach_file(spec.file, note, h);
	}
	t.at = spec.offset;
	if (!ret && !spec.has_offset && !*spec.file)
		ret = image_end(d, &t.at);
	if (!ret)
		ret = read_tree(h->fd, &t);
	if (!ret)
		ret = check_size(d->fd, &t, h == d);
	if (!ret)
		ret = check_root(h->fd, &t, spec.root);
	if (!ret)
		ret = map(&t, spec.root, h->fd, note, d);
	fd_close(&own.fd);
	return ret ? err_in(ret, "%slxcbox.rootfs.verity", origin_text(c->rootfs_verity.at, at)) : 0;
}

int verity_undo(char **fields)
{
	bool held = err_hold();
	AUTO_FD int control = -1;

	if (!fields[0] || !str_after(fields[0], PREFIX))
		return 0;
	control = open_control();
	/* Without it nothing was made. */
	err_release(held);
	if (control < 0)
		return control == -ENODEV || control == -ENXIO ? 0 : control;
	return remove_device(control, fields[0]);
}
